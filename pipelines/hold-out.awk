# SPDX-License-Identifier: MIT
# Divide a trajectory stream, as JSON lines, by prompt: pass on one prompt in
# `every` (held=1), or all others (held=0).  A prompt of one token counts as no
# prompt: such trajectories are divided one by one.
#
#	trajcat --json all.traj | awk -v every=10 -v held=1 -f hold-out.awk
#
# Or, with `most`, pass on the first trajectory of each of so many prompts:
#
#	trajcat --json all.traj | awk -v most=32 -f hold-out.awk

/^{"apprentice"/ {
	print
	n = 0
	next
}

/^{"end"/ {
	printf "{\"end\":{\"count\":%d,\"more\":%s}}\n", n, /"more":true/ ? "true" : "false"
	next
}

{
	begin = match($0, /"actions":\[[0-9]+/) ? substr($0, RSTART + 11, RLENGTH - 11) + 0 : 0
	prompt = NR
	if (begin > 1 && match($0, /"tokens":\[[0-9,]*/)) {
		split(substr($0, RSTART + 10, RLENGTH - 10), token, ",")
		prompt = ""
		for (i = 1; i <= begin; i++)
			prompt = prompt " " token[i]
	}
	first = !(prompt in out)
	if (first)
		out[prompt] = most ? prompts++ < most : prompts++ % every == 0
	if (most ? first && out[prompt] : out[prompt] == held) {
		print
		n++
	}
}
