#!/bin/sh
# SPDX-License-Identifier: MIT
#
# text.sh BUILD: text to tokens, on one thread: encoding, then demo2traj as a
# whole, on text that is made here and, where they are there, on real ones.
set -eu
bin=$1/bin
data=$(dirname "$0")/../../../shared/data
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

"$1/bench/text"

seconds() { # COMMAND ...
	began=$(date +%s%N)
	"$@" >/dev/null
	echo "$began $(date +%s%N)" | awk '{ print ($2 - $1) / 1e9 }'
}

# LABEL POLICY FILE: the start is measured by a file of one line and left out
tool() {
	head -n 1 "$3" >"$dir/one"
	one=$(seconds "$bin/demo2traj" -q --on-error skip -m "$2" \
		"$dir/one")
	all=$(seconds "$bin/demo2traj" -q --on-error skip -m "$2" "$3")
	awk -v one="$one" -v all="$all" -v n="$(wc -c <"$3")" -v name="$1" 'BEGIN {
		printf "%s\tdemo2traj\t%.1f MB/s\t%.0f ms to start\n", name,
			n / 1e6 / (all > one ? all - one : all), 1e3 * one
	}'
}

[ -d "$data" ] || exit 0
gzip -dc "$data/text/tinyshakespeare.txt.gz" >"$dir/text"
gzip -dc "$data/demos/tldr/describe-command.jsonl.gz" \
	"$data/demos/gsm8k/train.jsonl.gz" >"$dir/demos.jsonl"
for home in models/tiny-gpt2-16d tokenizers/qwen3 tokenizers/llama2; do
	"$1/bench/text" "$data/$home" "$dir/text" |
		sed "s|^$dir/text|${home##*/}|"
done
for home in models/tiny-gpt2-16d models/stories260K; do
	tool "${home##*/}" "$data/$home" "$dir/demos.jsonl"
done
