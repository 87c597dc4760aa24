#!/bin/sh
# SPDX-License-Identifier: MIT
#
# start.sh BUILD: what it takes to begin.  Milliseconds from exec to the end,
# the best of several: of a tool that only says its version, and of a rollout
# of one token from a policy of about a million parameters.
set -eu
bin=$1/bin
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

best() { # LABEL COMMAND ...
	label=$1
	shift
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		began=$(date +%s%N)
		"$@" >/dev/null
		echo "$began $(date +%s%N)"
	done | awk -v label="$label" '{ t = ($2 - $1) / 1e6 }
		NR == 1 || t < least { least = t }
		END { printf "start\t%s\t%.1f ms\n", label, least }'
}

for n in one two three four five six seven eight; do
	printf '{"prompt": "Say %s.", "response": " I say %s."}\n' $n $n
done >demos.jsonl
"$bin/mkpolicy" -q --like llama --dim 128 --layers 4 --heads 4 --ff 352 \
	--tokenizer-from demos.jsonl --vocab 300 policy
best 'true' /bin/true
for tool in rollout divgrad apply-update trajcat demo2traj; do
	best "$tool -V" "$bin/$tool" -V
done
best 'rollout of 1 token, 0.9 M' \
	"$bin/rollout" -q --text 'Say one.' -l 1 policy
"$bin/demo2traj" -q -m policy demos.jsonl >demos.traj
best 'divgrad of 8 records, 0.9 M' "$bin/divgrad" -q -d fkl policy demos.traj
