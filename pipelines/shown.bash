# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shown: a run as shell that does the same, for --print and for run.json.

shown() {
	local name from to skip head next made=0
	cat <<-'END'
		#!/bin/bash
		set -euo pipefail
	END
	for name in "${names[@]}"; do
		! is_setting "$name" || assign "${name//-/_}"
	done
	assign start adapters run policy demos held_out held_where units total batches longest first
	for name in "${new[@]}"; do assign "${name}_id"; done
	printf 'recipe=(%s)\n\n' "${recipe[*]@Q}"
	printf 'mkdir "$run"\n'
	data_commands
	[ -n "$in_place" ] || [ ${#new[@]} -eq 0 ] ||
		echo 'mkpolicy -q --from "$start" ${lora:+--lora "$lora" --seed "$seed"} ${adapters:+--adapters} --id "$policy_id" "$policy"'
	# The functions of the method, but those that are no part of its steps.
	awk '/^(check|settle|also|train|scored|kept)\(\) \{/ { skip = 1 } !skip && !/^#/; /^}/ { skip = 0 }' "$here/$method"
	! grep -q '\<batches ["$]' "$here/$method" || shown_function batches batches.bash
	! keeps_best || shown_function keep_best shown.bash
	! declare -F prepare >/dev/null || echo prepare
	! keeps_best || shown_evaluation
	while [ "$made" -lt "$total" ]; do
		next=$(barrier)
		! keeps_best || next=$(leg_end "$total")
		range "$made" $((next < total ? next : total))
		assign from to skip head
		! declare -F ready >/dev/null || echo ready
		echo 'pipe >>"$run/metrics.jsonl"'
		made=$to
		! keeps_best || ! held_due || shown_evaluation
	done
	[ -z "$ema" ] || keeps_best || shown_average
}

shown_function() { # NAME FILE
	sed -n "/^$1() {/,/^}/p" "$here/$2"
}
# What the run evaluates at the step $made, and keeps if it is the best so far.
shown_evaluation() {
	! averages || shown_average
	printf 'keep_best "%s"\n' "$(averages && echo '$run/average' || echo '$policy')"
}
shown_average() {
	echo "mkpolicy -q --from \"\$policy\" $(average_options "$made") \"\$run/average\""
}
# A function of what is printed.
keep_best() { # POLICY: if its figure is the lowest yet
	local nll
	nll=$(trajcat -q ${held_where:+--where "$held_where"} "$held_out" |
		measure -q -p "$1" | sed -n 's/.*"nll_token": *\([-+.e0-9]*\).*/\1/p')
	if awk -v x="$nll" -v least="${least-}" 'BEGIN { exit !(least == "" || x < least + 0) }'; then
		least=$nll
		rm -rf "$run/best"
		cp -R "$1" "$run/best"
		rm -f "$run"/best/optimizer-* "$run/best/live.safetensors"
	fi
	rm -rf "$run/average"
}

assign() { # NAME ...
	local name
	for name; do printf '%s=%q\n' "$name" "${!name-}"; done
}

# They write to stdout, so that what they make does not name the run's folder,
# and the same settings make the same bytes wherever they run.
#
# The commands that make trajectories of demonstrations in any form that
# demo2traj reads, and of streams, and that hold some out.
data_commands() {
	case $held in
	1/*)
		# shellcheck disable=SC2016 # is shell
		printf 'all=${demos%%demos.traj}all.traj\n'
		convert '"$all"' "${data[@]}"
		divided 0 '"$demos"'
		divided 1 '"$held_out"'
		echo 'rm "$all"'
		;;
	*)
		convert '"$demos"' "${data[@]}"
		[ -z "$held" ] || convert '"$held_out"' "$held"
		;;
	esac
}
divided() { # HELD OUT
	printf 'awk -v every=%s -v held=%s -f %q \\\n\t<(trajcat -q --json <"$all") <(trajcat -q --json <"$all") |\n\ttrajcat -q >%s\n' \
		"${held#1/}" "$1" "$here/hold-out.awk" "$2"
}
convert() { # OUT FILE ...
	local out=$1 file
	local -a streams=() documents=() options=()
	shift
	read -ra options <<<"$read"
	[ -z "$held" ] || options+=(--keep-text)
	for file; do
		[[ $file != -* ]] || file=./$file
		if is_stream "$file"; then
			streams+=("$file")
		else
			documents+=("$file")
		fi
	done
	if [ ${#streams[@]} -eq 0 ]; then
		printf 'demo2traj %s -m "$start" %s >%s\n' "${options[*]@Q}" "${documents[*]@Q}" "$out"
	elif [ ${#documents[@]} -eq 0 ]; then
		printf 'trajcat %s >%s\n' "${streams[*]@Q}" "$out"
	else
		printf 'demo2traj %s -m "$start" %s |\n\ttrajcat - %s >%s\n' \
			"${options[*]@Q}" "${documents[*]@Q}" "${streams[*]@Q}" "$out"
	fi
}
