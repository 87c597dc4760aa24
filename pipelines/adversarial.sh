#!/bin/bash
# SPDX-License-Identifier: MIT
# Adversarial imitation of the expert under any divergence, one pipe:
#
#   prompts -> rollout -> discrim -> divgrad -d D -> apply-update -> policy
#                 ^--------- --follow --^---------------'
#
# DISC is a language model with the policy's tokenizer, fitted to the same
# demonstrations (sft.sh) and a better model of them (gate.sh).
#
# usage: adversarial.sh POLICY DISC DEMOS.traj
# Run again, it goes on for ROUNDS more rounds.
set -euo pipefail

: "${DIVERGENCE:=rkl}"
: "${ROUNDS:=100}"	# of sampling and fitting
: "${PROMPTS:=64}"	# a round
: "${SAMPLES:=8}"	# a prompt
: "${STEPS:=4}"		# of the policy, a round
: "${LR:=1e-3}"
: "${WARMUP:=20}"	# steps of the policy
: "${DISC_LR:=3e-4}"
: "${SFT:=0.1}"		# weight of supervised fine-tuning beside it
: "${MAX_NEW:=256}"	# tokens of a response
: "${SEED:=1}"
: "${LOG:=}"		# metrics and words, appended (default: POLICY.DIVERGENCE)

if [ $# -ne 3 ]; then
	sed -n '3,13s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
policy=$1 disc=$2 demos=$3
: "${LOG:=$policy.$DIVERGENCE}"
trap 'tail -n 5 "$LOG.log" >&2' ERR
minibatch=$((PROMPTS * SAMPLES / STEPS))

# The prompts of so many rounds, however many passes that takes.
prompts() {
	trajcat --shuffle --seed "$1" --repeat 1000000 --full --batch "$2" \
		--head "$3" "$demos"
}

{
	prompts "$SEED" "$PROMPTS" $((ROUNDS * PROMPTS)) |
		rollout -n "$SAMPLES" -l "$MAX_NEW" --follow --every "$STEPS" \
			--seed "$SEED" "$policy" |
		discrim -e "$demos" -p "$policy" --lr "$DISC_LR" "$disc" |
		trajcat --batch "$minibatch" |
		divgrad -d "$DIVERGENCE" --scale rms --follow "$policy" |
		apply-update --lr "$LR" --warmup "$WARMUP" "$policy" - \
			<(prompts $((SEED + 1)) "$PROMPTS" \
				$((ROUNDS * STEPS * PROMPTS)) |
				divgrad -d fkl -w "$SFT" --follow "$policy")
} >>"$LOG.jsonl" 2>>"$LOG.log"
