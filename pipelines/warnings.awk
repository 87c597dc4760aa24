# SPDX-License-Identifier: MIT
# warnings.awk: what the metrics of a run say that may be wrong: a line for each
# kind, KIND, what it is with its figure, and what helps, with tabs between.
#
# stride: steps of a round; demos: tokens of the mean demonstration; total: steps
# of the run; cut: 1 where samples are short by intent.  Most warnings have to hold for ten rounds, or in all of a shorter run.

function number(key,    text) {
	if (!match($0, "\"" key "\": *[-+.e0-9]+"))
		return ""
	text = substr($0, RSTART, RLENGTH)
	sub(/.*: */, "", text)
	return text + 0
}
function warn(kind, text, hint) {
	if (!said[kind]++)
		printf "%s\t%s\t%s\n", kind, text, hint
}
# Whether it is so now, and has been for ten rounds or always.
function lasts(kind, is, strict) {
	seen[kind]++
	run[kind] = is ? run[kind] + 1 : 0
	return run[kind] >= 10 * stride || !strict && NR == total && run[kind] == seen[kind]
}

{
	step = number("step")
	x = number("rollout[.]ended")
	if (!cut && x != "" && lasts("ended", x < .5))
		warn("ended", sprintf("%.2f of samples end by themselves (step %d)", x, step),
			"raise --max-new, or fine-tune on whole responses first")
	x = number("rollout[.]length")
	if (!cut && x != "" && demos > 0 && lasts("length", x < demos / 2 || x > demos * 2))
		warn("length", sprintf("samples have %.1f tokens, demonstrations %.1f (step %d)", x, demos, step),
			"the policy has not learnt how long responses are: fine-tune longer first")
	x = number("discrim[.]acc_expert")
	if (x != "") {
		x = (x + number("discrim[.]acc_policy")) / 2
		if (lasts("sure", x > .99, 1))
			warn("sure", sprintf("the discriminator is right in %.3f of cases, for ten rounds (step %d)", x, step),
				"its scores saturate: lower --disc-lr, or make more --samples")
		if (lasts("lost", x < .55, 1))
			warn("lost", sprintf("the discriminator is right in %.3f of cases, for ten rounds (step %d)", x, step),
				"it cannot tell samples from demonstrations: the policy may be done, or --disc-lr too low")
	}
	x = number("divgrad[.]size")
	if ((squared = number("divgrad[.]size_squared")) > 0)
		x *= x / squared
	if (x != "" && lasts("equal", x == 0))
		warn("equal", sprintf("all samples of each prompt have the same reward (step %d)", step),
			"nothing is learnt of equals: reward what differs between samples")
	if (x != "" && lasts("effective", x > 0 && x < .1))
		warn("effective", sprintf("the effective sample size is %.3f of the samples (step %d)", x, step),
			"few samples decide each step: make more --samples, or choose a divergence that is bounded")
	x = number("divgrad[.]clipped")
	if (x != "" && x > .1)
		warn("clip", sprintf("l is beyond the clip in %.2f of trajectories (step %d)", x, step),
			"expert and policy are far apart: fine-tune longer first")
	if (/"skipped":true/)
		warn("skip", sprintf("the gradient was not finite at step %d", step), "lower --lr")
}
