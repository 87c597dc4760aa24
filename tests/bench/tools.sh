#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tools.sh BUILD: tokens a second of whole tools on two policies with random
# weights, and what they take of memory.  A tool's start is left out: what is
# timed is the difference between one segment and several.  So is the disk:
# what comes out is dropped, and steps are not flushed.
#
# The machine's limits, GFLOP/s of a large product and GB/s of memory, are
# measured before and after each rate; one between two limits that are a tenth
# apart was disturbed, and is measured again, three times at most.  Operations
# are counted as in kernels.c: 6 a weight a token for divgrad,
# 2 for rollout, which also reads all weights once for each token of a batch.
set -eu
bin=$1/bin kernels=$1/bench/kernels
threads=${OMP_NUM_THREADS:-$(nproc)}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

# Segments of n sequences of random tokens below v.  All: as long as t and all
# actions.  Real: 8 to t, the first half a prompt.  Shared and apart: a prompt
# of 200 tokens, the same for all or one each.
stream() { # KIND N T V SEGMENTS
	awk -v kind="$1" -v n="$2" -v t="$3" -v v="$4" -v segments="$5" '
	function token() { return 3 + int(rand() * (v - 3)) }
	BEGIN {
		for (s = 1; s <= segments; s++) {
			print "{\"apprentice\":{\"kind\":\"traj\",\"version\":1}}"
			for (i = 0; i < n; i++) {
				long = kind == "real" ? 8 + int(rand() * (t - 7)) : t
				given = kind == "all" ? 1 : kind == "real" ? int(long / 2) : 200
				printf "{\"id\":\"%d\",\"role\":\"expert\",\"tokens\":[", i
				for (k = 0; k < long; k++) {
					if (kind != "shared" || i == 0 || k >= given)
						had[k] = token()
					printf k ? ",%d" : "%d", had[k]
				}
				printf "],\"actions\":[%s]}\n", given < long ? given "," long : ""
			}
			printf "{\"end\":{\"count\":%d,\"more\":%s}}\n", n, s < segments ? "true" : "false"
		}
	}' | "$bin/trajcat"
}
tokens() { # FILE
	"$bin/trajcat" -q --json "$1" | awk -F '"tokens":' '/^{"id"/ {
		sub(/].*/, "", $2); n += split($2, x, ",") } END { print n }'
}
seconds() { # COMMAND ...
	began=$(date +%s%N)
	"$@" >/dev/null
	echo "$began $(date +%s%N)" | awk '{ print ($2 - $1) / 1e9 }'
}
step() { # FILE
	"$bin/divgrad" -q -d fkl --follow policy "$1" |
		"$bin/apply-update" -q --sync never --lr 1e-9 policy
}
step_bf16() { # FILE
	"$bin/divgrad" -q -d fkl --compute bf16 --follow policy "$1" |
		"$bin/apply-update" -q --sync never --lr 1e-9 policy
}
draw() { # COMPUTE SAMPLES TOKENS
	"$bin/rollout" -q --compute "$1" -n "$2" -l "$3" policy prompt.traj
}
gradient() { "$bin/divgrad" -q -d fkl policy "$1"; }
gradient_bf16() { "$bin/divgrad" -q -d fkl --compute bf16 policy "$1"; }

limits() { # GFLOP/s and GB/s
	"$kernels" -j "$threads" limits | sed -n 's/.*	\([0-9.]*\) G.*/\1/p' | paste -s -d ' ' -
}
# Seconds of a command between limits: sets took, peak and read.
between() { # COMMAND ...
	for _ in 1 2 3; do
		before=$(limits)
		took=$("$@")
		after=$(limits)
		echo "$before $after" | awk '{ near = $1 / $3; exit near < .9 || near > 1.1 }' && break
	done
	peak=$(echo "$before $after" | awk '{ print ($1 + $3) / 2 }')
	read=$(echo "$before $after" | awk '{ print ($2 + $4) / 2 }')
}
# What a command takes longer for more.
# shellcheck disable=SC2086 # a command is several words
longer() { # COMMAND LESS MORE: the last argument of each run
	command=$1
	one=$(seconds $command "$2")
	all=$(seconds $command "$3")
	echo "$one $all" | awk '{ print $2 - $1 }'
}

