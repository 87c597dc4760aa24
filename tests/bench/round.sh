#!/bin/bash
# SPDX-License-Identifier: MIT
#
# round.sh BUILD: adversarial rounds of 64 samples of 32 tokens, a policy and a
# discriminator of about a million parameters each: milliseconds a round, by
# the difference between many rounds and few, and how busy the processors are
# with the tools' own work, the kernel's apart.
set -euo pipefail
PATH=$1/bin:$PATH
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

for n in one two three four five six seven eight; do
	printf '{"prompt": "Say %s.", "response": " I say %s, and %s again."}\n' $n $n $n
done >demos.jsonl
mkpolicy -q --like llama --dim 128 --layers 4 --heads 4 --ff 352 \
	--tokenizer-from demos.jsonl --vocab 300 policy
mkpolicy -q --from policy disc
demo2traj -q -m policy -o demos.traj demos.jsonl

rounds() { # N
	trajcat -q --repeat "$1" --batch 8 demos.traj |
		rollout -q -n 8 -l 32 --follow policy |
		discrim -q -e demos.traj -p policy --lr 1e-6 disc |
		divgrad -q -d js --follow policy |
		apply-update -q --lr 1e-6 policy >/dev/null
}
TIMEFORMAT='%R %U %S'
{ time rounds 2; } 2>few
{ time rounds 22; } 2>many
cat few many | awk -v threads="${OMP_NUM_THREADS:-$(nproc)}" '{
	for (i = 1; i <= 3; i++) { took[i] = $i - last[i]; last[i] = $i } }
	END { printf "round\t64 x 32 tokens, 0.9 M\t%.0f ms\t%.2f of the processors, and %.2f in the kernel\n",
		1e3 * took[1] / 20, took[2] / took[1] / threads, took[3] / took[1] / threads }'
