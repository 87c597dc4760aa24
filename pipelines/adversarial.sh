#!/bin/bash
# SPDX-License-Identifier: MIT
# Adversarial imitation of the expert by any divergence, in one pipeline:
#
#   prompts -> rollout -> discrim -> divgrad -d D -> apply-update -> policy
#                 ^--------- --follow --^---------------'
#
# DISC is a language model with the policy's tokenizer, fine-tuned on the same
# demonstrations (sft.sh) until it is the better model of them (gate.sh).
#
# usage: adversarial.sh POLICY DISC DEMOS.traj
# The same command continues a run that was stopped, with the rounds left.
set -euo pipefail

: "${DIVERGENCE:=rkl}"
: "${ROUNDS:=100}"	# of sampling and fitting
: "${PROMPTS:=64}"	# per round
: "${SAMPLES:=8}"	# per prompt
: "${STEPS:=4}"		# of the policy, per round
: "${LR:=1e-3}"
: "${SCHEDULE:=cosine}"	# constant, linear or cosine, down to FLOOR * LR
: "${FLOOR:=0.1}"
: "${WARMUP:=}"		# steps (default: a tenth, at most 20)
: "${DISC_LR:=3e-4}"
: "${SFT:=0.1}"		# weight of the supervised fine-tuning beside it
: "${MAX_NEW:=256}"	# most tokens of a response
: "${SEED:=1}"
: "${LOG:=}"		# name of .jsonl and .log (default: POLICY.DIVERGENCE)

if [ $# -ne 3 ]; then
	sed -n '3,13s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
policy=$1 disc=$2 demos=$3
: "${LOG:=$policy.$DIVERGENCE}"
minibatch=$((PROMPTS * SAMPLES / STEPS)) steps=$((ROUNDS * STEPS))
: "${WARMUP:=$((steps < 200 ? steps / 10 : 20))}"

touch "$LOG.jsonl"
exec 3>&2 # stderr, for the last messages of a run that fails
trap 'tail -n 5 "$LOG.log" >&3' ERR
done_rounds=$(($(wc -l <"$LOG.jsonl") / STEPS))
left=$((ROUNDS - done_rounds))
if [ "$left" -le 0 ]; then
	echo "adversarial.sh: $policy has had its $ROUNDS rounds" >&2
	exit 0
fi

# Prompts for so many batches, in as many passes as that takes.
prompts() { # SEED BATCHES
	trajcat --shuffle --seed $(($1 + done_rounds)) --repeat 1000000 \
		--full --batch "$PROMPTS" --head $(($2 * PROMPTS)) "$demos"
}

{
	prompts "$SEED" "$left" |
		rollout -n "$SAMPLES" -l "$MAX_NEW" --follow --every "$STEPS" \
			--seed "$SEED" "$policy" |
		discrim -e "$demos" -p "$policy" --lr "$DISC_LR" "$disc" |
		trajcat --batch "$minibatch" |
		divgrad -d "$DIVERGENCE" --scale rms --follow "$policy" |
		apply-update --lr "$LR" --schedule "$SCHEDULE" \
			--floor "$FLOOR" --warmup "$WARMUP" \
			--steps "$steps" "$policy" - \
			<(prompts $((SEED + 1000)) $((left * STEPS)) |
				divgrad -d fkl -w "$SFT" --follow "$policy")
} >>"$LOG.jsonl" 2>>"$LOG.log"
