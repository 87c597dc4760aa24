#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the README says to type works as it is written there, and what it names
# is there.
. "$(dirname "$0")/lib.sh"

section() { # TITLE: its indented lines, but for the call of make
	awk -v title="$1" '/^## /{ on = $0 == "## " title } on && /^    / && !/make/' "$ROOT/README.md"
}
named() { # files and folders of ours, as words in backquotes
	grep -o '`[^`]*`' "$ROOT/README.md" | tr -d '`' |
		grep -E '^(lib|tests|man|pipelines|examples|tools|completion)/[^ ]*$'
}

same 'it begins with demonstrations' 'for n in' \
	"$(section 'A first session' | head -n 1 | cut -c 5-12)"
section 'A first session' >session.sh
mkdir play && cd play || exit 1
ok 'it runs' bash -e -o pipefail ../session.sh </dev/null
same 'supervised fine-tuning took a hundred steps' 100 "$(wc -l <sft.jsonl)"
same 'the other pipe took ten' 10 "$(wc -l <js.jsonl)"

ln -s "$ROOT/examples" ../examples
section 'With your own model and data' >../own.sh
same 'the next goes on from it' 1 "$(wc -l <../own.sh)"
bash -e ../own.sh >../said 2>&1 </dev/null
status=$?
[ $status -eq 3 ] && status=0
same 'with a table, whatever the gate says' '0 1' "$status $(grep -c '^SFT, continued' ../said)"
for word in $(sed -n '/^## With your own/,/^## The tools/p' "$ROOT/README.md" |
	grep -oE '`[A-Z_]+[`=]' | tr -d '`='); do
	ok "$word can be set" grep -qE "^: \"\\\${$word:=" "$ROOT/examples/real"
done

for target in build demo check; do
	ok "bootstrap knows $target" grep -qE "^$target\\)" "$ROOT/bootstrap"
done
named | while read -r f; do
	[ -e "$ROOT/$f" ] || echo "$f"
done >missing
same 'what it names is there' '' "$(cat missing)"
done_testing
