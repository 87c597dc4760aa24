#!/bin/bash
# SPDX-License-Identifier: MIT
# The gate before adversarial rounds: a discriminator that is no better a
# model of the expert than the policy harms it.  Compares the held-out
# log-likelihoods of both.
#
# usage: gate.sh POLICY DISC HELD-OUT.traj
# Exit 0 to go on, 3 to stop and fit the discriminator longer or larger.
set -euo pipefail

: "${MARGIN:=0.3}"	# nats a trajectory by which DISC must be better

if [ $# -ne 3 ]; then
	sed -n '3,8s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi

nll() {
	measure -q -p "$1" "$2" |
		sed -n 's/.*"nll_trajectory": *\([-+.e0-9]*\).*/\1/p'
}

policy=$(nll "$1" "$3")
disc=$(nll "$2" "$3")
awk -v p="$policy" -v d="$disc" -v m="$MARGIN" 'BEGIN {
	word = "go on"
	if (p - d < m)
		word = "stop: fit the discriminator longer, or make it larger"
	printf "gate: held-out nats a trajectory: policy %.3f, discriminator %.3f: %s\n",
		p, d, word
	exit p - d < m ? 3 : 0
}' >&2
