#!/bin/bash
# SPDX-License-Identifier: MIT
# Reinforcement learning from any reward: your own program in the pipeline.
#
#   prompts -> rollout --json -> REWARD -> divgrad -d reward -> apply-update
#                 ^------ --follow -----------^----------------------'
#
# REWARD is a command that reads JSON lines and writes each at once, with
# "score": [NUMBER] added to those that have an "id"; larger is better.  A record
# has its text, {"text": {"prompt", "response"}}, and the "meta" of the record
# that its prompt came from.
#
# usage: reward.sh POLICY PROMPTS.traj REWARD [ARG ...]
# The same command continues a run that was stopped, with the rounds left.
set -euo pipefail

: "${ROUNDS:=100}"	# of sampling
: "${PROMPTS:=16}"	# per round
: "${SAMPLES:=8}"	# per prompt
: "${STEPS:=1}"		# of the policy, per round
: "${SCALE:=std}"	# none, rms, or std as in GRPO
: "${LR:=1e-4}"
: "${WARMUP:=10}"	# steps of the policy
: "${MAX_NEW:=256}"	# most tokens of a response
: "${SEED:=1}"
: "${LOG:=}"		# name of .jsonl and .log (default: POLICY.reward)

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

# REWARD may not notice that its reader has ended, so everything before
# apply-update is a job that we kill at exit.  The next round waits until REWARD
# has written this one, so a program in Python must not buffer its output.
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
