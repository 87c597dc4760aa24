#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Distillation: pipelines/distill.sh brings a policy to its teacher, on policy
# and on demonstrations, by any divergence, and goes on when it is run again;
# and the same with the teacher's distributions in the stream.
. "$(dirname "$0")/../lib.sh"

for n in one two three four; do
	printf '{"prompt": "Say %s.", "response": " I say %s."}\n' $n $n
done >demos.jsonl
ok 'a teacher' mkpolicy -q --like llama --dim 16 --layers 1 \
	--tokenizer-from demos.jsonl --vocab 50 teacher
ok 'a smaller policy' mkpolicy -q --like llama --dim 8 --layers 1 \
	--tokenizer-from demos.jsonl --vocab 50 -s 2 begin
demo2traj -q -m teacher -o demos.traj demos.jsonl
ok 'the teacher has learnt' env EPOCHS=40 BATCH=4 LR=2e-2 WARMUP=2 LOG=sft \
	bash "$ROOT/pipelines/sft.sh" teacher demos.traj

distill() { # POLICY NAME=VALUE...: a run
	policy=$1
	shift
	env PROMPTS=4 WARMUP=2 LR=5e-2 MAX_NEW=8 "$@" \
		bash "$ROOT/pipelines/distill.sh" "$policy" teacher demos.traj
}
falls() { # FILE LINES: the loss falls to less than half from first to last
	perl -MJSON::PP -e 'my @l = map { decode_json($_)->{objectives}[0]{stats}{"divgrad.loss"} } <STDIN>;
		print scalar @l, " lines, $l[0] to $l[-1]\n";
		exit !(@l == $ARGV[0] && $l[-1] >= 0 && $l[-1] < $l[0] / 2)' "$2" <"$1"
}

cp -R begin rkl
ok 'distill.sh on policy' distill rkl STEPS=60 SAMPLES=4
ok 'the divergence falls' falls rkl.distill.jsonl 60
ok 'run again, nothing is left' distill rkl STEPS=60 SAMPLES=4
same 'the second run makes no step' 60 "$(wc -l <rkl.distill.jsonl)"
ok 'a run with more STEPS' distill rkl STEPS=64 SAMPLES=4
same 'it goes on to step 64' '64 64' "$(wc -l <rkl.distill.jsonl) $(tail -n 1 rkl.distill.jsonl | sed 's/.*"step": *\([0-9]*\).*/\1/')"

cp -R begin both
ok 'a mixture, by another divergence' distill both STEPS=60 DIVERGENCE=jeffreys PROMPTS=2 SAMPLES=2 GIVEN=2 FUTURE=1
ok 'the divergence of the mixture falls' falls both.distill.jsonl 60
same 'rollouts and demonstrations are one objective' '1 teacher:jeffreys' "$(head -n 1 both.distill.jsonl |
	perl -MJSON::PP -e 'my $o = decode_json(<STDIN>)->{objectives}; print scalar @$o, " $o->[0]{objective}"')"
cp -R begin given
ok 'on demonstrations only' distill given STEPS=40 DIVERGENCE=fkl PROMPTS=0 GIVEN=4 TEMPERATURE=2
ok 'the divergence on demonstrations falls' falls given.distill.jsonl 40
distill begin DIVERGENCE=none LOG=bad 2>words
same 'distill.sh passes on the status and message of a failure' "1 divgrad: -d none: not one of $(divgrad -d none 2>&1 | sed 's/.*not one of //')" \
	"$? $(grep -m 1 ^divgrad words)"

cp -R begin cached
trajcat --repeat 60 --batch 4 demos.traj |
	rollout -q -n 4 -l 8 --follow cached |
	discrim -q --export-topk 8 teacher |
	divgrad -q -d rkl --cached-teacher --follow cached |
	apply-update -q --lr 2e-2 cached >cached.jsonl
ok 'with distributions in the stream, the divergence falls' falls cached.jsonl 60
done_testing