# Tokens a second of a gradient or step of such segments, all tokens counted.
rate() { # LABEL COMMAND KIND N T V OPERATIONS-A-TOKEN-OR-0
	more=$((2000000000000 / (6 * weights * $4 * $5) + 1)) # about as many operations
	stream "$3" "$4" "$5" "$6" 1 >one.traj
	stream "$3" "$4" "$5" "$6" $((1 + more)) >more.traj
	between longer "$2" one.traj more.traj
	awk -v took="$took" -v tokens=$(($(tokens more.traj) - $(tokens one.traj))) \
		-v operations="$7" -v peak="$peak" -v name="$label" -v what="$1" 'BEGIN {
		speed = tokens / took
		printf "%s\t%s\t%.0f tokens/s", name, what, speed
		printf operations ? "\t%.2f of peak\n" : "\n", speed * operations / peak / 1e9
	}'
}
sampling() { # COMPUTE BYTES SAMPLES V
	stream shared 1 201 "$4" 1 | "$bin/trajcat" -q --json |
		sed 's/"actions":[^]]*]/"actions":[]/; s/\("tokens":\[\([0-9]*,\)\{15\}[0-9]*\)[^]]*/\1/' |
		"$bin/trajcat" -q >prompt.traj
	last=72
	[ "$3" -gt 1 ] || last=200 # which is soon done
	between longer "draw $1 $3" 8 $last
	awk -v took="$took" -v more=$((last - 8)) -v n="$3" -v w="$weights" -v peak="$peak" -v read="$read" \
		-v name="$label" -v what="rollout of $3, $1" -v bytes="$2" 'BEGIN {
		steps = more / took
		printf "%s\t%s\t%.0f tokens/s\t%.2f of peak\t%.2f of memory\n", name, what, n * steps,
			2 * w * n * steps / peak / 1e9, bytes * w * steps / read / 1e9
	}'
}
memory() { # WHAT COMMAND ...: what it held at most, looked at a hundred times a second
	what=$1
	shift
	"$@" >/dev/null &
	most=0
	while held=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\).*/\1/p' /proc/$!/status 2>/dev/null) &&
		[ -n "$held" ]; do
		most=$held
		sleep 0.01
	done
	wait $!
	printf '%s\t%s\t%d MiB at most\n' "$label" "$what" $((most / 1024))
}

# LABEL N T V WEIGHTS WIDTH LAYERS: weights of the matrices, the head's too
policy() {
	label=$1 weights=$5
	work=$((6 * $5 + 6 * $7 * $6 * $3))
	rate divgrad gradient all "$2" "$3" "$4" $work
	rate 'divgrad | apply-update' step all "$2" "$3" "$4" $work
	rate 'divgrad, bf16' gradient_bf16 all "$2" "$3" "$4" $work
	rate 'divgrad | apply-update, bf16' step_bf16 all "$2" "$3" "$4" $work
	rate 'divgrad, real lengths' gradient real "$2" "$3" "$4" 0
	rate 'divgrad | apply-update, real' step real "$2" "$3" "$4" 0
	rate 'divgrad, 8 of one prompt' gradient shared 8 256 "$4" 0
	rate 'divgrad, 8 prompts' gradient apart 8 256 "$4" 0
	for samples in 1 16 64; do
		sampling f32 4 $samples "$4"
		sampling bf16 2 $samples "$4"
		sampling int8 1 $samples "$4"
	done
	stream all "$2" "$3" "$4" 1 >one.traj
	stream real "$2" "$3" "$4" 1 >real.traj
	stream shared 8 256 "$4" 1 >shared.traj
	memory divgrad "$bin/divgrad" -q -d fkl policy one.traj
	memory 'divgrad, bf16' "$bin/divgrad" -q -d fkl --compute bf16 policy one.traj
	memory 'divgrad, real lengths' "$bin/divgrad" -q -d fkl policy real.traj
	memory 'divgrad, 8 of one prompt' "$bin/divgrad" -q -d fkl policy shared.traj
	"$bin/divgrad" -q -d fkl policy one.traj >one.grad
	memory apply-update "$bin/apply-update" -q --stale 9 --sync never policy one.grad
	for samples in 1 16 64; do
		for type in f32 bf16 int8; do
			memory "rollout of $samples, $type" \
				"$bin/rollout" -q --compute $type -n $samples -l 64 policy prompt.traj
		done
	done
	rm -rf policy
}

"$bin/mkpolicy" -q --like llama --dim 288 --layers 6 --heads 6 --ff 768 \
	--vocab 32000 --context 256 policy
policy 'llama 6x288' 16 256 32000 $((6 * (4 * 288 * 288 + 3 * 288 * 768) + 288 * 32000)) 288 6
"$bin/mkpolicy" -q --like gpt2 --dim 768 --layers 12 --heads 12 \
	--vocab 50257 --context 512 policy
policy 'gpt2 12x768' 4 512 50257 $((12 * 12 * 768 * 768 + 768 * 50257)) 768 12
