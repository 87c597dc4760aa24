# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# rounds: what methods of adversarial rounds have in common: their settings, and
# what --plan is to count beside the steps.

# Several discriminators are a mixture, which the rounds do not fit.
rounds_check() {
	check_objective -d "$divergence" --scale rms --clip 5
	[ -z "$disc" ] || check_policies "$disc"
	[[ $disc == *$'\n'* ]] || return 0
	idle 'with several --disc, which are not fitted' disc-lr disc-dropout
	beside=() new=(policy)
}

rounds_settle() { # MOST: prompts a round, if there are as many
	wants_demonstrations
	[ "$prompts" != auto ] || prompts=$((units < $1 ? units : $1))
	[ "$max_new" != auto ] || max_new=$longest
	stride=$steps plan_batch=$((prompts * samples / steps))
	rounds "$rounds" "$prompts"
	[ $((prompts * samples % steps)) -eq 0 ] ||
		die 2 "--steps $steps: does not divide the $((prompts * samples)) samples of a round"
}

rounds_also() { # PASSES: of fine-tuning before them
	echo "fkl $(($1 * units)) before"
	echo "discrim $((total * plan_batch)) beside"
	echo "fkl $((total * prompts)) beside"
}
