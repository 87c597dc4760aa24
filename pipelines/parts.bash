# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# parts: a run whose pipe makes other runs in its folder, and ends with a
# comparison in table.txt.  Status 3 of the pipe is that of a gate.

is_part() { # of a run that is at work, which speaks of its parts
	[[ $run == */* && -f ${run%/*}/run.json ]] && ! flock -n "${run%/*}" true
}

where_stopped() { # in words: its step, or that of the part at work
	local file part at
	for file in "$run"/*/run.json; do
		if [ -f "$file" ] && ! grep -q '^  "state": "done"' "$file"; then
			part=${file%/*} made=0
			for at in "$part"/saved/[0-9]*; do
				[ ! -d "$at" ] || made=$((10#${at##*/}))
			done
			echo "in ${part##*/} at step $made of $(run=$part record_field steps)"
			return
		fi
	done
	[ -n "$of_parts" ] && echo 'between its parts' || echo "at step $made of $total"
}

parts_train() {
	local stop
	begun=1
	record_write "$run" running
	progress_plan
	attend pipe
	[ "$status" -eq 3 ] || [ "$status" -eq 0 ] || gave_up
	stop=$status
	samples_write
	cat "$run/table.txt"
	made=$total
	ended=\"$(now)\"
	verdict=$(json "$(tail -n 1 "$run/table.txt")")
	record_write "$run" "$([ "$stop" -eq 0 ] && echo "done" || echo stopped)"
	exit "$stop"
}

parts_kept() { # the policy that the samples are of
	echo "$run/$([ -d "$run/rounds/policy" ] && echo rounds || echo more)/policy"
}

parts_scored() { # l, by the discriminator of the rounds, or the fitted one
	local disc=$run/rounds/disc
	[ -d "$disc" ] || disc=$run/fit/policy
	said --with-demos | discrim -q -p "$(kept)" --compute "$compute" "$disc"
}
