# SPDX-License-Identifier: MIT
# The true log density ratio of rollouts, from the expert's table: a program
# in the middle of a pipe.  After expert.awk:
#
#   rollout --json ... | awk -v seed=1 -f expert.awk -f score.awk | divgrad ...

function numbers(name, to,    at) {
	match($0, "\"" name "\": ?\\[[^]]*\\]")
	at = substr($0, RSTART, RLENGTH - 1)
	sub(/.*\[/, "", at)
	return split(at, to, /, ?/)
}

/"apprentice"/ {
	sub(/"kind": ?"traj"/, "&, \"ratio\": \"calibrated\"")
}

/"tokens"/ {
	numbers("tokens", token)
	numbers("logp", logp)
	p = token[1] + 6 * token[2]
	prefix = l = ""
	before = 1
	for (t = 1; t <= 4; t++) {
		prefix = prefix token[2 + t]
		now = expert(p, prefix)
		l = l (t > 1 ? ", " : "") sprintf("%.7g", log(now / before) - logp[t])
		before = now
	}
	sub(/}$/, ", \"score\": [" l "]}")
}

{
	print
	fflush()
}
