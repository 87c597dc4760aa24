# SPDX-License-Identifier: MIT
# Divide a trajectory stream, as JSON lines, by prompt: pass on one prompt in
# `every` (held=1), or all others (held=0).  Which they are follows from their
# tokens: those whose hashes are the lowest.  So neither the order of the records
# nor any period in it matters, and a prompt is held out for all its trajectories.
# A prompt of one token counts as no prompt: the hash is of the trajectory, or of
# the first of its group.  The stream is read twice:
#
#	awk -v every=10 -v held=1 -f hold-out.awk \
#		<(trajcat --json all.traj) <(trajcat --json all.traj)
#
# Or, with `most`, pass on the first trajectory of each of so many prompts:
#
#	trajcat --json all.traj | awk -v most=32 -f hold-out.awk
#
# Or, with `shared`, say how many prompts of the first stream the second has, too,
# and how many the first has:
#
#	awk -v shared=1 -f hold-out.awk \
#		<(trajcat --json held.traj) <(trajcat --json demos.traj)

BEGIN {
	prime = 67108859 # the largest below 2^26, so squares are exact in double
}

# Of the line, in token: how many tokens its prompt has, or the trajectory.
function prompt(    n) {
	begin = match($0, /"actions":\[[0-9]+/) ? substr($0, RSTART + 11, RLENGTH - 11) + 0 : 0
	n = match($0, /"tokens":\[[0-9,]*/) ? split(substr($0, RSTART + 10, RLENGTH - 10), token, ",") : 0
	return begin > 1 ? begin : n
}

# Of the prompt of the line, below prime.  A cube modulo this prime is a
# permutation, which takes prompts that are nearly the same apart.
function hash(    n, i, h, group) {
	n = prompt()
	if (begin <= 1 && match($0, /"group":"([^"\\]|\\.)*"/)) {
		group = substr($0, RSTART, RLENGTH)
		if (group in first)
			return first[group]
	}
	for (i = 1; i <= n; i++)
		h = (h * 65599 + token[i] + 1) % prime
	for (i = 0; i < 3; i++)
		h = (h * h % prime * h + 7) % prime
	if (group != "")
		first[group] = h
	return h
}

# The highest hash that is held out, of so many prompts as it takes.
function highest(    wanted, low, high, middle, n, h) {
	wanted = int((prompts + every - 1) / every)
	high = prime - 1
	while (low < high) {
		middle = int((low + high) / 2)
		n = 0
		for (h in seen)
			n += h + 0 <= middle
		if (n < wanted)
			low = middle + 1
		else
			high = middle
	}
	return high
}

shared {
	if (/^\{"id"/) {
		n = prompt()
		key = ""
		for (i = 1; i <= n; i++)
			key = key " " token[i]
		if (NR == FNR)
			prompts += !(key in seen)
		else
			both += key in seen && !seen[key]
		if (NR == FNR || key in seen)
			seen[key] = NR > FNR
	}
	next
}

END {
	if (shared)
		print both + 0, prompts + 0
}

!most && NR == FNR {
	if (/^\{"id"/) {
		h = hash()
		prompts += !(h in seen)
		seen[h]
	}
	next
}

/^\{"apprentice"/ {
	if (!most && limit == "")
		limit = highest()
	print
	n = 0
	next
}

/^\{"end"/ {
	printf "{\"end\":{\"count\":%d,\"more\":%s}}\n", n, /"more":true/ ? "true" : "false"
	next
}

{
	h = hash()
	if (most) {
		wanted = !(h in seen) && prompts < most
		prompts += wanted
		seen[h]
	} else {
		wanted = (h <= limit) == held
	}
	if (wanted) {
		print
		n++
	}
}
