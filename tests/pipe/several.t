#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Several models where one is taken: a run learns from two teachers, another is
# judged by the mixture of two, and one is fine-tuned on what two have said.
. "$(dirname "$0")/../lib.sh"

for n in one two three four five six seven eight nine ten; do
	printf '{"prompt": "Say %s.", "response": " I say %s."}\n' $n $n
done >demos.jsonl
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from demos.jsonl --vocab 50 start || exit 1
demo2traj -q -m start -o demos.traj demos.jsonl
for n in 1 2; do
	ok "model $n" apprentice sft -q --epochs 20 --batch 4 --lr 2e-2 --warmup 2 --seed $n --run fit$n start demos.traj
	ln -s fit$n/policy "model $n"
done

falls() { # FILE: the loss falls to less than half from first to last
	perl -MJSON::PP -e 'my @l = map { decode_json($_)->{objectives}[0]{stats}{"divgrad.loss"} } <STDIN>;
		print "$l[0] to $l[-1]\n"; exit !($l[-1] < $l[0] / 2)' <"$1"
}
distill() { # OPTION ...
	apprentice distill -q --prompts 4 --samples 2 --steps 40 --warmup 2 --lr 5e-2 --max-new 8 "$@" start demos.traj
}
for mix in arithmetic geometric; do
	ok "distill from two teachers, $mix" distill --teacher 'model 1' --teacher='model 2' --mix $mix --run $mix
	ok "$mix: the divergence falls" falls $mix/metrics.jsonl
done
ok 'they are two objectives' sh -c '! cmp -s arithmetic/policy/model.safetensors geometric/policy/model.safetensors'
ok 'run again, nothing is left' distill --teacher 'model 1' --teacher 'model 2' --run arithmetic
id() { grep -ao '"apprentice.id":"[0-9a-f]*"' "$1/model.safetensors" | cut -d '"' -f 4; }
dies 2 "apprentice distill: policy:teacher.2: $(id 'model 2') at step 60 there, nothing here
apprentice distill: arithmetic: a run of something else" distill --teacher 'model 1' --run arithmetic
dies 2 "apprentice distill: policy:teacher.3: nothing there, $(id 'model 1') at step 60 here
apprentice distill: arithmetic: a run of something else" \
	distill --teacher 'model 1' --teacher 'model 2' --teacher 'model 1' --run arithmetic
ok 'a place is no setting: with another spelling nothing is left' \
	distill --teacher "$PWD/model 1" --teacher './model 2/' --run arithmetic
spoken() { # RUN TEACHER ...: samples of it alone
	name=$1
	shift
	distill --sampler teacher --steps 4 "$@" --run "$name"
}
ok 'distill from samples of two teachers' spoken both --teacher 'model 1' --teacher 'model 2'
ok 'which are those of neither alone' sh -c '! cmp -s both/policy/model.safetensors one/policy/model.safetensors &&
	! cmp -s both/policy/model.safetensors two/policy/model.safetensors' "$(spoken one --teacher 'model 1' && spoken two --teacher 'model 2')"
dies 2 'apprentice distill: -d rkl with --one-hot: the divergence of a single token from any policy is infinite, because h(0) is' \
	distill --sampler teacher --teacher 'model 1' -d rkl
dies 2 'apprentice distill: --mix has no effect with one --teacher' distill --teacher 'model 1' --mix geometric
dies 1 'apprentice distill: none: no such directory: a policy is a local directory' distill --teacher 'model 1' --teacher none
dies 2 'apprentice distill: --teacher: expected a name of one line' distill --teacher 'model 1' --teacher ''

adversarial() { # OPTION ...
	apprentice adversarial -q --held 1/5 --rounds 2 --steps 2 --prompts 4 --samples 2 --lr 1e-3 "$@" start demos.traj
}
ok 'adversarial with two discriminators' adversarial --disc 'model 1' --disc 'model 2' --run judged
same 'each round has its steps' 4 "$(wc -l <judged/metrics.jsonl)"
same 'they are not copied to be fitted' 0 "$(find judged -name 'disc*' | wc -l)"
ok 'the gate saw the mixture' grep -q '^gate: .*: go on$' judged/log
adversarial --disc 'model 1' --disc 'model 2' --run printed --print >printed.sh
ok '--print' bash printed.sh
ok '--print runs to the same bytes' cmp judged/policy/model.safetensors printed/policy/model.safetensors
ok 'one of them is another run' adversarial --disc 'model 1' --run single
ok 'which comes to another end' sh -c '! cmp -s judged/policy/model.safetensors single/policy/model.safetensors'
dies 2 'apprentice adversarial: --disc-lr has no effect with several --disc, which are not fitted' \
	adversarial --disc 'model 1' --disc 'model 2' --disc-lr 1e-3

# The gate's figure is that of the mixture.
measure -q -p 'model 1' -p 'model 2' demos.traj >figure
apprentice gate start 'model 1' 'model 2' demos.traj 2>said
same 'the gate lets a mixture through' 0 $?
same 'by its held-out nats' "$(perl -ne 'printf "%.3f", $1 if /"nll_trajectory": ([-0-9.e]+)/' figure)" \
	"$(sed 's/.*discriminator \([0-9.]*\): .*/\1/' said)"
apprentice gate 'model 1' start start demos.traj 2>/dev/null
same 'and stops two that are worse' 3 $?

# Samples of the ensemble beside the demonstrations.
ok 'samples of the ensemble' rollout -q -n 2 -l 8 --member 'model 1' -o said.traj 'model 2' demos.traj
trajcat -q --as expert said.traj demos.traj >both.traj
ok 'a student learns from both' apprentice sft -q --epochs 10 --batch 6 --lr 2e-2 --warmup 2 --run student start both.traj
done_testing
