# SPDX-License-Identifier: MIT
# Of responses to a task, trajectories with their text: how many prompts they answer, the
# share that is right, and how many different right ones a prompt has in the mean.
#
#	awk -f json.awk -f TASK.awk -f distinct.awk

/"text": ?{/ {
	all++
	prompts += !answers[id = field("group")]++
	if (/"stop": ?"length"/ || !right(field("prompt"), response = field("response")))
		next
	hits++
	different += !seen[id, response]++
}

END {
	if (!all)
		exit 1
	printf "%d %.3f %.2f\n", prompts, hits / all, different / prompts
}
