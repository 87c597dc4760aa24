#!/bin/sh
# SPDX-License-Identifier: MIT
#
# peers.sh BUILD [PYTHON [SIZE ...]]: the same work by our tools and by others,
# on the same policies of random weights, stored in BF16, and the same tokens:
# PyTorch with transformers, peft and TRL, and llama.cpp.  A row is a size, the
# work, the program, its rate, the most memory that it held (that of all tools
# of a pipe added up), and what shows that both compute the same: the loss of
# the first step and of the last, or how far log-probabilities of a sample of
# ours are from those that we recorded, in nats a token, in the mean.
#
# Seconds are those of the fastest step but the first, ours from a published
# step to the next.  F32 steps of ours read weights as they are stored, so later
# losses differ by that rounding.  Sampling is of many tokens less few, so no
# start and no prompt is counted; all draw from the whole distribution.  A peer
# runs in a process of its own, so whatever it loads counts as its memory.
#
# SIZE is 135M or 1.2B (both are the default), 15M (a llama) or 124M (GPT-2).
# PYTHON ($PEERS, or python3) needs torch, transformers, peft, trl, gguf and
# llama-cpp-python.  Files, 7 GB for 1.2B, lie in /var/tmp.
set -eu
build=$1
python=${2:-${PEERS:-python3}}
shift $(($# < 2 ? $# : 2))
for module in torch transformers peft trl gguf llama_cpp; do
	"$python" -c "import importlib.util as u, sys; sys.exit(not u.find_spec('$module'))" || {
		printf 'peers\tnone: %s has no module %s\n' "$python" "$module"
		exit
	}
done
[ $# -gt 0 ] || set -- 135M 1.2B
exec "$python" "$(dirname "$0")/peers.py" "$build" "$@"
