# SPDX-License-Identifier: MIT
# The expert of "make N": JSON lines {"prompt": "472=", "response": "103+963"}.
#
#   awk -v seed=1 -v n=4000 -v held=0 -f expert.awk
#
# The prompt is a number of three digits.  The answer is a sum or a difference
# that equals it, at even odds, with an operand drawn uniformly; operands are
# written as three digits, the least significant first.  Every eleventh number is
# held out: held=1 gives only those, held=0 the others.

# Lehmer's generator (Park & Miller 1988): the same in every awk.
function uniform() {
	state = state * 16807 % 2147483647
	return state / 2147483647
}

function reversed(x) {
	return (x % 10) "" (int(x / 10) % 10) "" int(x / 100)
}

BEGIN {
	state = 1 + (seed * 2 + held) * 7919
	for (i = 0; i < 20; i++)
		uniform()
	while (made < n) {
		N = 100 + int(uniform() * 900)
		if ((N % 11 == 7) != (held + 0))
			continue
		if (uniform() < 0.5) {
			x = int(uniform() * (N + 1))
			answer = reversed(x) "+" reversed(N - x)
		} else {
			x = int(uniform() * (1000 - N))
			answer = reversed(N + x) "-" reversed(x)
		}
		printf "{\"prompt\": \"%d=\", \"response\": \"%s\"}\n", N, answer
		made++
	}
}
