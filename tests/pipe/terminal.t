#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a run shows on a terminal, and that it shows nothing there of what is not
# for it.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/terminal.sh"
if ! terminals; then
	skip 'terminals' 'no script(1) or no pseudo-terminals here'
	done_testing
fi
export OMP_NUM_THREADS=1
# shellcheck source=tests/demos.sh
. "$ROOT/tests/demos.sh"
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from demos.jsonl --vocab 300 start || exit 1
shown() { # TERM COLUMNS OPTION ...: the lines that were shown, in the place of each other too
	term=$1 columns=$2
	shift 2
	rm -rf run
	# Slow enough for the line to be drawn.
	TERM=$term on_terminal "stty cols $columns; apprentice sft $* --epochs 200 --batch 4 --lr 3e-3 --held 1/4 \
		--eval-every 100 --run run start demos.jsonl" | tr '\r' '\n' >said
	perl -pe 's/\e\[K//g' said
}
shown xterm 120 >lines
ok 'the plan comes first' sh -c 'head -n 1 lines | grep -qx "sft: 400 steps, 6 trajectories, in run"'
line='sft  step [0-9]+/400  loss [0-9.]+  \|g\| [0-9.e+-]+  [0-9]+ tok/s  [0-9]+ (s|min) left'
ok 'a line with step, loss, gradient, tokens a second, time left, what is held out and its best' \
	grep -qxE "$line  held [0-9.]+ \(best [0-9.]+ at [0-9]+\)" lines
ok 'the summary comes last' sh -c 'grep -v "^$" lines | tail -n 1 | grep -qx "kept: run/best"'
shown xterm 40 >lines
same 'the line fits a narrow terminal' '' "$(grep '^sft  step' lines | perl -CSD -lne 'print if length > 39')"
shown dumb 120 >lines
same 'no line and no escapes on a dumb terminal' '0 0' "$(grep -c '^sft  step' lines) $(grep -c "$(printf '\033')" said)"
ok 'but plan and summary' sh -c 'grep -q "^sft: 400 steps, " lines && grep -q "^kept: " lines'
same '-q: nothing' '' "$(shown xterm 120 -q | tr -d '\n')"
rm -rf run
apprentice sft --epochs 2 --run run start demos.jsonl 2>said
same 'not on a terminal: no line and no escapes' '0 0' "$(grep -c '^sft  step' said) $(grep -c "$(printf '\033')" said)"

# The other programs that write for people.
escapes() { grep -c "$(printf '\033')" out; }
on() { # TERM COMMAND: it ends well, and out is what it shows, which is something
	term=$1
	shift
	TERM=$term on_terminal "$1" >out && [ -s out ] && return
	cat out && return 1
}
demo2traj -q -m start -o held.traj demos.jsonl
for command in 'compare -q --prompts 0 held.traj a=start b=run/policy' 'plot run loss' 'trajcat --text held.traj'; do
	for setting in 'xterm NO_COLOR=1' 'dumb -u NO_COLOR'; do
		name="${command%% *}, $setting"
		ok "it is shown: $name" on "${setting%% *}" "env ${setting#* } $command"
		same "no escapes: $name" 0 "$(escapes)"
	done
done
for command in 'plot run loss' 'trajcat --text held.traj'; do
	ok "it is shown on a terminal with colors: ${command%% *}" on xterm "env -u NO_COLOR $command"
	ok "with escapes: ${command%% *}" escapes
done
ok 'watch on a dumb terminal' on dumb 'watch run'
same 'has no escapes' 0 "$(escapes)"
ok 'watch with NO_COLOR' on xterm 'env NO_COLOR=1 watch run'
same 'has no colors' 0 "$(grep -c "$(printf '\033')\[[0-9;]*m" out)"
ok 'report' on xterm 'env NO_COLOR=1 report -o page.html run && ls page.html'
same 'has no escapes' 0 "$(escapes)"
done_testing
