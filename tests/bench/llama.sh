#!/bin/sh
# SPDX-License-Identifier: MIT
#
# llama.sh BUILD: tokens a second of sampling by llama.cpp, where its tools are
# in the PATH, from policies with random weights as in tools.sh: in F32, and in
# BF16 and Q8_0 where there is llama-quantize.
#
# One at a time is by llama-bench, which begins without a prompt where it knows
# no depth; 16 and 64, each after a prompt of 16 tokens, by llama-batched-bench.
# Neither draws tokens: logits are dropped, and the next token is any.  Prompts
# are not counted.  What is said is the best of several, with and without flash
# attention for those of llama-batched-bench.
set -eu
bin=$1/bin
here=$(dirname "$0")
threads=${OMP_NUM_THREADS:-$(nproc)}

none() {
	printf 'peer\tllama.cpp\tnone: %s\n' "$1"
	exit
}
has() { command -v "$1" >/dev/null; }
has llama-bench || none 'no llama-bench in the PATH'
python=
for one in /usr/bin/python3 python3; do
	[ "$python" ] || ! "$one" -c 'import numpy' 2>/dev/null || python=$one
done
[ "$python" ] || none 'no python3 with numpy'
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

# Runs a command, and says last how many MiB it held at most.
held='import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print("held", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(code)'
run() { # COMMAND ...
	"$python" -c "$held" "$@" 2>"$dir/log" || tail -n 1 "$dir/log" >&2
}
best() { # WHAT UNIT: the largest of the numbers in the input
	sort -g | tail -n 1 | awk -v what="$label	llama.cpp, sampling of $1" -v unit="$2" '
		{ printf "%s\t%.0f %s\n", what, $1, unit }
		END { if (!NR) printf "%s\tnone: it failed\n", what }'
}
sampling() { # TYPE
	depth=
	! llama-bench -h 2>&1 | grep -q -e --n-depth || depth='-d 16'
	# shellcheck disable=SC2086
	run llama-bench -m "$dir/$1.gguf" -ngl 0 -t "$threads" -p 0 -n 64 $depth -o json >"$dir/out"
	sed -n 's/.*"samples_ts": \[\([^]]*\)\].*/\1/p' "$dir/out" | tr ',' '\n' | best "1, $1" tokens/s
	sed -n 's/^held //p' "$dir/out" | best "1, $1" 'MiB at most'
	has llama-batched-bench || return 0
	for all in 16,16 64; do
		n=${all##*,}
		for flash in 0 1; do
			run env LLAMA_ARG_FLASH_ATTN=$flash llama-batched-bench -m "$dir/$1.gguf" -ngl 0 \
				-t "$threads" -c $((n * 80)) -npp 16 -ntg 64 -npl $all --output-format jsonl
		done >"$dir/out"
		sed -n 's/.*"speed_tg": \([0-9.]*\).*/\1/p' "$dir/out" | best "$n, $1" tokens/s
		sed -n 's/^held //p' "$dir/out" | best "$n, $1" 'MiB at most'
	done
}
policy() { # LABEL MKPOLICY-OPTION ...
	label=$1
	shift
	"$bin/mkpolicy" -q "$@" "$dir/policy"
	"$python" "$here/gguf.py" "$dir/policy" "$dir/F32.gguf"
	rm -r "$dir/policy"
	sampling F32
	for type in BF16 Q8_0; do
		has llama-quantize || break
		llama-quantize "$dir/F32.gguf" "$dir/$type.gguf" $type >"$dir/log" 2>&1 || continue
		sampling $type
		rm "$dir/$type.gguf"
	done
}

policy 'llama 6x288' --like llama --dim 288 --layers 6 --heads 6 --ff 768 --vocab 32000 --context 256
policy 'gpt2 12x768' --like gpt2 --dim 768 --layers 12 --heads 12 --vocab 50257 --context 512
