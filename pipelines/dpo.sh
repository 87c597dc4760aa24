#!/bin/bash
# SPDX-License-Identifier: MIT
# Direct preference optimisation on pairs of a chosen and a rejected response.
#
#   pairs -> trajcat --groups -> divgrad -d dpo --ref -> apply-update -> policy
#                                   ^-------- --follow ------'
#
# The reference is a copy of the policy at the start, kept as POLICY.ref.
#
# usage: dpo.sh POLICY PAIRS.traj
# The same command continues a run that was stopped, with the passes left.
set -euo pipefail

: "${OBJECTIVE:=dpo}"	# or ipo
: "${BETA:=0.1}"	# strength of the divergence from the reference
: "${F:=rkl}"		# that divergence
: "${SMOOTH:=0}"	# assumed rate of flipped labels
: "${EPOCHS:=1}"	# passes over the pairs
: "${BATCH:=16}"	# pairs per step
: "${LR:=1e-4}"
: "${SCHEDULE:=cosine}"	# constant, linear or cosine, down to FLOOR * LR
: "${FLOOR:=0.1}"
: "${WARMUP:=10}"	# steps
: "${SEED:=1}"
: "${LOG:=}"		# name of .jsonl and .log (default: POLICY.dpo)

if [ $# -ne 2 ]; then
	sed -n '3,11s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
policy=$1 pairs=$2 ref=$1.ref
: "${LOG:=$policy.$OBJECTIVE}"

batches=$(trajcat --groups --batch "$BATCH" --json "$pairs" | grep -c '^{"end"')
touch "$LOG.jsonl"
trap 'tail -n 3 "$LOG.log" >&2' ERR
done_passes=$(($(wc -l <"$LOG.jsonl") / batches))
if [ "$done_passes" -ge "$EPOCHS" ]; then
	echo "dpo.sh: $policy has had its $EPOCHS passes" >&2
	exit 0
fi
if [ ! -d "$ref" ]; then
	rm -rf "$ref.part"
	cp -R "$policy" "$ref.part"
	mv "$ref.part" "$ref"
fi

{
	trajcat --groups --shuffle --seed $((SEED + done_passes)) \
		--batch "$BATCH" --repeat $((EPOCHS - done_passes)) "$pairs" |
		divgrad -d "$OBJECTIVE" --ref "$ref" --beta "$BETA" --regularizer "$F" \
			--smooth "$SMOOTH" --follow "$policy" |
		apply-update --lr "$LR" --schedule "$SCHEDULE" \
			--floor "$FLOOR" --warmup "$WARMUP" \
			--steps $((EPOCHS * batches)) "$policy"
} >>"$LOG.jsonl" 2>>"$LOG.log"
