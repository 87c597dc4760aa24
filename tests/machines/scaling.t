#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pipelines/scaling: the table of scaling(7), the formula by hand, wrong usage.
. "$(dirname "$0")/../lib.sh"
SCALING=$ROOT/pipelines/scaling
if ! command -v bash >/dev/null; then
	skip 'scaling' 'no bash here'
	done_testing
fi
shown() { # the table of the page, without roff's escapes
	sed -n '/^ *N compute/,/^\.Ed/p' "$ROOT/man/scaling.7" | sed '$d'
}
same 'the table of scaling(7) is what it prints' "$("$SCALING")" "$(shown)"
numbers() { "$SCALING" "$@" | sed -n 's/  */ /g; s/%//; 2p' | cut -d ' ' -f 2-; }
# 135e6 weights: 6 x 135e6 x 1e6 / (4 x 20 x 1e12) = 10.1 s;
# 4 x .54 GB + 4 x .27 GB through .125 GB/s = 25.9 s, and 2.6 s through 1.25;
# a tree of two levels by twos: 2 x .54 / .125 + 2 x 2 x .27 / .125 = 17.3 s;
# .54 / .4 + .27 / 1 = 1.6 s.
same 'the formula' '4 10 26 2.6 17 1.7 1.6 75' \
	"$(numbers --workers 4 --fan 2 --batch 1000000 --processors 20 --flops 1000 --add 100 --update 0.4 --load 1)"
dies 2 'scaling: unknown option: --frob (-h lists them)' "$SCALING" --frob
for bad in '--fan 1' '--fan' '--batch 0' '--batch -1' '--workers 8,' '--flops 1e3' '--add 0' '--add 0.0'; do
	# shellcheck disable=SC2086 # two words
	set -- $bad
	dies 2 "scaling: $1: no such number: ${2-}" "$SCALING" "$@"
done
done_testing
