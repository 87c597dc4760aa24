#!/bin/bash
# SPDX-License-Identifier: MIT
# Self-play: prefer demonstrations to samples of the policy as it was at the
# beginning of the round.
#
#   demos -> rollout --with-demos REF -> divgrad -d spin -> apply-update
#                                          ^--- --follow ----'
#
# REF is a copy of that policy, kept as POLICY.round-K; every pass draws new
# samples from it.
#
# usage: spin.sh POLICY DEMOS.traj
# The same command continues a run that was stopped.
set -euo pipefail

: "${ROUNDS:=3}"
: "${EPOCHS:=1}"	# passes over the demonstrations, per round
: "${BATCH:=16}"	# demonstrations per step
: "${SAMPLES:=1}"	# per demonstration
: "${BETA:=1}"		# 1: the optimum of a round is the expert
: "${LR:=1e-4}"
: "${MAX_NEW:=256}"	# most tokens of a response
: "${SEED:=1}"
: "${LOG:=}"		# name of .jsonl and .log (default: POLICY.spin)

if [ $# -ne 2 ]; then
	sed -n '3,13s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
policy=$1 demos=$2
: "${LOG:=$policy.spin}"

batches=$(trajcat --batch "$BATCH" --json "$demos" | grep -c '^{"end"')
touch "$LOG.jsonl"
trap 'tail -n 4 "$LOG.log" >&2' ERR
done_passes=$(($(wc -l <"$LOG.jsonl") / batches))
if [ "$done_passes" -ge $((ROUNDS * EPOCHS)) ]; then
	echo "spin.sh: $policy has had its $ROUNDS rounds" >&2
	exit 0
fi

passes() { # K N: N passes against the policy of round K
	local ref=$policy.round-$1
	if [ ! -d "$ref" ]; then
		rm -rf "$ref.part"
		cp -R "$policy" "$ref.part"
		mv "$ref.part" "$ref"
	fi
	trajcat --shuffle --seed $((SEED + done_passes)) --batch "$BATCH" \
		--repeat "$2" "$demos" |
		rollout -n "$SAMPLES" -l "$MAX_NEW" --with-demos \
			--seed $((SEED + done_passes)) "$ref" |
		divgrad -d spin --beta "$BETA" --ref "$ref" --follow "$policy" |
		apply-update --lr "$LR" "$policy"
}

while [ "$done_passes" -lt $((ROUNDS * EPOCHS)) ]; do
	left=$((EPOCHS - done_passes % EPOCHS))
	passes $((done_passes / EPOCHS + 1)) "$left" \
		>>"$LOG.jsonl" 2>>"$LOG.log"
	done_passes=$((done_passes + left))
done
