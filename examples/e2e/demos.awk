# SPDX-License-Identifier: MIT
# Make demonstrations of a task, as JSON lines {"prompt": ..., "response": ...},
# from trajectories with their text (demo2traj --json --keep-text):
#
#	awk -v seed=1 -v held=0 -f json.awk -f TASK.awk -f demos.awk
#
# The seed draws one prompt in `every` (8) to be held out; held=1 prints only
# those, held=0 the others.  Only right demonstrations are printed, unless all=1.
# Their share is reported on stderr at the end.

# Lehmer's generator (Park & Miller 1988): the same in every awk.
function uniform() {
	state = state * 16807 % 2147483647
	return state / 2147483647
}

BEGIN {
	state = 1 + seed * 7919
	for (i = 0; i < 20; i++)
		uniform()
	every = every ? every : 8
}

/"text": ?{/ {
	if (!demonstration(field("prompt"), field("response")))
		next
	if (!(prompt in out))
		out[prompt] = uniform() * every < 1
	read++
	if ((good = right(prompt, response)))
		checked++
	if ((good || all) && out[prompt] == (held + 0))
		printf "{\"prompt\": \"%s\", \"response\": \"%s\"}\n", quoted(prompt), quoted(response)
}

END {
	if (!read)
		exit 1
	printf "%d demonstrations, %.3f of them right\n", read, checked / read >"/dev/stderr"
}
