#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pipelines/workers and pipelines/shard on this machine alone: several workers make
# the steps of one, as a star and as a tree, with policies of their own; one that
# dies fails the step; what was made of shards is complete or refused.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/machines/machines.sh"
if ! command -v bash >/dev/null; then
	skip 'workers' 'no bash here'
	done_testing
fi
material || exit 1
BATCHES=6

# One worker, then others: STEPS NAME ARG... of workers, in a pipe.
pipe() {
	at=$(step "$1")
	batches "$at" "$2" | "$WORKERS" "$3" "$4" | update "$1" >>"$1.jsonl"
}
fresh one two
batches 0 $BATCHES | divgrad -q -d fkl --follow one | update one >one.jsonl
same 'a pipe without workers makes its steps' $BATCHES "$(step one)"

mkdir w1 w2
fkl='divgrad -q -d fkl --follow ../two'
batches 0 $BATCHES | "$WORKERS" .:w1,.:w2 "$fkl" 2>said | update two >two.jsonl
same 'two workers make as many steps, in silence' "$BATCHES " "$(step two) $(cat said)"
ok 'step for step as one does' like one.jsonl two.jsonl

fresh two
mkdir -p w/a w/b w/c w/d
batches 0 $BATCHES | "$WORKERS" --mirror two ".:$PWD/w/a,.:$PWD/w/b" 'divgrad -q -d fkl --follow two' 2>said | update two >two.jsonl
if command -v rsync >/dev/null; then
	same 'two workers with copies of the policy' "$BATCHES " "$(step two) $(cat said)"
	ok 'the same, step for step' like one.jsonl two.jsonl
	fresh two
	batches 0 $BATCHES | "$WORKERS" --fan 2 --mirror two ".:$PWD/w/a,.:$PWD/w/b,.:$PWD/w/c,.:$PWD/w/d" \
		'divgrad -q -d fkl --follow two' 2>said | update two >two.jsonl
	same 'four workers as a tree, with copies' "$BATCHES " "$(step two) $(cat said)"
	ok 'the same as one' like one.jsonl two.jsonl
else
	skip 'copies of the policy' 'no rsync here'
fi

fresh two
batches 0 $BATCHES | "$WORKERS" --fan 2 ".:w1,.:w2,.,.,." "divgrad -q -d fkl --follow $PWD/two" 2>said | update two >two.jsonl
same "five workers as a tree, one without a record" "$BATCHES " "$(step two) $(grep -v "no trajectories$" said)"
ok 'they are as one, too' like one.jsonl two.jsonl

# Sampling in the worker, too.
sample() { echo "rollout -q -n 2 -l 6 --follow $1 | trajcat -q --as expert | divgrad -q -d fkl --follow $1"; }
fresh one two
batches 0 3 | bash -c "$(sample one)" | update one >one.jsonl
batches 0 3 | "$WORKERS" .,. "$(sample two)" | update two >two.jsonl
ok 'workers that sample are as one' like one.jsonl two.jsonl

# One dies.
fresh calm two
calm='divgrad -q -d fkl --follow ../calm'
batches 0 12 | "$WORKERS" .:w1,.:w2 "$calm" | update calm >calm.jsonl
at_least() { [ "$(step "$1")" -ge "$2" ]; }
status() { # POLICY: of workers and update in a pipe without end, whose worker 2 is killed
	rm -f w2/pid
	bash -c "trajcat -q --repeat 1000000 --batch 4 demos.traj |
		'$WORKERS' .:w1,.:w2 'echo \$\$ >pid; exec divgrad -q -d fkl --follow ../$1' 2>said |
		apply-update -q --optimizer sgd --lr 0.1 $1 >$1.jsonl 2>said.update
		echo \${PIPESTATUS[*]} >statuses" &
	await at_least "$1" 3
	kill -9 "$(cat w2/pid)"
	wait $!
	cut -d ' ' -f 2-3 statuses
}
same 'a worker is killed: workers fails, and so does the update' '1 1' "$(status two)"
same "it says which" 1 "$(grep -c "^workers: 2.here: exit status 137\$" said)"
left() { pgrep -f "follow ../two" || :; }
same 'no other worker is left' '' "$(left)"
fresh half
half='divgrad -q -d fkl --follow ../half'
batches 0 5 | "$WORKERS" .:w1,.:w2 "$half" | update half >half.jsonl
batches 5 7 | "$WORKERS" .:w1,.:w2 "$half" | update half >>half.jsonl
ok 'a run in two parts ends as a run in one, bit for bit' diff -r calm half
same 'a worker whose stream is cut' '1' "$(fresh two && batches 0 3 |
	"$WORKERS" . 'divgrad -q -d fkl --follow two | head -c 300' 2>/dev/null >/dev/null || echo $?)"
