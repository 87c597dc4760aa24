#!/bin/bash
# SPDX-License-Identifier: MIT
# The gate before adversarial rounds: a discriminator harms the policy unless it
# is the better model of the expert.  Compare the log-likelihoods of both on
# held-out demonstrations.
#
# usage: gate.sh POLICY DISC HELD-OUT.traj
# Exit 0: go on.  Exit 3: stop, and fit the discriminator longer or larger.
set -euo pipefail

: "${MARGIN:=0.3}"	# nats per trajectory by which DISC must be better

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
	printf "gate: held-out nats per trajectory: policy %.3f, discriminator %.3f: %s\n",
		p, d, word
	exit p - d < m ? 3 : 0
}' >&2
