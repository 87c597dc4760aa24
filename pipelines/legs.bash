# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# legs: the steps of a run, in legs.  At the end of a leg all its policies are
# committed at the same step, and saved/STEP gets hard links to their files,
# which are replaced but never rewritten.  A run that was killed goes on from
# there; its end is the same to the last byte, because every tool of a pipe is a
# function of its input, its options and the step where it begins.
#
# A run that trains one policy goes on from that policy's own step, if the lines
# of all steps before have been written.

# ---- steps that are kept

link_files() { # FROM TO: hard links to what a step consists of
	local file name
	for file in "$1"/*; do
		name=${file##*/}
		case $name in live.safetensors | *.tmp.*) continue ;; esac
		[ ! -f "$file" ] || ln -f -- "$file" "$2/$name" 2>/dev/null ||
			cp --remove-destination -p -- "$file" "$2/$name"
	done
}

save() { # what is trained, at the step $made
	local at dir n=0
	at=$(printf '%s/saved/%012d' "$run" "$made")
	if [ ! -d "$at" ]; then
		rm -rf -- "$run/saved/new"
		for dir in "${trained[@]}"; do
			mkdir -p -- "$run/saved/new/$n"
			link_files "$dir" "$run/saved/new/$n"
			n=$((n + 1))
		done
		sync -- "$run"/saved/new/*/*
		mv -T -- "$run/saved/new" "$at"
	fi
	for dir in "$run"/saved/*; do
		[ "$dir" = "$at" ] || rm -rf -- "$dir"
	done
}

restore() { # AT: put back what was saved
	local dir file n=0
	for dir in "${trained[@]}"; do
		rm -rf -- "$dir/live.safetensors" "$dir"/*.tmp.* "$dir"/synced-*
		link_files "$1/$n" "$dir"
		for file in "$dir"/*.safetensors; do
			[ -e "$1/$n/${file##*/}" ] || rm -f -- "$file"
		done
		n=$((n + 1))
	done
}

# Whether the one policy in training is at a step whose lines are all written:
# then that is $made.
trained_whole() {
	local step lines
	[ ${#trained[@]} -eq 1 ] || return 1
	step=$(($(step_of "$policy") - first)) lines=$(wc -l <"$run/metrics.jsonl")
	[ "$step" -ge "$made" ] && [ "$lines" -ge "$step" ] || return 1
	made=$step
}

cut_lines() { # FILE N: no more than these
	head -n "$2" -- "$1" >"$1.new"
	mv -f -- "$1.new" "$1"
}

# Find the step from which the run goes on.
resume() {
	local at='' dir
	for dir in "$run"/saved/[0-9]*; do
		[ ! -d "$dir" ] || at=$dir
	done
	if [ -z "$at" ]; then
		if declare -F prepare >/dev/null; then
			attend prepare 2>>"$run/log"
			[ "$status" -ne 3 ] || refused
			[ "$status" -eq 0 ] || failed "$run/log" "what the run needs was not made; all words are in $run/log"
		fi
		save
	else
		made=$((10#${at##*/}))
		if trained_whole; then
			save
		else
			restore "$at"
		fi
	fi
	cut_lines "$run/metrics.jsonl" "$made"
	rm -f -- "$policy"/optimizer-*.jsonl # lines that it has
	held_resume
}

# The gate has said no.
refused() {
	tail -n 1 -- "$run/log" >&2
	ended=\"$(now)\" verdict=$(json "$(tail -n 1 -- "$run/log")")
	record_write "$run" stopped
	exit 3
}

# ---- the loop

range() { # FROM TO: the steps at hand
	from=$1 to=$2 skip=0 head=0
	[ -n "$batches" ] || return 0
	skip=$(taken "$1")
	head=$(($(taken "$2") - skip))
}
taken() { # STEP: demonstrations before it
	local rest=$((($1 % batches) * batch))
	echo $((units * ($1 / batches) + (rest < units ? rest : units)))
}

# The end of a leg that would be of so many steps: whole rounds, not beyond the
# next evaluation.
leg_end() { # SIZE
	local end=$((made + ($1 + stride - 1) / stride * stride)) next
	if [ -n "$held" ]; then
		next=$(((made / eval_every + 1) * eval_every))
		next=$(((next + stride - 1) / stride * stride))
		end=$((end < next ? end : next))
	fi
	next=$(barrier)
	end=$((end < next ? end : next))
	echo $((end < total ? end : total))
}
barrier() { # the next step before which a method has something to make
	echo "$total"
}

millis() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# Legs take about so long: when two policies are trained, a run that is killed
# makes again the steps since the last.
train() {
	local size=$stride wanted=60000 began took from to skip head name
	if [ ${#beside[@]} -eq 0 ]; then
		size=$((8 * stride)) wanted=600000
	fi
	trained=("$policy")
	for name in "${beside[@]}"; do trained+=("$run/$name"); done
	begun=1
	ended=
	record_write "$run" running
	progress_plan
	resume
	warnings
	while [ "$made" -lt "$total" ]; do
		range "$made" "$(leg_end "$size")"
		began=$(millis)
		if declare -F ready >/dev/null; then
			attend ready 2>>"$run/log"
			[ "$status" -eq 0 ] || gave_up
		fi
		bound_loss
		words_begin
		progress_begins
		leg
		progress_ends
		[ "$status/$(too_high)" = 0/ ] || gave_up
		made=$to
		doubtful || save
		warnings
		held_evaluate
		took=$(($(millis) - began + 1))
		size=$(((to - from) * (wanted > 8 * took ? 8 * took : wanted) / took))
		size=$((size > stride ? size : stride))
	done
	finish
}

leg() {
	if [ -n "$verbose" ]; then
		attend pipe >>"$run/metrics.jsonl" 2> >(trap '' TERM && exec tee -a "$run/log" >&2)
	else
		attend pipe >>"$run/metrics.jsonl" 2>>"$run/log"
	fi
}

# A tool has failed: the newest whole step is kept, or the last that was good.
gave_up() {
	local away=''
	[ -z "$signal" ] || exit 1 # see on_exit
	if ran_away; then
		away=1
	elif trained_whole; then
		save
	fi
	ended=\"$(now)\"
	record_write "$run" failed
	[ -z "$away" ] || die 1 "stopped at step $made of $total, the last that was saved before; all words are in $run/log"
	[ -n "$verbose" ] || failed "$run/log" "failed at step $made of $total; all words are in $run/log"
	die 1 "failed at step $made of $total; all words are in $run/log"
}

finish() {
	summary=$(summarize)
	ended=\"$(now)\"
	average_keep
	samples_write
	record_write "$run" "done"
	progress_summary
}
