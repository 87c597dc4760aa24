#!/bin/bash
# SPDX-License-Identifier: MIT
# Demonstrations and preferences at once: two gradients, one step.
#
#   demos -> divgrad -d fkl -w SFT -----.
#                                        > apply-update -> policy
#   pairs -> divgrad -d dpo --ref ------'       |
#               ^----------- --follow ----------'
#
# The reference is the policy as it is at first, kept as POLICY.ref.
#
# usage: joint.sh POLICY DEMOS.traj PAIRS.traj
# Run again, it goes on with the steps that are left.
set -euo pipefail

: "${STEPS:=100}"
: "${SFT:=0.3}"		# weight of supervised fine-tuning
: "${OBJECTIVE:=dpo}"	# or ipo
: "${BETA:=0.1}"	# what it costs to leave the reference
: "${BATCH:=16}"	# demonstrations a step
: "${PAIRS:=16}"	# pairs a step
: "${LR:=1e-4}"
: "${SCHEDULE:=cosine}"	# constant, linear or cosine down to FLOOR * LR
: "${FLOOR:=0.1}"
: "${WARMUP:=10}"	# steps
: "${SEED:=1}"
: "${LOG:=}"		# metrics and words, appended (default: POLICY.joint)

if [ $# -ne 3 ]; then
	sed -n '3,13s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
policy=$1 demos=$2 pairs=$3 ref=$1.ref
: "${LOG:=$policy.joint}"

touch "$LOG.jsonl"
trap 'tail -n 3 "$LOG.log" >&2' ERR
done_steps=$(wc -l <"$LOG.jsonl")
left=$((STEPS - done_steps))
if [ "$left" -le 0 ]; then
	echo "joint.sh: $policy has had its $STEPS steps" >&2
	exit 0
fi
if [ ! -d "$ref" ]; then
	rm -rf "$ref.part"
	cp -R "$policy" "$ref.part"
	mv "$ref.part" "$ref"
fi

# N a step for all steps that are left, however many passes that takes.
batches() { # N FILE
	trajcat --groups --shuffle --seed $((SEED + done_steps)) \
		--repeat 1000000 --full --batch "$1" --head $((left * $1)) "$2"
}

apply-update --lr "$LR" --schedule "$SCHEDULE" --floor "$FLOOR" \
	--warmup "$WARMUP" --steps "$STEPS" "$policy" \
	<(batches "$BATCH" "$demos" |
		divgrad -d fkl -w "$SFT" --follow "$policy") \
	<(batches "$PAIRS" "$pairs" |
		divgrad -d "$OBJECTIVE" --beta "$BETA" --ref "$ref" \
			--follow "$policy") \
	>>"$LOG.jsonl" 2>>"$LOG.log"
