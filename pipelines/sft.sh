#!/bin/bash
# SPDX-License-Identifier: MIT
# Supervised fine-tuning: minimise forward KL to the expert, in one pipeline.
#
#   demos -> trajcat -> divgrad -d fkl -> apply-update -> policy
#                          ^------ --follow ------'
#
# usage: sft.sh POLICY DEMOS.traj
# The same command continues a run that was stopped, with the passes left.
set -euo pipefail

: "${EPOCHS:=1}"	# passes over the demonstrations
: "${BATCH:=16}"	# trajectories per step
: "${LR:=1e-3}"
: "${SCHEDULE:=cosine}"	# constant, linear or cosine, down to FLOOR * LR
: "${FLOOR:=0.1}"
: "${WARMUP:=}"	# steps (default: a tenth, at most 20)
: "${DECAY:=0}"		# weight decay
: "${SEED:=1}"
: "${LOG:=}"		# name of .jsonl and .log (default: POLICY.sft)

if [ $# -ne 2 ]; then
	sed -n '3,9s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
policy=$1 demos=$2
: "${LOG:=$policy.sft}"

batches=$(trajcat --batch "$BATCH" --json "$demos" | grep -c '^{"end"')
steps=$((EPOCHS * batches))
: "${WARMUP:=$((steps < 200 ? steps / 10 : 20))}"
touch "$LOG.jsonl"
exec 3>&2 # stderr, for the last messages of a run that fails
trap 'tail -n 2 "$LOG.log" >&3' ERR
done_steps=$(tail -n 1 "$LOG.jsonl" | sed -n 's/.*"step": *\([0-9]*\).*/\1/p')
done_passes=$((${done_steps:-0} / batches))
if [ "$done_passes" -ge "$EPOCHS" ]; then
	echo "sft.sh: $policy has had its $EPOCHS passes" >&2
	exit 0
fi

{
	trajcat --shuffle --seed $((SEED + done_passes)) --batch "$BATCH" \
		--repeat $((EPOCHS - done_passes)) "$demos" |
		divgrad -d fkl --follow "$policy" |
		apply-update --lr "$LR" --schedule "$SCHEDULE" \
			--floor "$FLOOR" --warmup "$WARMUP" \
			--steps "$steps" --decay "$DECAY" "$policy"
} >>"$LOG.jsonl" 2>>"$LOG.log"
