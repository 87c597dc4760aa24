#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rounding.sh BUILD: what --compute costs in accuracy: the distance of a sample's
# log-probabilities under rounded weights from those of the policy itself, and
# of a rounded gradient, of all weights and of adapters, from the F32 one.
# Policies: one with random weights, and the trained ones in ../shared if it
# exists.
set -eu
bin=$1/bin
models=$(cd "$(dirname "$0")/../.." && pwd)/../shared/data/models
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

numbers() { # FIELD FILE: of all records, one a line
	"$bin/trajcat" -q --json "$2" |
		sed -n 's/.*"'"$1"'":\[\([^]]*\)\].*/\1/p' | tr , '\n'
}
distances() { # LABEL POLICY TYPE
	"$bin/rollout" -q -n 64 -l 128 --compute "$3" --exact -o rounded.traj "$2" prompt.traj
	numbers logp rounded.traj >own.txt
	numbers logq rounded.traj | paste own.txt - | awk -v label="$1	$3" '
		{ d = $1 < $2 ? $2 - $1 : $1 - $2; sum += d; if (d > most) most = d }
		END { printf "%s\tlog-probabilities off by %.4f in the mean\t%.2f at most\t%d tokens\n",
			label, sum / NR, most, NR }'
}
gradients() { # LABEL POLICY
	"$bin/rollout" -q -n 64 -l 128 "$2" prompt.traj |
		"$bin/trajcat" -q --as expert -o drawn.traj
	for type in f32 bf16; do
		"$bin/divgrad" -q -d fkl --compute $type -o $type.grad "$2" drawn.traj
	done
	cosine=$("$bin/gradcat" -q --cos f32.grad bf16.grad | awk 'END { print $NF }')
	printf '%s\tbf16\tcosine of the gradient %.6f\n' "$1" "$cosine"
}
adapters() { # LABEL POLICY: adapters of rank 16 after a step from zero
	rm -rf adapted
	"$bin/mkpolicy" -q --from "$2" --lora 16 adapted
	"$bin/rollout" -q -n 64 -l 128 "$2" prompt.traj |
		"$bin/trajcat" -q --as expert -o drawn.traj
	"$bin/divgrad" -q -d fkl adapted drawn.traj | "$bin/apply-update" -q --lr 1e-3 adapted >metrics
	for type in f32 bf16 int8; do
		"$bin/divgrad" -q -d fkl --compute $type -o $type.grad adapted drawn.traj
	done
	for type in bf16 int8; do
		cosine=$("$bin/gradcat" -q --cos f32.grad $type.grad | awk 'END { print $NF }')
		printf "%s\t%s\tcosine of the adapters' gradient %.6f\n" "$1" $type "$cosine"
	done
}
policy() { # LABEL POLICY
	distances "$1" "$2" bf16
	distances "$1" "$2" int8
	gradients "$1" "$2"
	adapters "$1" "$2"
}

printf '%s\n' '{"apprentice":{"kind":"traj","version":1}}' \
	'{"id":"p","tokens":[1],"actions":[]}' '{"end":{"count":1,"more":false}}' |
	"$bin/trajcat" -q >prompt.traj
"$bin/mkpolicy" -q --like llama --dim 288 --layers 6 --heads 6 --ff 768 \
	--vocab 32000 --context 256 policy
policy 'llama 6x288' policy
for model in "$models"/stories260K "$models"/llama2xs-279K; do
	[ ! -d "$model" ] || policy "${model##*/}" "$model"
done
