# SPDX-License-Identifier: MIT
# Check answers to "make N" by computing them.  Reads trajectories as JSON
# lines with their text (rollout --json --keep-text); prints how many there
# are, the share that is right, and the share of sums among the right ones.

function value(digits) {
	return substr(digits, 3, 1) substr(digits, 2, 1) substr(digits, 1, 1)
}

function field(name,    at) {
	if (!match($0, "\"" name "\": ?\"[^\"]*\""))
		return ""
	at = substr($0, RSTART, RLENGTH - 1)
	sub(/^"[a-z]*": ?"/, "", at)
	return at
}

/"text": ?{/ {
	N = field("prompt") + 0
	answer = field("response")
	all++
	if (answer !~ /^[0-9][0-9][0-9][-+][0-9][0-9][0-9]$/)
		next
	a = value(substr(answer, 1, 3)) + 0
	b = value(substr(answer, 5, 3)) + 0
	plus = substr(answer, 4, 1) == "+"
	if ((plus ? a + b : a - b) == N) {
		right++
		sums += plus
	}
}

END {
	if (!all)
		exit 1
	printf "%d %.3f %.3f\n", all, right / all, right ? sums / right : 0
}
