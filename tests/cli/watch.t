#!/bin/sh
# SPDX-License-Identifier: MIT
#
# watch: a run that grows, is cut back, and ends.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/terminal.sh"

state() { echo "{\"method\": \"sft\", \"state\": \"$1\"}" >run/new && mv run/new run/run.json; }
line() { echo "{\"step\": $1, \"loss\": $2}" >>run/metrics.jsonl; }
mkdir run && state running
exec 8<run && flock 8 # as a run's process does
watch --interval 0.01 run >said 2>errors 8<&- &
job=$!
line 1 5.5
await grep -qx 'step 1  loss 5.5' said
ok 'a step is printed when it is there' grep -qx 'step 1  loss 5.5' said
printf '{"step": 2, "lo' >>run/metrics.jsonl
echo '{"step": 2, "nll_token": 3.25}' >>run/held.jsonl
await grep -qx 'step 1  loss 5.5  held 3.25' said
ok 'an evaluation too' grep -qx 'step 1  loss 5.5  held 3.25' said
echo 'ss": 4}' >>run/metrics.jsonl
await grep -qx 'step 2  loss 4  held 3.25' said
ok 'a line that was not complete' grep -qx 'step 2  loss 4  held 3.25' said
head -n 1 run/metrics.jsonl >run/new && mv run/new run/metrics.jsonl
await sh -c 'tail -n 1 said | grep -qx "step 1  loss 5.5  held 3.25"'
ok 'metrics that were cut back are read again' sh -c 'tail -n 1 said | grep -qx "step 1  loss 5.5  held 3.25"'
line 2 3.5
state 'done'
wait $job
same 'it ends when the run is done' 0 $?
same 'the last line is the last step' 'step 2  loss 3.5  held 3.25' "$(tail -n 1 said)"
same 'it prints nothing on stderr' '' "$(cat errors)"
# How far it is.
echo '{"method": "sft", "state": "running", "steps": 90, "policy": {"step": 7}}' >run/run.json
for n in 1 2 3; do echo "{\"step\": $n, \"loss\": 2, \"seconds\": $n}"; done >run/metrics.jsonl
watch --interval 0.01 run >said 8<&- &
job=$!
await grep -q left said
same 'step of steps, and time left at the pace of the newest' 'step 3/90  loss 2  held 3.25  3 min left' \
	"$(tail -n 1 said)"
echo '{"method": "sft", "state": "done", "steps": 3, "policy": {"step": 7}, "settings": {"in-place": true}}' >run/new
for n in 8 9 10; do echo "{\"step\": $n, \"loss\": 2, \"seconds\": 1}"; done >run/metrics.new
mv run/metrics.new run/metrics.jsonl && mv run/new run/run.json
wait $job
same 'a policy that is trained in its place has made steps before' 'step 3/3  loss 2  held 3.25' "$(tail -n 1 said)"
printf '{"step": 1, "loss": 5.5}\n{"step": 2, "loss": 3.5}\n' >run/metrics.jsonl
state failed
watch run >said
same 'a run that failed: 1' 1 $?
state stopped
ok 'a run that was stopped' watch run
mkdir whole && cp run/run.json whole
same 'a run without steps of its own says so' 'whole: ended, no steps of its own' "$(watch whole)"
# A run whose steps are those of its parts.
part() { # NAME STATE: it has begun, or ended
	mkdir -p "whole/$1" && echo "{\"method\": \"sft\", \"state\": \"$2\", \"steps\": 4}" >new && mv new "whole/$1/run.json"
}
whole() { echo "{\"method\": \"real\", \"state\": \"$1\", \"steps\": 8}" >new && mv new whole/run.json; }
whole running
exec 8<whole && flock 8
watch --interval 0.01 whole >said 8<&- &
job=$!
part fit running
await grep -qx 'whole: running, no steps of its own' said
echo '{"step": 1, "loss": 3}' >whole/fit/metrics.jsonl
await grep -qx 'fit  step 1/4  loss 3' said
ok 'the part at work is followed' grep -qx 'fit  step 1/4  loss 3' said
echo '{"step": 4, "loss": 2}' >>whole/fit/metrics.jsonl && part fit 'done'
await grep -qx 'fit  step 4/4  loss 2' said
mkdir whole/more.new.7 && cp whole/fit/* whole/more.new.7
part more running && echo '{"step": 1, "loss": 1.5}' >whole/more/metrics.jsonl
await grep -qx 'more  step 1/4  loss 1.5' said
ok 'and the one after it' grep -qx 'more  step 1/4  loss 1.5' said
echo '{"step": 1, "loss": 52}' >whole/metrics.jsonl
await grep -qx 'step 1/8  loss 52' said
ok 'then the steps of the run itself' grep -qx 'step 1/8  loss 52' said
whole 'done'
wait $job
same 'until the run has ended' 'step 1/8  loss 52' "$(tail -n 1 said)"
rm whole/metrics.jsonl
same 'of one that has, the last part' 'more  step 1/4  loss 1.5' "$(watch whole)"

# A run whose process was killed.
whole running
watch --interval 0.01 whole >said 2>errors 8<&- &
job=$!
await grep -q . said
ok 'a run whose lock is held is at work' kill -0 $job
exec 8<&-
wait $job
same 'one whose lock nobody holds is not: 1' '1 watch: whole: its process is gone; the same command goes on' "$? $(cat errors)"

dies 1 'watch: none/run.json: No such file or directory' watch none
dies 2 'watch: b: one run at a time' watch run b
echo '[]' >run/run.json
dies 1 'watch: run/run.json: expected an object' watch run
state 'done'
echo '[]' >>run/metrics.jsonl
dies 1 'watch: run/metrics.jsonl: line 3: expected an object, found list' watch run
head -n 2 run/metrics.jsonl >run/new && mv run/new run/metrics.jsonl
printf '{"step": 3, "\\u001b[2Jevil": 1}\n' >>run/metrics.jsonl
if terminals; then
	TERM=xterm on_terminal 'stty cols 60; watch run' | tr -d '\r' >table
	ok 'on a terminal, a table with the course of each number' grep -q '^loss  .* 3.5  .*▁' table
	ok 'its head says run, method, state and step' grep -q 'run  sft  done  step 3' table
	same 'within the columns' '' "$(sed 's/\x1b\[J//' table | perl -CSD -lne 'print if length > 60')"
	ok 'a hostile key has no escape' sh -c '! sed "s/^$(printf "\033")\[J//" table | grep -q "$(printf "\033")"'
	TERM=xterm on_terminal 'stty cols 60 rows 3; watch run' | tr -d '\r' >low
	same 'on a low one, what it has room for' 2 "$(wc -l <low | tr -d ' ')"
	TERM=dumb on_terminal 'watch run' | tr -d '\r' >dumb.out
	ok 'on a dumb one, lines' grep -qx 'step 3  loss 3.5  held 3.25' dumb.out
else
	skip 'terminals' 'no script(1) or no pseudo-terminals here'
fi
done_testing
