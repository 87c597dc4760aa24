#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tools.sh BUILD: tokens a second of whole tools on two policies with random
# weights.  A tool's start is left out: what is timed is the difference
# between one segment and several.  So is the disk: what comes out is dropped.
#
# PEAK (GFLOP/s of the largest product) and READ (GB/s of memory) come from
# run.  Operations are counted as in kernels.c: 6 a weight a token for divgrad,
# 2 for rollout, which also reads all weights once for each token of a batch.
set -eu
bin=$1/bin
: "${PEAK:?}" "${READ:?}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

# N trajectories of T tokens below V, the first of them given, SEGMENTS times.
stream() { # N T V GIVEN SEGMENTS
	awk -v n="$1" -v t="$2" -v v="$3" -v given="$4" -v segments="$5" 'BEGIN {
		for (s = 1; s <= segments; s++) {
			print "{\"apprentice\":{\"kind\":\"traj\",\"version\":1}}"
			for (i = 0; i < n; i++) {
				printf "{\"id\":\"%d\",\"role\":\"expert\",\"tokens\":[", i
				for (k = 0; k < t; k++)
					printf k ? ",%d" : "%d", 3 + int(rand() * (v - 3))
				printf "],\"actions\":[%s]}\n", given < t ? given "," t : ""
			}
			printf "{\"end\":{\"count\":%d,\"more\":%s}}\n", n,
				s < segments ? "true" : "false"
		}
	}' | "$bin/trajcat"
}

seconds() { # COMMAND ...
	began=$(date +%s%N)
	"$@" >/dev/null
	echo "$began $(date +%s%N)" | awk '{ print ($2 - $1) / 1e9 }'
}

# LABEL N T V WEIGHTS WIDTH LAYERS: weights of the matrices, the head's too
policy() {
	label=$1 n=$2 t=$3 v=$4 weights=$5 width=$6 layers=$7
	more=$((2000000000000 / (6 * weights * n * t) + 1)) # about as many operations
	stream "$n" "$t" "$v" 1 1 >one.traj
	stream "$n" "$t" "$v" 1 $((1 + more)) >more.traj
	one=$(seconds "$bin/divgrad" -q -d fkl policy one.traj)
	all=$(seconds "$bin/divgrad" -q -d fkl policy more.traj)
	awk -v one="$one" -v all="$all" -v tokens=$((more * n * t)) -v w="$weights" \
		-v a="$((6 * layers * width * t))" -v peak="$PEAK" -v name="$label" 'BEGIN {
		speed = tokens / (all - one)
		printf "%s\tdivgrad\t%.0f tokens/s\t%.2f of peak\n", name, speed,
			speed * (6 * w + a) / peak / 1e9
	}'
	for samples in 1 "$n"; do
		stream 1 16 "$v" 16 1 >prompt.traj
		one=$(seconds "$bin/rollout" -q -n "$samples" -l 8 policy prompt.traj)
		all=$(seconds "$bin/rollout" -q -n "$samples" -l 72 policy prompt.traj)
		awk -v one="$one" -v all="$all" -v n="$samples" -v w="$weights" \
			-v peak="$PEAK" -v read="$READ" -v name="$label" 'BEGIN {
			steps = 64 / (all - one)
			printf "%s\trollout of %d\t%.0f tokens/s\t%.2f of peak" \
				"\t%.2f of memory\n", name, n, n * steps,
				2 * w * n * steps / peak / 1e9, 4 * w * steps / read / 1e9
		}'
	done
	"$bin/divgrad" -q -d fkl policy one.traj >one.grad
	"$bin/apply-update" -q --stale 9 policy one.grad >/dev/null
	one=$(seconds "$bin/apply-update" -q --stale 9 policy one.grad)
	awk -v s="$one" -v n="$(wc -c <one.grad)" -v name="$label" 'BEGIN {
		printf "%s\tapply-update\t%.1f M parameters/s\twith the commit\n",
			name, n / 4 / s / 1e6
	}'
	rm -rf policy
}

"$bin/mkpolicy" -q --like llama --dim 288 --layers 6 --heads 6 --ff 768 \
	--vocab 32000 --context 256 policy
policy 'llama 6x288' 16 256 32000 $((6 * (4 * 288 * 288 + 3 * 288 * 768) + 288 * 32000)) 288 6
"$bin/mkpolicy" -q --like gpt2 --dim 768 --layers 12 --heads 12 \
	--vocab 50257 --context 512 policy
policy 'gpt2 12x768' 4 512 50257 $((12 * 12 * 768 * 768 + 768 * 50257)) 768 12
