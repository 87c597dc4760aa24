#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The first session of the README works as it is written there.
. "$(dirname "$0")/lib.sh"

session() { # the indented lines of that section, but for the call of make
	awk '/^## /{ on = /A first session/ } on && /^    / && !/make/' "$ROOT/README.md"
}

same 'it begins with demonstrations' 'for n in' "$(session | head -n 1 | cut -c 5-12)"
session >session.sh
ok 'it runs' bash -e -o pipefail session.sh </dev/null
same 'supervised fine-tuning took a hundred steps' 100 "$(wc -l <sft.jsonl)"
same 'the other pipe took ten' 10 "$(wc -l <js.jsonl)"
done_testing
