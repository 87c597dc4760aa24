#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scaling.sh BUILD: the constants of scaling(7), with a llama of 135 million weights in
# BF16 and adapters of rank 16 on it: bytes of a gradient; and rates by processor
# time, which other programs on the machine disturb least: of computing a gradient,
# adding gradients, making a step, and reading weights.
set -euo pipefail
PATH=$(cd "$1/bin" && pwd):$PATH
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
export OMP_NUM_THREADS=2
TIMEFORMAT='%U %S %R'

# LABEL GIGA UNIT COMMAND ...: the least processor time of three, and the rate of
# that many 1e9 in it
rate() {
	for _ in 1 2 3; do
		{ time "${@:4}" >/dev/null 2>err || cat err >&2; } 2>&1
	done | awk -v label="$1" -v giga="$2" -v unit="$3" '
		{ t = $1 + $2 }
		NR == 1 || t < least { least = t; wall = $3 }
		END { printf "%s\t%.2f processor seconds\t%.2f seconds\t%.2f %s\n", label, least, wall, giga / least, unit }'
}
bytes() { wc -c <"$1"; }
giga() { awk -v n="$1" -v f="${2:-1}" 'BEGIN { printf "%.6f", n * f / 1e9 }'; }
stream() { # N T: sequences of random tokens
	awk -v n="$1" -v t="$2" 'BEGIN {
		print "{\"apprentice\":{\"kind\":\"traj\",\"version\":1}}"
		for (i = 0; i < n; i++) {
			printf "{\"id\":\"%d\",\"role\":\"expert\",\"tokens\":[", i
			for (k = 0; k < t; k++)
				printf k ? ",%d" : "%d", 3 + int(rand() * 30000)
			printf "],\"actions\":[1,%d]}\n", t
		}
		printf "{\"end\":{\"count\":%d,\"more\":false}}\n", n
	}' | trajcat -q
}

mkpolicy -q --like llama --dim 576 --layers 30 --heads 9 --kv-heads 3 --ff 1536 \
	--vocab 49152 --context 2048 --dtype bf16 policy
mkpolicy -q --from policy --lora 16 adapters
stream 2 512 >two.traj
stream 1 4 >one.traj
weights=$(bytes policy/model.safetensors)
for p in policy adapters; do
	divgrad -q -d fkl -o $p.grad $p one.traj
	printf 'gradient, %s\t%d bytes\n' $p "$(bytes $p.grad)"
done
work=$(awk -v w="$weights" 'BEGIN { print (w / 2 - 49152 * 576) * 1024 }')
for type in f32 bf16; do
	rate "divgrad, all weights, $type" "$(giga "$work" 6)" GFLOP/s \
		divgrad -q -d fkl --compute $type -o out policy two.traj
	rate "divgrad, adapters, $type" "$(giga "$work" 4)" GFLOP/s \
		divgrad -q -d fkl --compute $type -o out adapters two.traj
done
for n in 2 8; do
	mapfile -t files < <(yes policy.grad | head -n $n)
	rate "gradcat of $n" "$(giga "$(bytes policy.grad)" $n)" GB/s gradcat -q "${files[@]}"
done
update() { cat policy.grad policy.grad | apply-update -q --stale 99 --sync never --commit 1000000 policy; }
rate 'apply-update' "$(giga "$(bytes policy.grad)" 2)" GB/s update
rate 'reading weights' "$(giga "$weights")" GB/s measure -q -p policy one.traj
