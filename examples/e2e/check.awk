# SPDX-License-Identifier: MIT
# Check responses to a task: of trajectories with their text (rollout --json
# --keep-text), how many there are, the share that is right, how improbable they
# are in nats (of samples at T = 1 that is the policy's entropy), and how well
# scores tell right from wrong: of the pairs of a right and a wrong response to
# one prompt, the share in which the right one has the higher score.
#
#	awk -f json.awk -f TASK.awk -f check.awk

function numbers(name,    at) {
	if (!match($0, "\"" name "\": ?\\[[^]]*"))
		return ""
	at = substr($0, RSTART, RLENGTH)
	sub(/.*\[/, "", at)
	return at
}

function total(list,    n, i, x, sum) {
	n = split(list, x, ",")
	for (i = 1; i <= n; i++)
		sum += x[i]
	return sum
}

# Compare with the earlier responses to the prompt, of which one side is right.
function compare(prompt, good, score,    other, n, k) {
	other = prompt SUBSEP !good
	for (k = 1; k <= count[other]; k++) {
		n = good ? score - scores[other, k] : scores[other, k] - score
		pairs++
		higher += n > 0 ? 1 : n < 0 ? 0 : 0.5
	}
	scores[prompt, good, ++count[prompt, good]] = score
}

/"text": ?{/ {
	all++
	good = !/"stop": ?"length"/ && right(field("prompt"), field("response"))
	hits += good
	nats -= total(numbers("logp"))
	if ((list = numbers("score")) != "")
		compare(field("prompt"), good, total(list))
}

END {
	if (!all)
		exit 1
	printf "%d %.3f %.2f %s\n", all, hits / all, nats / all, pairs ? sprintf("%.3f", higher / pairs) : "-"
}
