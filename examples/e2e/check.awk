# SPDX-License-Identifier: MIT
# Check responses to a task.  Reads trajectories with their text (rollout --json
# --keep-text); prints how many there are, the share that is right, their mean
# negative log-likelihood in nats (for samples at T = 1, an estimate of the
# policy's entropy), and the AUC of the scores: of the pairs of a right and a
# wrong response to one prompt, the share where the right one scores higher.
# With each=NAME it prints NAME, a tab, the share that is right of the responses to
# one prompt, a tab and the id of the prompt, for each of the prompts.
#
#	awk [-v each=NAME] -f json.awk -f TASK.awk -f check.awk

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

# Compare a response with the earlier responses to its prompt that are wrong, if
# it is right, or right, if it is wrong.
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
	if (!answers[id = field("group")]++)
		prompts[++n_prompts] = id
	hits_of[id] += good
	nats -= total(numbers("logp"))
	if ((list = numbers("score")) != "")
		compare(field("prompt"), good, total(list))
}

END {
	if (!all)
		exit 1
	for (i = 1; i <= n_prompts && each != ""; i++)
		printf "%s\t%.9g\t%s\n", each, hits_of[prompts[i]] / answers[prompts[i]], prompts[i]
	if (each == "")
		printf "%d %.3f %.2f %s\n", all, hits / all, nats / all, pairs ? sprintf("%.3f", higher / pairs) : "-"
}
