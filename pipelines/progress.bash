# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# progress: what is seen of a run: a line of the plan, one line on a terminal
# while it works, a summary.

# Numbers of the first and the last step, a name and a value a line.  What is
# not at the left of a line of metrics is looked for in its objectives.
metrics_ends() {
	{ head -n 1 "$run/metrics.jsonl" && tail -n 1 "$run/metrics.jsonl"; } | awk '
		function number(key,    text) {
			if (!match($0, "\"" key "\": *[-+.e0-9]+"))
				return ""
			text = substr($0, RSTART, RLENGTH)
			sub(/.*: */, "", text)
			return text
		}
		function either(a, b,    x) {
			x = number(a)
			return x != "" ? x : number(b)
		}
		{
			when = NR == 1 ? "first" : "last"
			print when "_loss", either("loss", "divgrad[.]loss")
			print when "_step", number("step")
			print when "_norm", number("grad_norm")
			print when "_tokens", number("num_tokens")
		}'
}
metric() { # NAME: of metrics_ends on stdin
	sed -n "s/^$1 //p"
}

progress_plan() {
	say "$method: $total steps, $units $([ -n "$group" ] && echo groups || echo trajectories), in $run"
}

progress_begins() {
	shower=
	[ -t 2 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "$quiet$verbose" ] || return 0
	(
		trap 'exit 0' TERM
		while kill -0 $$ 2>/dev/null; do
			progress_line
			sleep 0.5
		done
	) &
	shower=$!
}
progress_ends() {
	[ -n "${shower-}" ] || return 0
	kill "$shower" 2>/dev/null || :
	wait "$shower" 2>/dev/null || :
	shower=
	printf '\r\033[K' >&2
}
progress_line() { # at the pace of the newest steps
	local best='' columns
	[ -s "$run/metrics.jsonl" ] || return 0
	columns=$(stty size <&2 2>/dev/null | cut -d ' ' -f 2) || columns=80
	[ -z "$held" ] || best=$(awk '
		match($0, /"nll_token": [-+.e0-9]+/) {
			x = substr($0, RSTART + 13, RLENGTH - 13)
			if (least == "" || x + 0 < least + 0) {
				least = x
				match($0, /"step": [0-9]+/)
				at = substr($0, RSTART + 8, RLENGTH - 8)
			}
		}
		END { if (NR) printf "  held %.3f (best %.3f at %d)", x, least, at }' "$run/held.jsonl")
	tail -n 21 "$run/metrics.jsonl" | awk -v method="$method" -v total="$total" -v first="$first" \
		-v best="$best" -v columns="${columns:-80}" '
		function number(key,    at) {
			at = index($0, "\"" key "\":")
			return at ? substr($0, at + length(key) + 3) + 0 : ""
		}
		{
			step = number("step")
			tokens = number("num_tokens")
			if (NR == 1)
				before = tokens
			if (NR > 1 || step == first + 1) {
				seconds += number("seconds")
				steps++
			}
			if (step == first + 1)
				before = 0
			loss = number("loss")
			norm = number("grad_norm")
		}
		END {
			line = sprintf("%s  step %d/%d", method, step - first, total)
			if (loss != "")
				line = line sprintf("  loss %.3f", loss)
			line = line sprintf("  |g| %.3g", norm)
			if (seconds > 0) {
				line = line sprintf("  %.0f tok/s", (tokens - before) / seconds)
				left = seconds / steps * (total + first - step)
				line = line (left < 100 ? sprintf("  %.0f s left", left) : sprintf("  %.0f min left", left / 60))
			}
			printf "\r\033[K%s", substr(line best, 1, columns - 1)
		}' >&2
}

summarize() { # the object in run.json
	local ends least at
	ends=$(metrics_ends)
	quoted() { [ -n "$1" ] && echo "$1" || echo null; }
	at=null least=null start_figure=null
	if [ -n "$held" ]; then
		start_figure=$(held_figure "$(head -n 1 "$run/held.jsonl")" nll_token)
		least=$(held_least)
		at=$(held_figure "$(grep -m 1 "\"nll_token\": $least," "$run/held.jsonl")" step)
	fi
	printf '{"steps": %s, "tokens": %s, "loss_first": %s, "loss_last": %s, ' "$total" \
		"$(quoted "$(metric last_tokens <<<"$ends")")" \
		"$(quoted "$(metric first_loss <<<"$ends")")" "$(quoted "$(metric last_loss <<<"$ends")")"
	printf '"held_first": %s, "held_best": %s, "best_step": %s, "kept": "%s"}' \
		"$start_figure" "$least" "$at" "$(kept_name)"
}

progress_summary() {
	[ -z "$quiet" ] || return 0
	awk -v method="$method" -v s="$(seconds)" -v text="$summary" -v kept="$(kept)" '
		function number(key) {
			return match(text, "\"" key "\": [-+.e0-9]+") ? substr(text, RSTART + length(key) + 4, RLENGTH - length(key) - 4) : ""
		}
		BEGIN {
			printf "%s: %d steps in %d s", method, number("steps"), s
			if (number("tokens") != "")
				printf ", %d tokens", number("tokens")
			print ""
			if (number("loss_first") != "")
				printf "loss %.4g at first, %.4g in the end\n", number("loss_first"), number("loss_last")
			if (number("held_first") != "")
				printf "held out: %.4f nats a token at the start, %.4f at step %d\n",
					number("held_first"), number("held_best"), number("best_step")
			print "kept: " kept
		}' >&2
}
