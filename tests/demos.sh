# SPDX-License-Identifier: MIT
# demos.sh: for tests of runs, after tests/lib.sh.
#
#	demos.jsonl  eight demonstrations
#	pairs.jsonl  preferences, of the same prompts
# shellcheck shell=sh
for n in one two three four five six seven eight; do
	printf '{"prompt": "Say %s.", "response": " I say %s, and %s again."}\n' $n $n $n >&3
	printf '{"prompt": "Say %s.", "chosen": " I say %s.", "rejected": " I never say %s."}\n' $n $n $n
done 3>demos.jsonl >pairs.jsonl
