#!/bin/bash
# SPDX-License-Identifier: MIT
# On-policy distillation: the policy samples, and a teacher gives its next-token
# distribution at every token of the samples.
#
#   prompts -> rollout -> divgrad -d D --teacher -> apply-update -> policy
#                 ^--------- --follow --^---------------'
#
# usage: distill.sh POLICY TEACHER DEMOS.traj
# TEACHER has the policy's tokenizer.  PROMPTS demonstrations per step give
# prompts, GIVEN others responses too.  POLICY begins at step 0, as mkpolicy --from
# makes it.  The same command continues a run that was stopped.
set -euo pipefail

: "${DIVERGENCE:=rkl}"
: "${STEPS:=100}"
: "${PROMPTS:=16}"	# per step, that the policy answers; 0: off-policy
: "${SAMPLES:=1}"	# per prompt
: "${GIVEN:=0}"		# demonstrations per step, in one loss with the samples
: "${FUTURE:=0}"	# 1: credit an action with later divergences (MiniLLM)
: "${TEMPERATURE:=1}"	# of the distributions compared
: "${LR:=1e-3}"
: "${SCHEDULE:=cosine}"	# constant, linear or cosine, down to FLOOR * LR
: "${FLOOR:=0.1}"
: "${WARMUP:=20}"	# steps
: "${MAX_NEW:=256}"	# most tokens of a response
: "${SEED:=1}"
: "${LOG:=}"		# name of .jsonl and .log (default: POLICY.distill)

if [ $# -ne 3 ]; then
	sed -n '3,12s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
policy=$1 teacher=$2 demos=$3
: "${LOG:=$policy.distill}"

touch "$LOG.jsonl"
exec 3>&2
trap 'tail -n 5 "$LOG.log" >&3' ERR
done_steps=$(wc -l <"$LOG.jsonl")
left=$((STEPS - done_steps))
if [ "$left" -le 0 ]; then
	echo "distill.sh: $policy has had its $STEPS steps" >&2
	exit 0
fi

# Batches for the steps left, in as many passes as that takes.
batches() { # SEED SIZE
	trajcat --shuffle --seed $(($1 + done_steps)) --repeat 1000000 \
		--full --batch "$2" --head $((left * $2)) "$demos"
}

taught() {
	divgrad -d "$DIVERGENCE" --teacher "$teacher" \
		--temperature "$TEMPERATURE" --follow "$@" "$policy"
}

rolled() {
	batches "$SEED" "$PROMPTS" |
		rollout -n "$SAMPLES" -l "$MAX_NEW" --follow --seed "$SEED" \
			"$policy" |
		taught --future "$FUTURE"
}

given() {
	batches $((SEED + 1000)) "$GIVEN" | taught
}

update() {
	apply-update --lr "$LR" --schedule "$SCHEDULE" --floor "$FLOOR" \
		--warmup "$WARMUP" --steps "$STEPS" "$policy" "$@"
}

case $PROMPTS/$GIVEN in
*/0) rolled | update ;;
0/*) given | update ;;
*) rolled | update - <(given) ;;
esac >>"$LOG.jsonl" 2>>"$LOG.log"
