# SPDX-License-Identifier: MIT
# What a policy is, exactly, from its laws at all trajectories.  After
# expert.awk, which knows the expert:
#
#   discrim --law 6 --json POLICY all.traj | awk -v seed=1 -f expert.awk -f exact.awk
#
# Prints precision (the policy's mass on the modes), recall (the expert's mass
# of the modes to which the policy gives at least a tenth of the expert's),
# KL(E, pi), KL(pi, E), Jensen-Shannon, entropy: means over prompts.

function numbers(name, to,    at) {
	match($0, "\"" name "\": ?\\[[^]]*\\]")
	at = substr($0, RSTART, RLENGTH - 1)
	sub(/.*\[/, "", at)
	return split(at, to, /, ?/)
}

/"tokens"/ {
	numbers("tokens", token)
	numbers("teacher_token", law)
	numbers("teacher_logp", logp)
	p = token[1] + 6 * token[2]
	y = ""
	log_pi = 0
	for (t = 0; t < 4; t++) {
		y = y token[3 + t]
		for (k = 1; law[6 * t + k] != token[3 + t]; k++)
			;
		log_pi += logp[6 * t + k]
	}
	pi = exp(log_pi)
	e = expert(p, y)
	m = log((e + pi) / 2)
	entropy -= pi * log_pi
	forward += e * (log(e) - log_pi)
	backward += pi * (log_pi - log(e))
	js += (e * (log(e) - m) + pi * (log_pi - m)) / 2
	if ((p, y) in mode) {
		precision += pi
		if (pi >= mode[p, y] / 10)
			recall += mode[p, y] / 0.98
	}
}

END {
	printf "%.4f %.4f %.4f %.4f %.4f %.4f\n", precision / 16, recall / 16,
		forward / 16, backward / 16, js / 16, entropy / 16
}
