# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# guard: a run whose loss runs away, or whose numbers are not finite, ends, and
# goes back to the step that was saved before.

bounded='' words_before=0

# Step and loss of each line: of the whole, or of the objective that $guarded
# names, beside one whose loss is nothing that falls.
losses() { # FILE
	awk -v only="$guarded" '
		function number(text, key,    at) {
			at = index(text, "\"" key "\":")
			return at ? substr(text, at + length(key) + 3) + 0 : ""
		}
		{
			at = index($0, "\"objective\":\"" only "\"")
			loss = only == "" ? number($0, "loss") : at ? number(substr($0, at), "divgrad.loss") : ""
			if (loss != "")
				print number($0, "step"), loss
		}' "$1"
}

# What the loss may be in the mean of 8 steps: three times what it was at first, and half
# a nat at least above it; nothing if it may be anything.
loss_limit() {
	case $loss_bound in
	0) ;;
	auto)
		losses <(head -n 1 "$run/metrics.jsonl") |
			awk '{ x = 2 * ($2 < 0 ? -$2 : $2); printf "%.9g\n", $2 + (x > .5 ? x : .5) }'
		;;
	*) echo "$loss_bound" ;;
	esac
}

# As soon as the limit is known, apply-update ends before it is passed.
bound_loss() {
	local limit
	[ -z "$bounded$guarded" ] || return 0
	limit=$(loss_limit)
	[ -n "$limit" ] || return 0
	recipe+=(--loss-bound "$limit")
	bounded=1
}

# Step and mean loss of the first step at which the mean over the last so many is
# beyond this share of the way from the first loss to the limit.
loss_beyond() { # SHARE MANY FILE
	local limit
	limit=$(loss_limit)
	[ -n "$limit" ] || return 0
	losses "$3" | awk -v limit="$limit" -v share="$1" -v many="$2" '
		NR == 1 { first = $2 }
		{
			newest[NR % many] = $2
			sum = seen = 0
			for (i in newest) {
				sum += newest[i]
				seen++
			}
		}
		!n && sum / seen > first + share * (limit - first) { print $1, sum / seen; n = 1 }'
}
too_high() { # as apply-update --loss-bound finds it
	loss_beyond 1 8 "$run/metrics.jsonl"
}

# Whether the newest step may be a bad one, which is not saved.
doubtful() {
	[ -n "$(loss_beyond 0.5 1 <(head -n 1 "$run/metrics.jsonl" && tail -n 1 "$run/metrics.jsonl"))" ]
}

words_begin() { # of the tools of a leg
	words_before=$(stat -c %s -- "$run/log")
}
words() {
	tail -c +$((words_before + 1)) -- "$run/log"
}

# Whether numbers have run away since then; says so, and goes back.
ran_away() {
	local beyond='' loss first hint='lower --lr, with --force'
	beyond=$(too_high)
	[ -n "$beyond" ] || beyond=$(words | sed -n 's/^apply-update: step \([0-9]*\): the mean loss is \([^ ,]*\), above .*/\1 \2/p')
	if [ -n "$beyond" ]; then
		read -r step loss _ <<<"$beyond"
		first=$(losses <(head -n 1 "$run/metrics.jsonl"))
		printf 'warning: the loss is %.4g at step %s' "$loss" "$step" >&2
		[[ -z $first || ${first% *} == "$step" ]] || printf ', %.4g at first' "${first#* }" >&2
		printf '\n' >&2
		[ "$loss_bound" = auto ] && hint+='; --loss-bound 0 goes on whatever it is' || hint+=', or raise --loss-bound'
	else
		words | grep 'not finite' | grep -v 'no update$' | sed 's/^/warning: /;q' | grep . >&2 || return
		[ -z "${disc_lr-}" ] || hint='lower --lr or --disc-lr, with --force'
	fi
	printf 'hint: %s\n' "$hint" >&2
	go_back
}
go_back() { # to what was saved last
	local at
	for at in "$run"/saved/[0-9]*; do :; done
	restore "$at"
	made=$((10#${at##*/}))
}
