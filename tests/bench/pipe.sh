#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pipe.sh BUILD: a gradient of 124 M parameters on its way into a step that is
# committed, or published, in MB/s of gradient and seconds: the least of the
# times between one step and the next.  Files are in TMPDIR and not flushed.
set -eu
bin=$1/bin
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

# LABEL: of lines that end a gradient each
rate() {
	while read -r _; do
		date +%s%N
	done | awk -v label="$1" -v bytes="$(wc -c <one.grad)" '
		NR > 1 && (!least || $1 - was < least) { least = $1 - was }
		{ was = $1 }
		END { printf "gradient\t%s\t%.0f MB/s\t%.2f s\n", label,
			1e3 * bytes / least, least / 1e9 }'
}

"$bin/mkpolicy" -q --like gpt2 --dim 768 --layers 12 --heads 12 \
	--vocab 50257 --context 512 policy
printf '%s\n' '{"apprentice":{"kind":"traj","version":1}}' \
	'{"id":"a","role":"expert","tokens":[1,2,3,4],"actions":[2,4]}' \
	'{"end":{"count":1,"more":false}}' |
	"$bin/divgrad" -q -d fkl policy >one.grad
for _ in 1 2 3 4; do
	cat <one.grad | cat >/dev/null
	echo
done | rate 'cat | cat'
step() { # LABEL OPTION ...
	label=$1
	shift
	cat one.grad one.grad one.grad one.grad one.grad one.grad |
		"$bin/apply-update" -v --stale 99 --sync never "$@" policy 2>&1 >/dev/null |
		grep --line-buffered 'gradient norm' | rate "cat | apply-update, $label"
}
step 'sgd, committed' --optimizer sgd --commit step
step 'adamw, committed' --commit step
step 'adamw, published' --commit 1000000
