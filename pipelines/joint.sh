#!/bin/bash
# SPDX-License-Identifier: MIT
# Demonstrations and preferences together: two gradients, one step.
#
#   demos -> divgrad -d fkl -w SFT -----.
#                                        > apply-update -> policy
#   pairs -> divgrad -d dpo --ref ------'       |
#               ^----------- --follow ----------'
#
# The reference is a copy of the policy at the start, kept as POLICY.ref.
#
# usage: joint.sh POLICY DEMOS.traj PAIRS.traj
# The same command continues a run that was stopped, with the steps left.
set -euo pipefail

: "${STEPS:=100}"
: "${SFT:=0.3}"		# weight of supervised fine-tuning
: "${OBJECTIVE:=dpo}"	# or ipo
: "${BETA:=0.1}"	# strength of the KL to the reference
: "${BATCH:=16}"	# demonstrations per step
: "${PAIRS:=16}"	# pairs per step
: "${LR:=1e-4}"
: "${SCHEDULE:=cosine}"	# constant, linear or cosine, down to FLOOR * LR
: "${FLOOR:=0.1}"
: "${WARMUP:=10}"	# steps
: "${SEED:=1}"
: "${LOG:=}"		# name of .jsonl and .log (default: POLICY.joint)

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

# N per step for all steps left, in as many passes as that takes.
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
