# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# held: what is held out: evaluations between steps, and the best step.

check_held() {
	case $held in
	'') [ -z "${given[keep]-}${given[eval-every]-}" ] || die 2 '--keep and --eval-every have no effect without --held' ;;
	1/*) number N "${held#1/}" 2 1000000000 >/dev/null || die 2 "--held $held: not a file, and not 1/N, one prompt in N" ;;
	*)
		check_file "$held"
		held_print=$(sha256sum -- "$held" | cut -c -64)
		held_source=$(source_line "$held" "$held_print" null)
		;;
	esac
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
	if [ "$best" = true ] && [ "$keep" = best ]; then
		rm -rf -- "$run/best.new"
		mkdir "$run/best.new"
		link_files "$policy" "$run/best.new"
		rm -f "$run"/best.new/optimizer-*
		rm -rf -- "$run/best"
		mv -T -- "$run/best.new" "$run/best"
	fi
	printf '{"step": %s, "nll_token": %s, "nll_trajectory": %s, "best": %s}\n' "$made" \
		"$(held_figure "$figures" nll_token)" "$(held_figure "$figures" nll_trajectory)" "$best" \
		>>"$run/held.jsonl"
}
held_figures() {
	{
		trajcat -q ${held_where:+--where "$held_where"} "$held_out" |
			measure -q -p "$policy" | tr -d "\n"
		echo
	} >"$run/held.new" 2>>"$run/log"
}
held_least() {
	sed -n 's/.*"nll_token": *\([-+.e0-9]*\).*/\1/p' "$run/held.jsonl" | sort -g | head -n 1
}

kept() { # the folder of the policy that the run keeps
	if [ -n "$held" ] && [ "$keep" = best ]; then
		echo "$run/best"
	else
		echo "$policy"
	fi
}
