# SPDX-License-Identifier: MIT
# The expert of "modes": 16 prompts of two symbols out of six; to each, eight
# responses of four symbols with weights, and 2 % of noise over all 1296.
#
#   awk -v seed=1 -v what=demos|prompts|all -f expert.awk
#
# demos: 64 responses to each prompt.  all: every response to every prompt,
# weighed by its probability.  Other programs take this file as a library:
# mode[prompt, response] is the weight of a mode, and expert(prompt, prefix)
# the probability that a response begins so.

# Lehmer's generator (Park & Miller 1988): the same in every awk.
function uniform() {
	state = state * 16807 % 2147483647
	return state / 2147483647
}

function symbols(number, length_,    s) {
	for (s = ""; length_ > 0; length_--) {
		s = s number % 6
		number = int(number / 6)
	}
	return s
}

function make_expert(    p, k, y, i, sum, w) {
	for (p = 0; p < 16; p++) {
		sum = 0
		for (k = 0; k < 8; k++) {
			do
				y = symbols(int(uniform() * 1296), 4)
			while ((p, y) in mode)
			of[p, k] = y
			sum += mode[p, y] = 0.2 + uniform()
		}
		for (k = 0; k < 8; k++) {
			y = of[p, k]
			w = mode[p, y] = 0.98 * mode[p, y] / sum
			for (i = 1; i <= 4; i++)
				begins[p, substr(y, 1, i)] += w
		}
	}
}

function expert(p, prefix) {
	return begins[p, prefix] + 0.02 / 6 ^ length(prefix)
}

# Symbols as token ids, with commas.
function listed(s,    i, t) {
	t = substr(s, 1, 1)
	for (i = 2; i <= length(s); i++)
		t = t "," substr(s, i, 1)
	return t
}

function record(id, p, y, more) {
	printf "{\"id\":\"%s\",\"group\":\"p%d\",\"role\":\"expert\"," \
		"\"tokens\":[%s],\"actions\":[2,6],\"stop\":\"length\"%s}\n",
		id, p, listed(symbols(p, 2) y), more
}

# A response by the expert's law.
function draw(p,    u, k) {
	if (uniform() < 0.02)
		return symbols(int(uniform() * 1296), 4)
	u = uniform() * 0.98
	for (k = 0; k < 7 && u >= mode[p, of[p, k]]; k++)
		u -= mode[p, of[p, k]]
	return of[p, k]
}

function write_all(    p, i, y) {
	for (p = 0; p < 16; p++)
		for (i = 0; i < 1296; i++) {
			y = symbols(i, 4)
			record("p" p "." y, p, y,
				",\"weight\":" sprintf("%.9g", expert(p, y) / 16))
		}
}

BEGIN {
	state = 1 + seed * 7919
	for (i = 0; i < 20; i++)
		uniform()
	make_expert()
	if (what != "") {
		print "{\"apprentice\":{\"kind\":\"traj\",\"version\":1}}"
		each = what == "demos" ? 64 : 1
		for (p = 0; what != "all" && p < 16; p++)
			for (i = 0; i < each; i++)
				record("p" p "." i, p, draw(p), "")
		if (what == "all")
			write_all()
		printf "{\"end\":{\"count\":%d,\"more\":false}}\n",
			what == "all" ? 20736 : 16 * each
		exit
	}
}
