# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# average: with --ema, what a run evaluates and keeps is not the policy in
# training but the average of its weights, which apply-update keeps beside them.

averages() { # whether there is an average: there is from the first step on
	[ -n "$ema" ] && [ "$made" -gt 0 ]
}

# Words after mkpolicy -q: the average at the step STEP, with an id that follows
# from the run and the step.
average_options() { # STEP
	local form=
	[ -z "$lora$adapters" ] || form=--adapters
	echo --ema $form --id "$(echo "$policy_id average $1" | checksum)"
}

average_make() { # DIR
	local -a options
	rm -rf -- "$1" "$1.new"
	read -ra options < <(average_options "$made")
	mkpolicy -q --from "$policy" "${options[@]}" "$1.new"
	mv -T -- "$1.new" "$1"
}

# At the end of a run that keeps its last step.
average_keep() {
	[ "$(kept)" = "$run/average" ] || return 0
	attend average_make "$run/average" 2>>"$run/log"
	[ "$status" -eq 0 ] || gave_up
}
