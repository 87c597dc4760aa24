# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shown: a run as shell that does the same, for --print and for run.json; and
# what it will take, for --plan.

shown() {
	local name from to skip head next made=0
	cat <<-'END'
		#!/bin/bash
		set -euo pipefail
	END
	for name in "${names[@]}"; do
		! is_setting "$name" || assign "${name//-/_}"
	done
	assign start run policy demos held_out units total batches longest first
	for name in "${new[@]}"; do assign "${name}_id"; done
	printf 'recipe=(%s)\n\n' "${recipe[*]@Q}"
	printf 'mkdir "$run"\n'
	data_commands
	[ -n "$in_place" ] || [ ${#new[@]} -eq 0 ] ||
		echo 'mkpolicy -q --from "$start" ${lora:+--lora "$lora" --seed "$seed"} --id "$policy_id" "$policy"'
	# The functions of the method, but those that are no part of its steps.
	awk '/^(check|settle|train|scored|kept)\(\) \{/ { skip = 1 } !skip && !/^#/; /^}/ { skip = 0 }' "$here/$method"
	! declare -F prepare >/dev/null || echo prepare
	while [ "$made" -lt "$total" ]; do
		next=$(barrier)
		range "$made" $((next < total ? next : total))
		assign from to skip head
		! declare -F ready >/dev/null || echo ready
		echo 'pipe >>"$run/metrics.jsonl"'
		made=$to
	done
}

assign() { # NAME ...
	local name
	for name; do printf '%s=%q\n' "$name" "${!name-}"; done
}

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
	printf 'trajcat -q --json "$all" |\n\tawk -v every=%s -v held=%s -f %q |\n\ttrajcat -q -o %s\n' \
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
		printf 'demo2traj %s -m "$start" -o %s %s\n' "${options[*]@Q}" "$out" "${documents[*]@Q}"
	elif [ ${#documents[@]} -eq 0 ]; then
		printf 'trajcat -o %s %s\n' "$out" "${streams[*]@Q}"
	else
		printf 'demo2traj %s -m "$start" %s |\n\ttrajcat -o %s - %s\n' \
			"${options[*]@Q}" "${documents[*]@Q}" "$out" "${streams[*]@Q}"
	fi
}

# --plan: the tools themselves foretell one pass over the data.
foretell() {
	local gradient rolls='' weights each=${plan_batch:-$batch} sampled=0 of=$start
	if [ -n "$lora" ]; then
		of=$folder/adapters
		mkpolicy -q --from "$start" --lora "$lora" "$of"
	fi
	gradient=$(trajcat -q --groups --batch "$each" "$demos" |
		divgrad -q --plan --json "${objective[@]}" --compute "$compute" "$of")
	if [ -n "${samples-}" ] && [ "${prompts:-1}" != 0 ]; then
		rolls=$(rollout -q --plan --json -n "$samples" -l "$max_new" --compute "$compute" "$of" "$demos")
		sampled=$((${prompts:-$each} * (total / stride)))
	fi
	weights=$(stat -Lc %s -- "$of"/*.safetensors | awk '{ n += $1 } END { print n }')
	awk -v gradient="$gradient" -v rolls="$rolls" -v total="$total" -v each="$each" -v units="$units" \
		-v sampled="$sampled" -v weights="$weights" -v method="$method" '
		function number(text, key) {
			return match(text, "\"" key "\":[-+.e0-9]*") ? substr(text, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0 : 0
		}
		function first(text, key) { # the total of an object
			return match(text, "\"" key "\":[{]\"total\":[-+.e0-9]*") ? substr(text, RSTART + length(key) + 12, RLENGTH - length(key) - 12) + 0 : 0
		}
		BEGIN {
			# Beside it, apply-update holds gradient, weights and moments.
			memory = first(gradient, "memory") + first(rolls, "memory") + 4 * weights
			s = first(gradient, "seconds") * total * each / units + first(rolls, "seconds") * sampled / units
			printf "%s: %d steps of %d; %d tokens in the data, %d in a sequence at most\n", method, total,
				each, number(gradient, "tokens"), number(gradient, "longest")
			printf "trained %.1f million parameters\n", weights / 4e6
			printf "memory about %.0f MiB\n", memory / 1048576
			printf "time about %s\n", s < 120 ? sprintf("%.0f s", s + .5) : s < 7200 ? sprintf("%.0f min", s / 60) : sprintf("%.1f h", s / 3600)
		}'
}
