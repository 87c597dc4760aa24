#!/bin/bash
# SPDX-License-Identifier: MIT
# On-policy distillation: the policy speaks, and a teacher that stands beside
# it says at every token what it would have said, from its whole law.
#
#   prompts -> rollout -> divgrad -d D --teacher -> apply-update -> policy
#                 ^--------- --follow --^---------------'
#
# usage: distill.sh POLICY TEACHER DEMOS.traj
# TEACHER has the policy's tokenizer.  Of DEMOS the prompts are used, and the
# responses of GIVEN others.  POLICY begins at step 0, as mkpolicy --from makes
# it.  Run again, it goes on with the steps that are left.
set -euo pipefail

: "${DIVERGENCE:=rkl}"
: "${STEPS:=100}"
: "${PROMPTS:=16}"	# a step, to which the policy speaks; 0: off-policy
: "${SAMPLES:=1}"	# a prompt
: "${GIVEN:=0}"		# demonstrations a step, in one loss with the samples
: "${FUTURE:=0}"	# 1: an action answers for later divergences (MiniLLM)
: "${TEMPERATURE:=1}"	# of the laws compared
: "${LR:=1e-3}"
: "${SCHEDULE:=cosine}"	# constant, linear or cosine down to FLOOR * LR
: "${FLOOR:=0.1}"
: "${WARMUP:=20}"	# steps
: "${MAX_NEW:=256}"	# tokens of a response
: "${SEED:=1}"
: "${LOG:=}"		# metrics and words, appended (default: POLICY.distill)

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

# Batches for the steps left, however many passes that takes.
batches() {
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
