#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each warning of a run, provoked; and runs that end because their numbers run
# away.
. "$(dirname "$0")/../lib.sh"
export OMP_NUM_THREADS=1

# shellcheck source=tests/demos.sh
. "$ROOT/tests/demos.sh"
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from demos.jsonl --vocab 300 start || exit 1
demo2traj -q -m start -o demos.traj demos.jsonl || exit 1
mkpolicy -q --from start tuned || exit 1
trajcat -q --repeat 60 --batch 4 demos.traj | divgrad -q -d fkl --follow tuned |
	apply-update -q --lr 1e-2 tuned >/dev/null || exit 1

says() { # STATUS METHOD OPTION ...: its words are in the file said
	status=$1 method=$2
	shift 2
	rm -rf run
	apprentice "$method" --run run "$@" demos.jsonl >said 2>&1
	got=$?
	[ $got -eq "$status" ] && return
	echo "status $got" && cat said && return 1
}
warns() { # WARNING HINT: these lines, one after the other, once
	grep -A 1 "^warning: $1$" said | grep -q "^hint: $2$" && [ "$(grep -c "^warning: $1$" said)" -eq 1 ] && return
	cat said && return 1
}
number='[0-9.e+-]*'

ok 'a run of short samples' says 0 best-of-n --judge tuned --base start --max-new 2 --rounds 3 --prompts 4 --samples 2 start
ok 'fewer than half of the samples end' warns "0.00 of samples end by themselves (step 3)" \
	'raise --max-new, or fine-tune on whole responses first'
ok 'their length is less than half' warns "samples have 2.0 tokens, demonstrations $number (step 3)" \
	'the policy has not learnt how long responses are: fine-tune longer first'
ok 'a run whose samples end' says 0 best-of-n --judge tuned --base start --rounds 2 --prompts 4 --samples 2 tuned
same 'has no warning' '' "$(grep warning said)"

adversarial() {
	says 0 adversarial --no-gate --steps 1 --prompts 4 --samples 4 "$@"
}
ok 'a discriminator that stays as the policy was' adversarial --rounds 11 --disc start --disc-lr 0 start
ok 'is right too seldom' warns "the discriminator is right in $number of cases, for ten rounds (step 10)" \
	'it cannot tell samples from demonstrations: the policy may be done, or --disc-lr too low'
ok 'a discriminator far ahead of the policy' adversarial --rounds 11 --disc tuned --lr 0 start
ok 'is right too often' warns "the discriminator is right in 1.000 of cases, for ten rounds (step 10)" \
	'its scores saturate: lower --disc-lr, or make more --samples'
ok 'nine rounds' adversarial --rounds 9 --disc tuned --lr 0 start
same 'are too few to say so' 0 "$(grep -c discriminator said)"
ok 'a divergence that explodes' adversarial --rounds 2 -d pearson --disc tuned start
ok 'l is beyond the clip' warns "l is beyond the clip in 1.00 of trajectories (step 1)" \
	'expert and policy are far apart: fine-tune longer first'

