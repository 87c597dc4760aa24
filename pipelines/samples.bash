# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# samples: samples.jsonl, of the policy that the run keeps: a response to each of
# the first 32 prompts, held-out ones if there are, beside a demonstration of
# each, with the text and the score of every token (trajcat --tokens).  A method
# that scores samples has a function
#
#	scored   writes samples that have their scores as a stream, beside the
#	         demonstrations; said and said --with-demos sample
#
# Others write samples only if something is held out.

samples_write() {
	[ -n "$held" ] || declare -F scored >/dev/null || return 0
	attend sampled 2>>"$run/log"
	[ "$status" -eq 0 ] || gave_up
	mv -f "$run/samples.new" "$run/samples.jsonl"
	rm -f "$run/prompts.new"
}

sampled() {
	local from=$demos
	[ -z "$held" ] || from=$held_out
	trajcat -q --json ${held_where:+--where "$held_where"} "$from" |
		awk -v most=32 -f "$here/hold-out.awk" >"$run/prompts.new"
	if declare -F scored >/dev/null; then
		scored
	else
		said --with-demos
	fi | trajcat -q --tokens -m "$start" >"$run/samples.new"
}
said() { # OPTION ...: of rollout
	rollout -q --keep-text -l "${max_new:-$longest}" --seed "$seed" --compute "$compute" "$@" \
		"$(kept)" "$run/prompts.new"
}

# The score of spin, dpo and joint is the implied reward: log-probability beyond
# that of a reference.
implied() { # REFERENCE
	said --with-demos | discrim -q --json --implicit --compute "$compute" "$(kept)" "$1" |
		sed '/^{"apprentice"/s/"ratio":"calibrated"/"ratio":"reward"/'
}