same 'a host that is not there' '1' "$(batches 0 3 | "$WORKERS" --rsh false nosuch cat 2>/dev/null >/dev/null || echo $?)"
same 'the reader goes away: everything ends' '' "$(batches 0 3 | "$WORKERS" .,. 'divgrad -q -d fkl two' | head -c 10 >/dev/null; left)"

# Wrong usage.
dies 2 'workers: expected HOST,HOST... and COMMAND (-h explains them)' "$WORKERS" a,b
dies 2 "workers: no host: '-oProxyCommand=x'" "$WORKERS" -- -oProxyCommand=x cat
dies 2 "workers: no host: 'a b'" "$WORKERS" 'a b' cat
dies 2 'workers: --fan: expected 2 or more, or 0' "$WORKERS" --fan 1 . cat
dies 2 'workers: --part: 2 hosts from 2 are more than 2' "$WORKERS" --part 2/2 .,. cat
dies 2 'workers: unknown option: --hosts (-h lists them)' "$WORKERS" --hosts a b
dies 2 'workers: --mirror: no folder below this one: nosuch' "$WORKERS" --mirror nosuch . cat

# Shards in files.
prompts() { trajcat -q --batch 4 demos.traj; }
prompts >prompts.traj
roll='rollout -q -n 2 -l 6 one'
fresh one
rollout -q -n 2 -l 6 -o whole.traj one prompts.traj
dies 1 'shard: out: no shards' "$SHARD" --list out
for i in 3 1; do
	ok "shard $i of 3" "$SHARD" $i/3 prompts.traj out "$roll"
done
dies 1 'shard: out/2-of-3: missing' "$SHARD" --list out
same 'a shard whose command fails is not there' '1 out/1-of-3 out/3-of-3' \
	"$(rm -rf not && cp -r out not && sed -i '$s/.*/false/' not/shards && "$SHARD" 2/3 prompts.traj not false 2>/dev/null || echo $? out/*-of-3)"
ok 'shard 2 of 3' "$SHARD" 2/3 prompts.traj out "$roll"
same 'all of them, in order' 'out/1-of-3 out/2-of-3 out/3-of-3' "$("$SHARD" --list out | xargs)"
same 'nothing else is left' '.[!.]* 1-of-3 2-of-3 3-of-3 shards' "$(cd out && echo .[!.]* *)"
printf "%s\n" "$(head -n 1 demos.jsonl)" | demo2traj -q -m start -o single.traj
for i in 1 2 3; do
	ok "shard $i of a single record" "$SHARD" $i/3 single.traj few "$roll"
done
same "empty shards are streams" 2 "$(trajcat -q few/*-of-3 | trajcat -q --json | grep -c '^{"id"')"
ok 'together they are the whole' alike_records whole.traj out/1-of-3 out/2-of-3 out/3-of-3
before=$(ls -i out)
ok 'a shard that is there' "$SHARD" 2/3 prompts.traj out "$roll"
same 'is not made again' "$before" "$(ls -i out)"
dies 2 'shard: out: has shards of another stream, number or command' "$SHARD" 2/3 prompts.traj out 'rollout -q -n 3 -l 6 one'
dies 2 'shard: out: has shards of another stream, number or command' "$SHARD" 2/4 prompts.traj out "$roll"
dies 2 'shard: out: has shards of another stream, number or command' "$SHARD" 2/3 whole.traj out "$roll"
dies 2 'shard: expected I/N with I up to N, not 4/3' "$SHARD" 4/3 prompts.traj out "$roll"
dies 2 'shard: expected I/N, not 0/3' "$SHARD" 0/3 prompts.traj out "$roll"
dies 2 'shard: expected I/N, STREAM, DIR and COMMAND (-h explains them)' "$SHARD" 1/3 prompts.traj out
dies 1 'shard: nosuch: no file' "$SHARD" 1/3 nosuch out "$roll"
done_testing
