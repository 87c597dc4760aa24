#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sizes.sh BUILD [SIZE ...]: seconds and memory of whole tools on policies of
# random weights stored in BF16, W bytes, with adapters of rank 16.  SIZE is
# 248M (the default), 1.2B or 7B: the number of weights.  7B takes 15 GB of
# disk, and of its rows only a step's, in INT8.  Memory is the most that a tool
# held, maps of files counted.  Rows of tools that have --plan also show what it
# predicted: seconds and memory.
set -eu
bin=$(cd "$1/bin" && pwd)
shift
[ $# -gt 0 ] || set -- 248M
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

# N sequences of T random tokens, the first P of them given.
stream() { # N T P
	awk -v n="$1" -v t="$2" -v p="$3" 'BEGIN {
		print "{\"apprentice\":{\"kind\":\"traj\",\"version\":1}}"
		for (i = 0; i < n; i++) {
			printf "{\"id\":\"%d\",\"role\":\"expert\",\"tokens\":[", i
			for (k = 0; k < t; k++)
				printf k ? ",%d" : "%d", 3 + int(rand() * 30000)
			printf "],\"actions\":[%d,%d]}\n", p, t
		}
		printf "{\"end\":{\"count\":%d,\"more\":false}}\n", n
	}' | "$bin/trajcat" -q
}

foretell() { # COMMAND ...: what its --plan predicts
	case $1 in
	*/rollout | */divgrad | */discrim) ;;
	*) return ;;
	esac
	{
		"$@" --plan
		case " $* " in *' -o grad '*) cat grad ;; esac
	} | awk '$1 == "memory" { m = $2 } $1 == "time" { t = $2 }
		END { printf "\tpredicted %s s\t%d MiB", t, m }'
}

row() { # WHAT COMMAND ...: the time it takes, and what it held at most
	what=$1
	shift
	foretold=$(foretell "$@")
	began=$(date +%s%N)
	"$@" >/dev/null &
	most=0
	while held=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\).*/\1/p' /proc/$!/status 2>/dev/null) &&
		[ -n "$held" ]; do
		most=$held
		sleep 0.02
	done
	wait $!
	ended=$(date +%s%N)
	echo "$began $ended $most" | awk -v w="$(wc -c <base/model.safetensors)" -v what="$what" -v size="$size" -v foretold="$foretold" '{
		printf "%s\t%s\t%.1f s\t%d MiB\t%.2f W%s\n", size, what, ($2 - $1) / 1e9, $3 / 1024, $3 * 1024 / w, foretold }'
}

rollout() { # SEQUENCES TOKENS TYPE
	row "rollout of $1, $2 tokens, $3" "$bin/rollout" -q --compute "$3" -n "$1" -l "$2" base prompt.traj
}
divgrad() { # TOKENS FILE TYPE [OPTION]
	row "divgrad of adapters, $1 tokens, $3${4:+, $4}" \
		"$bin/divgrad" -q -d fkl ${4:+"$4"} --compute "$3" -o grad policy "$2"
}
apply() {
	row 'apply-update of adapters' "$bin/apply-update" -q --stale 9 --sync never policy grad
}

few() {
	rollout 1 16 int8
	divgrad 512 one.traj int8
	apply
}
all() {
	row 'measure, 512 tokens' "$bin/measure" -q -p base one.traj
	for type in bf16 int8; do
		rollout 1 32 $type
		rollout 16 32 $type
	done
	row 'rollout of 16, 32 tokens, adapters, bf16' "$bin/rollout" -q --compute bf16 -n 16 -l 32 policy prompt.traj
	for type in f32 bf16 int8; do
		divgrad 512 one.traj $type
		divgrad 2048 four.traj $type
		divgrad 2048 four.traj $type --recompute
	done
	apply
	"$bin/rollout" -q --compute bf16 -n 2 -l 32 -o samples policy prompt.traj
	"$bin/mkpolicy" -q --from base --lora 8 judge
	for type in f32 int8; do
		row "discrim of adapters, a policy of adapters, $type" \
			"$bin/discrim" -q --compute $type -e one.traj -p policy judge samples
	done
}

stream 1 96 64 >prompt.traj
stream 1 512 64 >one.traj
stream 4 512 64 >four.traj
for size in "$@"; do
	rows=all
	case $size in
	248M) shape='--dim 1024 --layers 12 --heads 16 --kv-heads 4 --ff 4096 --vocab 32000' ;;
	1.2B) shape='--dim 2048 --layers 16 --heads 32 --kv-heads 8 --ff 8192 --vocab 50257' ;;
	7B) shape='--dim 4096 --layers 32 --heads 32 --kv-heads 8 --ff 14336 --vocab 32000' rows=few ;;
	*) echo "sizes.sh: $size is not 248M, 1.2B or 7B" >&2 && exit 2 ;;
	esac
	# shellcheck disable=SC2086 # options are words
	row mkpolicy "$bin/mkpolicy" -q --like llama $shape --context 2048 --dtype bf16 base
	row 'mkpolicy --from, --lora 16' "$bin/mkpolicy" -q --from base --lora 16 policy
	$rows
	rm -rf base policy judge
done