# One sample of 64 is rewarded.
cat >rare <<'END'
#!/usr/bin/perl -p
BEGIN { $| = 1 }
$n = 0 if /^\{"apprentice"/;
s/"tokens":/'"score":[' . ($n++ ? 0 : 1) . '],"tokens":'/e if /"id":/;
END
chmod +x rare
ok 'rewards that are rare' says 0 reward --program ./rare --rounds 2 --prompts 4 --samples 16 --scale none start
ok 'the effective sample size is small' warns "the effective sample size is 0.0[0-9]* of the samples (step 2)" \
	'few samples decide each step: make more --samples, or choose a divergence that is bounded'

# All are rewarded alike.
printf '#!/bin/sh\nexec sed -u "/^{.id/s/}\\$/,\\"score\\":[0.5]}/; s/^{.apprentice.:{/&\\"ratio\\":\\"reward\\",/"\n' >alike
chmod +x alike
ok 'rewards that are alike' says 0 reward --program ./alike --rounds 2 --prompts 4 --samples 4 start
ok 'all samples of a prompt have the same' warns "all samples of each prompt have the same reward (step 2)" \
	'nothing is learnt of equals: reward what differs between samples'
same 'which is no small sample' 0 "$(grep -c 'effective' said)"
ok 'windows' says 0 match --rounds 2 --prompts 4 --window 2 start
same 'are not said to be short, or without an end' '' "$(grep warning said)"

mkpolicy -q --from start endless
perl -0pi -e 's/"eos_token_id": *(\[[^]]*\]|[0-9]+)/"eos_token_id": null/' endless/*config.json
ok 'a policy without an end' says 0 sft endless
ok 'gets a warning' warns 'endless: no end of sequence is known' 'eos_token_id in its generation_config.json names it'
sed -i 's/"state": "done"/"state": "stopped"/' run/run.json
apprentice sft --run run endless demos.jsonl 2>said
same 'once a run, if it goes on, too' 0 "$(grep -c warning said)"
rm -rf run
same 'and not with -q' '' "$(apprentice sft -q --run run endless demos.jsonl 2>&1)"

# Numbers that run away.
state() { sed -n 's/^  "state": "\(.*\)",$/\1/p' run/run.json; }
weights() { LC_ALL=C grep -ao '"apprentice.step":"[0-9]*"' run/policy/model.safetensors | tr -dc 0-9; }
wild='--epochs 20 --batch 4 --lr 30'
# shellcheck disable=SC2086
ok 'a learning rate that is far too high' says 1 sft $wild start
ok 'the loss runs away' warns "the loss is $number at step $number, $number at first" \
	'lower --lr, with --force; --loss-bound 0 goes on whatever it is'
same 'the run has failed, at the step that was saved' 'failed 0 1' \
	"$(state) $(weights) $(tail -n 1 said | grep -c '^apprentice sft: stopped at step 0 of 40, the last that was saved before; ')"
# shellcheck disable=SC2086
dies 1 "$(cat said)" apprentice sft --run run $wild start demos.jsonl
# shellcheck disable=SC2086
ok '--loss-bound 0 goes on with the same run' apprentice sft -q --run run --loss-bound 0 $wild start demos.jsonl
same 'to its end' 'done 40' "$(state) $(weights)"
ok 'a bound of its own' says 1 sft --epochs 20 --batch 4 --lr 3e-3 --loss-bound 5.75 start
ok 'a loss above it ends the run' warns "the loss is $number at step $number, $number at first" \
	'lower --lr, with --force, or raise --loss-bound'
same 'before the step' 1 "$(grep -c 'the step is not made' run/log)"
ok 'a bound below the first loss' says 1 sft --epochs 20 --batch 4 --loss-bound 1 start
ok 'ends the run at its first step' warns "the loss is 5[.][0-9]* at step 1" \
	'lower --lr, with --force, or raise --loss-bound'
ok 'numbers that are not finite' says 1 sft --epochs 20 --batch 4 --lr 1e6 --clip-norm 0 --loss-bound 0 start
ok 'end it, too' warns '.*: the log-probability of action [0-9]* is not finite' 'lower --lr, with --force'
ok 'fine-tuning in rounds that runs away' says 1 adversarial --no-gate --disc start --steps 1 --rounds 8 \
	--prompts 4 --samples 2 --lr 30 start
ok 'ends the rounds' warns "the loss is $number at step $number, $number at first" \
	'lower --lr, with --force; --loss-bound 0 goes on whatever it is'
dies 2 'apprentice reward: --loss-bound has no effect: rewards have no loss that falls' \
	apprentice reward --program ./rare --loss-bound 3 start demos.jsonl
dies 2 'apprentice match: --loss-bound has no effect: rewards have no loss that falls' \
	apprentice match --loss-bound 3 start demos.jsonl
done_testing
