#!/bin/sh
# SPDX-License-Identifier: MIT
#
# peer.sh BUILD: the same work by others, where they are installed: PyTorch
# (Debian's python3-torch).
here=$(dirname "$0")
for python in /usr/bin/python3 python3; do
	"$python" -c 'import torch' 2>/dev/null || continue
	for shape in llama gpt2; do
		for work in training sampling; do
			"$python" "$here/peer.py" "${OMP_NUM_THREADS:-$(nproc)}" $shape $work
		done
	done
	exit
done
echo 'peer	none: apt-get install python3-torch'
