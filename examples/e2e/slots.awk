# SPDX-License-Identifier: MIT
# Of responses to the task E2E, trajectories with their text: how many there are, the
# share that leaves a slot out, and the share that says one that was not given.
#
#	awk -f json.awk -f e2e.awk -f slots.awk

/"text": ?{/ {
	text = plain(field("response"))
	words_of(field("prompt"), given)
	out = added = 0
	for (w in slot_of)
		if (says(w, text) != (w in given))
			(w in given) ? out = 1 : added = 1
	left += out
	more += added
	all++
}

END {
	if (!all)
		exit 1
	printf "%d %.3f %.3f\n", all, left / all, more / all
}
