#!/bin/bash
# SPDX-License-Identifier: MIT
# Of N samples of each prompt the one that a judge likes best: to be read, or
# to learn from.
#
#   prompts -> rollout -n N -> discrim JUDGE -> trajcat --best 1 -> text, or
#                 ^                     divgrad -d fkl -> apply-update
#                 '--------- --follow -----^-----------------'
#
# JUDGE is a discriminator or a reward model (discrim).  With BASE the score
# is the reward that JUDGE, a policy, implies over BASE: log JUDGE - log BASE.
#
# usage: best-of-n.sh POLICY JUDGE PROMPTS.traj	(learns)
#        PRINT=1 best-of-n.sh POLICY JUDGE PROMPTS.traj
# Run again, it goes on with the rounds that are left.
set -euo pipefail

: "${BASE:=}"		# a policy; empty: JUDGE scores by itself
: "${PRINT:=}"		# 1: write the best of each prompt, learn nothing
: "${ROUNDS:=100}"	# of sampling, a step each
: "${PROMPTS:=16}"	# a round
: "${SAMPLES:=8}"	# a prompt
: "${LR:=1e-4}"
: "${WARMUP:=10}"	# steps
: "${MAX_NEW:=256}"	# tokens of a response
: "${SEED:=1}"
: "${LOG:=}"		# metrics and words, appended (default: POLICY.best)

if [ $# -ne 3 ]; then
	sed -n '3,16s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
policy=$1 judge=$2 prompts=$3
: "${LOG:=$policy.best}"

best() { # OPTION...: those of trajcat, of rollout's samples on stdin
	if [ -n "$BASE" ]; then
		discrim --implicit "$judge" "$BASE"
	else
		discrim "$judge"
	fi | trajcat --best 1 "$@"
}

if [ -n "$PRINT" ]; then
	rollout -q -n "$SAMPLES" -l "$MAX_NEW" --seed "$SEED" "$policy" \
		"$prompts" | best --text -m "$policy"
	exit
fi
touch "$LOG.jsonl"
trap 'tail -n 5 "$LOG.log" >&2' ERR
done_rounds=$(wc -l <"$LOG.jsonl")
left=$((ROUNDS - done_rounds))
if [ "$left" -le 0 ]; then
	echo "best-of-n.sh: $policy has had its $ROUNDS rounds" >&2
	exit 0
fi

{
	trajcat --shuffle --seed $((SEED + done_rounds)) --repeat 1000000 \
		--full --batch "$PROMPTS" --head $((left * PROMPTS)) \
		"$prompts" |
		rollout -n "$SAMPLES" -l "$MAX_NEW" --seed "$SEED" --follow \
			"$policy" |
		best --as expert |
		divgrad -d fkl --follow "$policy" |
		apply-update --lr "$LR" --warmup "$WARMUP" "$policy"
} >>"$LOG.jsonl" 2>>"$LOG.log"
