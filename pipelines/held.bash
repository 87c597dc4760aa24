# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# held: what is held out: evaluations between steps, and the best step.

check_held() {
	case $held in
	'') [ -z "${given[keep]-}${given[eval-every]-}" ] || die 2 '--keep and --eval-every have no effect without --held' ;;
	1/*) number N "${held#1/}" 2 1000000000 >/dev/null || die 2 "--held $held: not a file, and not 1/N, one prompt in N" ;;
	*)
		[ -e "$held" ] || share_check
		check_file "$held"
		held_print=$(sha256sum -- "$held" | cut -c -64)
		held_source=$(source_line "$held" "$held_print" null)
		;;
	esac
}

share_check() { # no file, but perhaps a share in another form: 10%, 0.1
	local n
	n=$(awk -v x="$held" 'BEGIN {
		share = x ~ /^[0-9.]+%$/ ? x / 100 : x ~ /^0?[.][0-9]+$/ ? x + 0 : 0
		if (share > 0 && share <= 0.5)
			printf "%.0f", 1 / share
	}')
	[ -z "$n" ] || die 2 "--held $held: not a file, and not 1/N, one prompt in N" "as a share: --held 1/$n"
}

# What is held out in a file of its own may be in the demonstrations, too.
held_overlap() {
	local shared prompts
	[[ -n $held && $held != 1/* && -z $quiet ]] || return 0
	read -r shared prompts < <(awk -v shared=1 -f "$here/hold-out.awk" \
		<(trajcat -q --json "$held_out") <(trajcat -q --json "$demos"))
	[ "$shared" -eq 0 ] || warn held "$held: $shared of its $prompts prompts are trained on, too" \
		'held-out figures say nothing of new prompts then; --held 1/10 holds some out of the data'
}

# The figures of a line of held.jsonl.
held_figure() { # LINE NAME
	sed -n "s/.*\"$2\": *\([-+.e0-9]*\).*/\1/p" <<<"$1"
}

# Forget evaluations of steps that are made again; make the one that is due.
held_resume() {
	[ -n "$held" ] || return 0
	touch "$run/held.jsonl"
	awk -v made="$made" 'match($0, /"step": *[0-9]+/) &&
		substr($0, RSTART + 7, RLENGTH - 7) + 0 <= made && /}$/' "$run/held.jsonl" >"$run/held.jsonl.new"
	mv -f "$run/held.jsonl.new" "$run/held.jsonl"
	held_evaluate
}

held_due() { # whether the policy is evaluated at the step $made
	[ "$made" -eq 0 ] || [ "$made" -eq "$total" ] ||
		[ $((made / eval_every)) -gt $(((made - stride) / eval_every)) ]
}

held_evaluate() {
	local figures best least
	[ -n "$held" ] && held_due || return 0
	! grep -q "\"step\": *$made," "$run/held.jsonl" || return 0
	attend held_figures
	[ "$status" -eq 0 ] || gave_up
	read -r figures <"$run/held.new"
	rm -f "$run/held.new"
	least=$(held_least)
	best=$(awk -v x="$(held_figure "$figures" nll_token)" -v least="$least" \
		'BEGIN { print least == "" || x < least + 0 ? "true" : "false" }')
	if [ "$best" = true ] && keeps_best; then
		rm -rf -- "$run/best.new"
		if averages; then
			mv -T -- "$run/average" "$run/best.new"
		else
			mkdir "$run/best.new"
			link_files "$policy" "$run/best.new"
			rm -f "$run"/best.new/optimizer-*
		fi
		rm -rf -- "$run/best"
		mv -T -- "$run/best.new" "$run/best"
	fi
	rm -rf -- "$run/average"
	printf '{"step": %s, "nll_token": %s, "nll_trajectory": %s, "best": %s}\n' "$made" \
		"$(held_figure "$figures" nll_token)" "$(held_figure "$figures" nll_trajectory)" "$best" \
		>>"$run/held.jsonl"
}
held_figures() {
	local of=$policy
	if averages; then
		of=$run/average
		average_make "$of" 2>>"$run/log"
	fi
	{
		trajcat -q ${held_where:+--where "$held_where"} "$held_out" |
			measure -q -p "$of" | tr -d "\n"
		echo
	} >"$run/held.new" 2>>"$run/log"
}
held_least() {
	sed -n 's/.*"nll_token": *\([-+.e0-9]*\).*/\1/p' "$run/held.jsonl" | sort -g | head -n 1
}

keeps_best() { # whether the run keeps its best step, and not its last
	[ -n "$held" ] && [ "$keep" = best ] && [ -z "$of_parts" ]
}
kept_name() { # in the folder of the run
	local folder
	folder=$(kept)
	[ "$folder" = "$policy" ] && echo policy || echo "${folder##*/}"
}
kept() { # the folder of the policy that the run keeps
	if keeps_best; then
		echo "$run/best"
	elif [ -n "$ema" ]; then
		echo "$run/average"
	else
		echo "$policy"
	fi
}
