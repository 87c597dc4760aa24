#!/bin/bash
# SPDX-License-Identifier: MIT
# Reinforcement learning from any reward: a program of yours in the pipe.
#
#   prompts -> rollout --json -> REWARD -> divgrad -d reward -> apply-update
#                 ^------ --follow -----------^----------------------'
#
# REWARD is a command that reads JSON lines and writes each at once, with
# "score": [NUMBER] added to those that have an "id": larger is better.  The
# record has the text that was said, {"text": {"prompt", "response"}}, and
# what the prompt's had in "meta".
#
# usage: reward.sh POLICY PROMPTS.traj REWARD [ARG ...]
# Run again, it goes on with the rounds that are left.
set -euo pipefail

: "${ROUNDS:=100}"	# of sampling
: "${PROMPTS:=16}"	# a round
: "${SAMPLES:=8}"	# a prompt
: "${STEPS:=1}"		# of the policy, a round
: "${SCALE:=std}"	# none, rms, or std as GRPO has it
: "${LR:=1e-4}"
: "${WARMUP:=10}"	# steps of the policy
: "${MAX_NEW:=256}"	# tokens of a response
: "${SEED:=1}"
: "${LOG:=}"		# metrics and words, appended (default: POLICY.reward)

if [ $# -lt 3 ]; then
	sed -n '3,14s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
policy=$1 prompts=$2
shift 2
: "${LOG:=$policy.reward}"

touch "$LOG.jsonl"
trap 'tail -n 5 "$LOG.log" >&2' ERR
done_rounds=$(($(wc -l <"$LOG.jsonl") / STEPS))
left=$((ROUNDS - done_rounds))
if [ "$left" -le 0 ]; then
	echo "reward.sh: $policy has had its $ROUNDS rounds" >&2
	exit 0
fi

# A program of yours does not see that nobody reads it any longer: all before
# the last tool is a job of its own, which ends with it.
# Nor does the next round begin before it has written this one: what is in
# Python is told not to save its output up.
export PYTHONUNBUFFERED=1
grads=$LOG.fifo
rm -f "$grads"
mkfifo "$grads"
set -m
{
	trajcat --shuffle --seed $((SEED + done_rounds)) --repeat 1000000 \
		--full --batch "$PROMPTS" --head $((left * PROMPTS)) \
		"$prompts" |
		rollout -n "$SAMPLES" -l "$MAX_NEW" --seed "$SEED" --json \
			--keep-text --follow --every "$STEPS" "$policy" |
		"$@" |
		trajcat --groups --batch $((PROMPTS / STEPS)) |
		divgrad -d reward --scale "$SCALE" --follow "$policy" >"$grads"
} 2>>"$LOG.log" &
job=$!
trap 'rm -f "$grads"; kill -- "-$job" 2>/dev/null || :' EXIT
apply-update --lr "$LR" --warmup "$WARMUP" "$policy" "$grads" \
	>>"$LOG.jsonl" 2>>"$LOG.log"
