# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# batches: what the steps, or rounds, of several methods read.  --print prints
# this function beside those of the method.

batches() { # SEED FROM TO SIZE ARG ...: so many each, in as many passes as that takes
	local seed=$1 from=$2 to=$3 size=$4
	shift 4
	trajcat --shuffle --seed "$seed" --repeat 1000000000 --full --batch "$size" \
		--skip $((from * size)) --head $(((to - from) * size)) "$@"
}
