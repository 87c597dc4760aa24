#!/bin/sh
# SPDX-License-Identifier: MIT
#
# plot: figures on the terminal and as SVG, keys, refusals.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/terminal.sh"

awk 'BEGIN { for (i = 1; i <= 100; i++) printf "{\"step\": %d, \"loss\": %d, \"a/b\": %d}\n", i, 100 - i, i }' >m.jsonl
mkdir run && cp m.jsonl run/metrics.jsonl
plot m.jsonl loss >drawn
same 'a figure is 18 lines high' 18 "$(wc -l <drawn | tr -d ' ')"
same 'and 80 columns wide' '' "$(perl -CSD -lne 'print if length > 80' drawn)"
ok 'its first line is the title' sh -c 'head -n 1 drawn | grep -q "^ *loss *$"'
ok 'its axes have marks' sh -c 'grep -q "100 ┤" drawn && grep -q "^step .* 20 .* 40 .* 60 .* 80 .* 100$" drawn'
ok 'no escapes where it is not a terminal' sh -c '! grep -q "$(printf "\033")" drawn'
ok '--color always' sh -c 'plot --color always m.jsonl loss a/b | grep -q "$(printf "\033")\[34m"'
dies 2 'plot: --color does not go with -o' plot --color never -o x.svg m.jsonl loss
ok 'the metrics of a folder' sh -c 'plot run loss | cmp - drawn'
ok 'two keys' plot -o two.svg m.jsonl loss a/b
same 'the SVG has a curve and a name each' '2 2' \
	"$(grep -c '^<path class="bold c[01]" d="M[0-9.]* [0-9.]*l' two.svg) $(grep -c 'class="name"' two.svg)"
if command -v xmllint >/dev/null; then
	ok 'the SVG is XML' xmllint --noout two.svg
else
	skip 'the SVG is XML' 'no xmllint here'
fi
ok 'names have the last numbers' sh -c 'plot m.jsonl loss a/b | grep -q "── loss, 0 at the end" && plot m.jsonl loss a/b | grep -q "── a/b, 100 at the end"'
printf '{"step": 0, "nll_token": 3}\n{"step": 9, "nll_token": 1}\n' >run/held.jsonl
ok 'keys of evaluations, too' sh -c 'plot run nll_token loss | grep -q "── nll_token, 1 at the end"'
dies 2 'plot: run/metrics.jsonl: no number has the key "los"
hint: did you mean loss?
hint: its keys with numbers: step loss a/b nll_token' plot run los
mkdir whole && : >whole/metrics.jsonl
dies 2 'plot: whole/metrics.jsonl: no number has the key "loss"
hint: its keys with numbers: none
hint: if it is made of other runs, name one of those in its folder' plot whole loss
dies 2 'plot: m.jsonl: no number has the key "los"
hint: did you mean loss?
hint: its keys with numbers: step loss a/b' plot m.jsonl los
dies 2 'plot: missing operand: KEY
hint: its keys with numbers: step loss a/b' plot m.jsonl
dies 1 'plot: none.jsonl: No such file or directory' plot none.jsonl loss
echo '{"x": ' >bad.jsonl && echo >>bad.jsonl
ok 'what is not JSON is refused' sh -c 'plot bad.jsonl x 2>&1 | grep -q "^plot: bad.jsonl: line 1: "'
printf '{"\\u001b[2J": 1, "x": 1e308}\n{"\\u001b[2J": 2, "x": -1e308}\n' >evil.jsonl
ok 'a key that is hostile' sh -c 'plot evil.jsonl "$(printf "\033[2J")" x >out && ! grep -q "$(printf "\033")" out'
if terminals; then
	drawn() { TERM=$1 NO_COLOR=$2 on_terminal 'stty cols 50; plot m.jsonl loss a/b' | tr -d '\r'; }
	drawn xterm '' >colored.out
	drawn xterm 1 >plain.out
	drawn dumb '' >dumb.out
	never() { TERM=xterm on_terminal 'plot --color never m.jsonl loss' >out && ! grep -q "$(printf '\033')" out; }
	ok 'colors on a terminal' grep -q "$(printf '\033')\[34m" colored.out
	ok 'none with NO_COLOR, none on a dumb one' sh -c '! grep -q "$(printf "\033")" plain.out dumb.out'
	ok '--color never on a terminal' never
	same 'as wide as the terminal' '' "$(perl -CSD -lne 'print if length > 50' plain.out)"
else
	skip 'terminals' 'no script(1) or no pseudo-terminals here'
fi
done_testing
