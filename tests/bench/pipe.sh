#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pipe.sh BUILD: a gradient of 124 M parameters on its way into a committed
# step, in MB/s of gradient.  Each number is the difference between three
# segments and one, so that starts are left out.  Files are in TMPDIR and not
# flushed.
set -eu
bin=$1/bin
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

now() {
	date +%s%N
}

# LABEL COMMAND ...: a shell command that reads what $files names
rate() {
	label=$1
	shift
	files=one.grad
	"$@" >/dev/null # for once, unmeasured
	began=$(now)
	"$@" >/dev/null
	middle=$(now)
	files='one.grad one.grad one.grad'
	"$@" >/dev/null
	echo "$began $middle $(now)" | awk -v label="$label" \
		-v bytes="$(wc -c <one.grad)" '{
		s = ($3 - 2 * $2 + $1) / 1e9
		printf "gradient\t%s\t%.0f MB/s\t%.2f s\n", label,
			2 * bytes / s / 1e6, s / 2
	}'
}

# Names of files are words.
# shellcheck disable=SC2086
look() { "$bin/gradcat" -q --norms $files; }
# shellcheck disable=SC2086
piped() { cat $files | cat >/dev/null; }
# shellcheck disable=SC2086
step() { "$bin/apply-update" -q --stale 99 --sync never "$@" policy $files; }
# shellcheck disable=SC2086
step_piped() {
	cat $files | "$bin/apply-update" -q --stale 99 --sync never "$@" policy
}

"$bin/mkpolicy" -q --like gpt2 --dim 768 --layers 12 --heads 12 \
	--vocab 50257 --context 512 policy
printf '%s\n' '{"apprentice":{"kind":"traj","version":1}}' \
	'{"id":"a","role":"expert","tokens":[1,2,3,4],"actions":[2,4]}' \
	'{"end":{"count":1,"more":false}}' |
	"$bin/divgrad" -q -d fkl policy >one.grad
rate 'cat | cat' piped
rate 'gradcat' look
rate 'apply-update, sgd, file' step --optimizer sgd
rate 'apply-update, sgd, pipe' step_piped --optimizer sgd
rate 'apply-update, adamw, file' step
rate 'apply-update, adamw, pipe' step_piped
