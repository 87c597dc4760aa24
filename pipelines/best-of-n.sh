#!/bin/bash
# SPDX-License-Identifier: MIT
# Take, of N samples of each prompt, the one that a judge scores highest: print
# it, or train on it.
#
#   prompts -> rollout -n N -> discrim JUDGE -> trajcat --best 1 -> text, or
#                 ^                     divgrad -d fkl -> apply-update
#                 '--------- --follow -----^-----------------'
#
# JUDGE is a discriminator or a reward model (discrim).  If BASE is set, both
# are policies, and the score is the implied reward log JUDGE - log BASE.
#
# usage: best-of-n.sh POLICY JUDGE PROMPTS.traj	(trains)
#        PRINT=1 best-of-n.sh POLICY JUDGE PROMPTS.traj
# The same command continues a run that was stopped, with the rounds left.
set -euo pipefail

: "${BASE:=}"		# a policy; empty: JUDGE scores alone
: "${PRINT:=}"		# 1: print the best of each prompt, train nothing
: "${ROUNDS:=100}"	# of sampling, one step each
: "${PROMPTS:=16}"	# per round
: "${SAMPLES:=8}"	# per prompt
: "${LR:=1e-4}"
: "${WARMUP:=10}"	# steps
: "${MAX_NEW:=256}"	# most tokens of a response
: "${SEED:=1}"
: "${LOG:=}"		# name of .jsonl and .log (default: POLICY.best)

if [ $# -ne 3 ]; then
	sed -n '3,16s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
policy=$1 judge=$2 prompts=$3
: "${LOG:=$policy.best}"

best() { # OPTION...: of trajcat; selects from the samples on stdin
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
