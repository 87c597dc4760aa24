# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# foretold: what a run will take, for --plan.  The tools themselves foretell a pass
# over the demonstrations.  Where a method does more than its steps take, a
# function `also` says so, in lines WHAT N WHEN: so many trajectories go through
# WHAT, fkl (fine-tuning) or discrim (fitting and scoring), `before` the steps or
# `beside` them.  The array samplers names those who sample, if it is not the policy,
# as operands of rollout.

also() { :; }

foretell() {
	local gradient tuning='' judging='' rolls='' weights each=${plan_batch:-$batch} sampled=0 of=$start more
	if [ -n "$lora" ]; then
		of=$folder/adapters
		mkpolicy -q --from "$start" --lora "$lora" "$of"
	fi
	gradient=$(trajcat -q --groups --batch "$each" "$demos" |
		divgrad -q --plan --json "${objective[@]}" ${dropout:+--dropout "$dropout"} --compute "$compute" "$of")
	if [ -n "${samples-}" ] && [ "${prompts:-1}" != 0 ]; then
		rolls=$(rollout -q --plan --json -n "$samples" -l "${plan_length:-${max_new-}}" --compute "$compute" "${samplers[@]:-$of}" "$demos")
		sampled=$((${prompts:-$each} * (total / stride)))
	fi
	more=$(also)
	[[ $more != *fkl* ]] || tuning=$(trajcat -q --batch "$each" "$demos" |
		divgrad -q --plan --json -d fkl --compute "$compute" "$of")
	[[ $more != *discrim* ]] || judging=$(trajcat -q --as policy --batch "$each" "$demos" |
		discrim -q --plan --json -e "$demos" -p "$start" --compute "$compute" "$of")
	weights=$(stat -Lc %s -- "$of"/*.safetensors | awk '{ n += $1 } END { print n }')
	awk -v gradient="$gradient" -v tuning="$tuning" -v judging="$judging" -v rolls="$rolls" \
		-v total="$total" -v each="$each" -v units="$units" -v sampled="$sampled" -v weights="$weights" \
		-v ema="${ema:+1}" -v method="$method" '
		function number(text, key) {
			return match(text, "\"" key "\":[-+.e0-9]*") ? substr(text, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0 : 0
		}
		function first(text, key) { # the total of an object
			return match(text, "\"" key "\":[{]\"total\":[-+.e0-9]*") ? substr(text, RSTART + length(key) + 12, RLENGTH - length(key) - 12) + 0 : 0
		}
		BEGIN {
			# Beside it, apply-update holds gradient, weights, moments and perhaps their average.
			update = (ema ? 5 : 4) * weights
			memory = first(gradient, "memory") + first(rolls, "memory") + update
			s = first(gradient, "seconds") * total * each / units + first(rolls, "seconds") * sampled / units
		}
		{
			of = $1 == "fkl" ? tuning : judging
			s += first(of, "seconds") * $2 / units
			alone = first(of, "memory") + update
			if ($3 == "before")
				before = alone > before ? alone : before
			else
				memory += $1 == "fkl" ? first(of, "memory") : alone
		}
		END {
			memory = memory > before ? memory : before
			printf "%s: %d steps of %d; %d tokens in the data, %d in a sequence at most\n", method, total,
				each, number(gradient, "tokens"), number(gradient, "longest")
			printf "trained %.1f million parameters\n", weights / 4e6
			printf "memory about %.0f MiB\n", memory / 1048576
			printf "time about %s\n", s < 120 ? sprintf("%.0f s", s + .5) : s < 7200 ? sprintf("%.0f min", s / 60) : sprintf("%.1f h", s / 3600)
		}' <<<"$more"
}
