#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Distillation: distill brings a policy to its teacher, on policy
# and on demonstrations, by any divergence, and by samples of the teacher;
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
ok 'the teacher has learnt' apprentice sft -q --in-place --epochs 40 --batch 4 --lr 2e-2 --warmup 2 \
	teacher demos.traj

distill() { # RUN OPTION ...
	name=$1
	shift
	apprentice distill -q --teacher teacher --prompts 4 --warmup 2 --lr 5e-2 "$@" --run "$name" begin demos.traj
}
falls() { # FILE LINES: the loss falls to less than half from first to last
	perl -MJSON::PP -e 'my @l = map { decode_json($_)->{objectives}[0]{stats}{"divgrad.loss"} } <STDIN>;
		print scalar @l, " lines, $l[0] to $l[-1]\n";
		exit !(@l == $ARGV[0] && $l[-1] >= 0 && $l[-1] < $l[0] / 2)' "$2" <"$1"
}

ok 'distill on policy' distill rkl --steps 60 --samples 4 --max-new 8
ok 'the divergence falls' falls rkl/metrics.jsonl 60
ok 'run again, nothing is left' distill rkl --steps 60 --samples 4 --max-new 8
same 'the second run makes no step' 60 "$(wc -l <rkl/metrics.jsonl)"

ok 'a mixture, by another divergence' distill both --steps 60 -d jeffreys --prompts 2 --samples 2 \
	--given 2 --future 1 --max-new 8
ok 'the divergence of the mixture falls' falls both/metrics.jsonl 60
same 'rollouts and demonstrations are one objective' '1 teacher:jeffreys' "$(head -n 1 both/metrics.jsonl |
	perl -MJSON::PP -e 'my $o = decode_json(<STDIN>)->{objectives}; print scalar @$o, " $o->[0]{objective}"')"
ok 'on demonstrations only' distill given --steps 40 -d fkl --prompts 0 --given 4 --temperature 2
ok 'the divergence on demonstrations falls' falls given/metrics.jsonl 40
ok 'from samples of the teacher' distill spoken --steps 60 --sampler teacher --given 2 --max-new 8
ok 'the loss of the samples falls' falls spoken/metrics.jsonl 60
same 'they and demonstrations are one objective' '1 fkl' "$(head -n 1 spoken/metrics.jsonl |
	perl -MJSON::PP -e 'my $o = decode_json(<STDIN>)->{objectives}; print scalar @$o, " $o->[0]{objective}"')"
ok 'no sample of one pass is another pass over again' perl -e '
	open my $f, "-|", "trajcat -q --repeat 8 demos.traj | rollout -q -l 8 --seed 1 teacher | trajcat -q --as expert - | trajcat -q --json -" or die;
	my %said; for (<$f>) { $said{$1 . $2} = 1 if /"id":"([^"]*)".*("tokens":[^\]]*)/ } print scalar keys %said, "\n"; exit !(keys %said > 8)'
cp -R teacher other && head -c -4 teacher/model.safetensors >other/model.safetensors
apprentice distill -q --teacher other --steps 2 --run bad begin demos.traj 2>words
same 'distill passes on the status and message of a failure' '1 1' "$? $(grep -c '^  divgrad: .*other' words)"

cp -R begin cached
trajcat --repeat 60 --batch 4 demos.traj |
	rollout -q -n 4 -l 8 --follow cached |
	discrim -q --export-topk 8 teacher |
	divgrad -q -d rkl --cached-teacher --follow cached |
	apply-update -q --lr 2e-2 cached >cached.jsonl
ok 'with distributions in the stream, the divergence falls' falls cached.jsonl 60
done_testing
