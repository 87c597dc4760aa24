#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The methods of pipelines/ run and learn what they are to learn.
. "$(dirname "$0")/../lib.sh"

for n in one two three four five six; do
	printf '{"prompt": "Say %s.", "response": " %s"}\n' $n $n >&3
	printf '{"prompt": "Say %s.", "chosen": " %s", "rejected": " no %s"}\n' $n $n $n
done 3>demos.jsonl >pairs.jsonl
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from demos.jsonl --vocab 270 start || exit 1
demo2traj -q -m start -o demos.traj demos.jsonl
run() { # METHOD OPTION ... DATA: the run METHOD
	method=$1
	shift
	apprentice "$method" -q --warmup 0 --run "$method" "$@"
}

stat() { # RUN LINE NAME: a number of the metrics
	perl -MJSON::PP -e 'open my $f, "<", "$ARGV[0]/metrics.jsonl" or die; my @l = <$f>;
		my ($o) = grep { exists $_->{stats}{$ARGV[2]} } @{decode_json($l[$ARGV[1]])->{objectives}};
		print $o->{stats}{$ARGV[2]}' "$@"
}
more() { # A B: a number is larger by far
	perl -e 'exit !($ARGV[0] > $ARGV[1] + 0.1)' -- "$1" "$2"
}
scores() { # RUN: records with a score for each token, their role and what they are
	perl -MJSON::PP -e 'open my $f, "<", "$ARGV[0]/samples.jsonl" or die; my %n;
		for (map { decode_json($_) } <$f>) {
			my $s = $_->{scores} // [];
			$n{!@$s ? "$_->{role} none" : @$s == @{$_->{tokens}} ? "$_->{role} $_->{ratio}" : "$_->{role} $_->{ratio} one"}++;
		}
		print join ", ", map { "$n{$_} $_" } sort keys %n' "$1"
}
steps() { wc -l <"$1/metrics.jsonl" | tr -d ' '; }

ok 'dpo' run dpo --epochs 4 --batch 2 --lr 1e-2 start pairs.jsonl
same 'dpo: steps of two pairs' 12 "$(steps dpo)"
same 'dpo: the margin is 0 at first' 0 "$(stat dpo 0 divgrad.margin)"
ok 'dpo: the chosen are preferred in the end' more "$(stat dpo 11 divgrad.margin)" 0.3
same 'dpo: samples have implied rewards' '6 chosen reward, 6 policy reward' "$(scores dpo)"

# Losses without a reference, and single responses with a label.
for loss in simpo orpo; do
	ok "dpo --loss $loss" apprentice dpo -q --warmup 0 --run $loss -d $loss --epochs 4 --batch 2 --lr 1e-2 start pairs.jsonl
	ok "$loss: the chosen are preferred in the end" more "$(stat $loss 11 divgrad.margin)" "$(stat $loss 0 divgrad.margin)"
	[ ! -e $loss/ref ]
	tap $? "$loss: no reference is made"
done
sed 's/"response"\(.*\)}/"completion"\1, "label": true}/; n; s/"response"\(.*\)}/"completion"\1, "label": false}/' \
	demos.jsonl >labels.jsonl
ok 'dpo --loss kto' apprentice dpo -q --warmup 0 --run kto -d kto --epochs 8 --batch 3 --lr 1e-2 start labels.jsonl
same 'kto: steps of three labelled responses' 16 "$(steps kto)"
ok 'kto: good and bad come apart' more "$(stat kto 15 divgrad.chosen)" "$(stat kto 15 divgrad.rejected)"
dies 1 'apprentice dpo: demos.jsonl: no response with a label of true: kto wants labelled responses' \
	apprentice dpo -q -d kto --run none start demos.jsonl
for loss in dpo simpo orpo; do
	dies 1 'apprentice dpo: labels.jsonl: no pairs: dpo wants a chosen and a rejected response to each prompt
hint: responses that are labelled one by one are for: apprentice dpo -d kto' apprentice dpo -d $loss --run none start labels.jsonl
done
dies 1 'apprentice dpo: pairs.jsonl labels.jsonl: 6 of 12 groups are pairs: dpo wants a chosen and a rejected response to each prompt
hint: responses that are labelled one by one are for: apprentice dpo -d kto' apprentice dpo --run none start pairs.jsonl labels.jsonl
dies 1 'apprentice dpo: pairs.jsonl demos.jsonl: 6 of 12 groups are pairs: dpo wants a chosen and a rejected response to each prompt
hint: demonstrations beside pairs are for: apprentice joint' apprentice dpo --run none start pairs.jsonl demos.jsonl
dies 1 'apprentice joint: demos.jsonl labels.jsonl: no pairs: joint wants a chosen and a rejected response to each prompt
hint: responses that are labelled one by one are for: apprentice dpo -d kto' apprentice joint --run none start demos.jsonl labels.jsonl
dies 2 'apprentice dpo: --regularizer has no effect with --loss orpo, which has no reference' \
	apprentice dpo -q -d orpo --regularizer js --run none start pairs.jsonl
dies 2 'apprentice dpo: --margin has no effect without --loss simpo' apprentice dpo -q --margin 1 --run none start pairs.jsonl
dies 2 'apprentice dpo: --undesirable has no effect without --loss kto' \
	apprentice dpo -q --undesirable 2 --run none start pairs.jsonl

# Fine-tuning under other divergences, and of tempered logits.
ok 'sft' run sft --epochs 2 --batch 3 --lr 1e-2 start demos.traj
ok 'sft -d tv --temperature 0.5' apprentice sft -q --run tv -d tv --temperature 0.5 --epochs 2 --batch 3 --lr 1e-2 start demos.traj
same 'sft is fine-tuning by its name' fkl "$(perl -ne '/"objective":"(.*?)"/ && print $1; last' sft/metrics.jsonl)"
same 'sft -d tv learns from one-hot demonstrations' onehot:tv "$(perl -ne '/"objective":"(.*?)"/ && print $1; last' tv/metrics.jsonl)"
rm -r sft

ok 'spin' run spin --rounds 2 --epochs 3 --batch 3 --lr 1e-2 --max-new 6 start demos.traj
same 'spin: two rounds of three passes of two steps' 12 "$(steps spin)"
ok 'spin: demonstrations are preferred' more "$(stat spin 5 divgrad.margin)" 0.3
same 'spin: the round begins at a new reference' 0 "$(stat spin 6 divgrad.margin)"
same 'spin: samples have implied rewards' '6 expert reward, 6 policy reward' "$(scores spin)"

# Rewarded: short answers.
cat >short <<'END'
#!/usr/bin/perl -p
BEGIN { $| = 1 }
if (/"id":/) {
	my $n = () = /"logp":\[([^]]*)\]/ ? split /,/, $1 : ();
	s/"tokens":/"score":[@{[-$n]}],"tokens":/;
}
END
chmod +x short
ok 'reward' run reward --program ./short --rounds 8 --prompts 3 --samples 4 --lr 3e-2 --max-new 8 start demos.traj
same 'reward: a step a round' 8 "$(steps reward)"
ok 'reward: responses become shorter' more "$(stat reward 7 divgrad.reward)" "$(stat reward 0 divgrad.reward)"
same 'reward: samples have rewards, which demonstrations have not' '6 expert none, 6 policy reward one' "$(scores reward)"
ok 'reward, two steps a round' apprentice reward -q --run two --program ./short --rounds 3 --prompts 4 --steps 2 \
	--samples 2 --max-new 8 start demos.traj
same 'reward: two steps a round' 6 "$(steps two)"
printf '#!/bin/sh\nexit 3\n' >broken
sed 's/-\$n/"x"/' short >wrong
for bad in broken wrong; do
	chmod +x $bad
	timeout 300 apprentice reward -q --run $bad.run --program ./$bad --rounds 2 --prompts 3 --max-new 4 \
		start demos.traj 2>said
	same "a reward program that is $bad fails all" '1 0' "$? $(steps $bad.run)"
done
if command -v python3 >/dev/null; then
	cat >tidy.py <<-'END'
	import json, sys
	for line in sys.stdin:
	    r = json.loads(line)
	    if "id" in r:
	        r["score"] = [-len(r["tokens"])]
	    print(json.dumps(r))
	END
	ok 'a program in Python need not flush' timeout 300 env -u PYTHONUNBUFFERED apprentice reward -q \
		--run python --program 'python3 tidy.py' --rounds 2 --prompts 3 --max-new 4 start demos.traj
else
	skip 'a program in Python need not flush' 'no python3 here'
fi

ok 'joint' run joint --steps 12 --batch 3 --pairs 2 --lr 1e-2 start demos.jsonl pairs.jsonl
same 'joint: each step is of both objectives' 12 "$(steps joint)"
ok 'joint: the chosen are preferred' more "$(stat joint 11 divgrad.margin)" 0.3
same 'joint: samples have implied rewards' '6 expert reward, 6 policy reward' "$(scores joint)"

# The judge knows the demonstrations by heart.
ok 'sft trains a judge' run sft --epochs 30 --batch 6 --lr 1e-2 start demos.traj
nll() { measure -q -p "$1" demos.traj | perl -ne 'print $1 if /"nll_token": *([-+.e0-9]+)/'; }
ok 'best-of-n by the implied reward' run best-of-n --judge sft/policy --base start --rounds 10 --prompts 6 \
	--samples 8 --lr 1e-2 --max-new 4 start demos.traj
same 'best-of-n: a step a round' 10 "$(steps best-of-n)"
same 'best-of-n: samples have scores' '6 expert calibrated, 6 policy calibrated' "$(scores best-of-n)"
ok 'best-of-n: the demonstrations become likelier' more "$(nll start)" "$(nll best-of-n/policy)"

# Without a judge, the samples themselves, beside the demonstrations.
objectives() { # RUN: of the first step, each with its weight
	perl -MJSON::PP -ne 'print join ", ", map { "$_->{objective} $_->{weight}" } @{decode_json($_)->{objectives}}; last' \
		"$1/metrics.jsonl"
}
for by in agreement logp/token; do
	name=by-${by%/*}
	ok "best-of-n --by $by" apprentice best-of-n -q --warmup 0 --run "$name" --by $by --rounds 10 --prompts 6 --samples 4 \
		--lr 1e-2 --max-new 4 start demos.traj
	same "--by $by: fine-tuning is beside it" 'fkl 1, sft 1' "$(objectives "$name")"
	same "--by $by: no discriminator runs" 0 "$(grep -c '^discrim' "$name/log")"
	same "--by $by: samples have no scores" '6 expert none, 6 policy none' "$(scores "$name")"
	ok "--by $by: the demonstrations become likelier" more "$(nll start)" "$(nll "$name/policy")"
done
ok '--by agreement and logp/token take others' sh -c '! cmp -s by-agreement/policy/model.safetensors by-logp/policy/model.safetensors'
same 'best-of-n: a judge is alone' 'fkl 1' "$(objectives best-of-n)"
short_run() { # NAME OPTION ...
	name=$1
	shift
	apprentice best-of-n -q --run "$name" --rounds 1 --prompts 2 --samples 3 --max-new 4 "$@"
}
ok 'best-of-n --judge --sft 0.5' short_run judge.beside --judge sft/policy --sft 0.5 start demos.traj
same 'a judge with fine-tuning beside it' 'fkl 1, sft 0.5' "$(objectives judge.beside)"
demo2traj -q --prompts -m start -o prompts.traj demos.jsonl
dies 1 'apprentice best-of-n: prompts.traj: 0 of 6 trajectories are demonstrations: --sft 1 reads no others
hint: --sft 0 learns from samples alone' apprentice best-of-n --by agreement --run none start prompts.traj
ok 'best-of-n --by agreement --sft 0, of prompts alone' short_run alone --by agreement --sft 0 start prompts.traj
same 'samples alone' 'fkl 1' "$(objectives alone)"

# Samples under the divergence of the fine-tuning beside them.
ok 'adversarial -d fkl' apprentice adversarial -q -d fkl --no-gate --disc start --rounds 1 --steps 1 --prompts 4 --samples 2 \
	--max-new 4 --run fkl start demos.traj
same 'both are objectives of the step' 'fkl 1, sft 0.1' "$(objectives fkl)"

# What the policy adds to beginnings of demonstrations comes to look like them.
ok 'match' run match --rounds 40 --window 2 --every 1 --prompts 26 --samples 16 --kernel energy --lr 1e-2 start demos.traj
same 'match: a step a round' 40 "$(steps match)"
ok 'match: features come closer' perl -e 'exit !($ARGV[0] > $ARGV[1] + 0.02)' \
	"$(stat match 0 discrim.distance)" "$(stat match 39 discrim.distance)"
ok 'match: the demonstrations become likelier' more "$(nll start)" "$(nll match/policy)"
ok 'match by its defaults, where few windows are' apprentice match -q --rounds 2 --window 3 --every 9 --run few.match --held 1/6 start demos.traj
same 'match: a round has them all' 5 "$(perl -MJSON::PP -ne 'my $r = decode_json($_); print $r->{objectives}[0]{units} / 4; last' few.match/metrics.jsonl)"
ok 'match: samples of the end are whole responses' perl -MJSON::PP -ne '
	my $r = decode_json($_); $long ||= $r->{role} eq "policy" && @{$r->{tokens}} > 3; END { exit !$long }' few.match/samples.jsonl
dies 1 'apprentice match: --prompts 7: there are 6 windows in demos.traj' \
	apprentice match --run many --window 3 --every 9 --prompts 7 start demos.traj
dies 1 'apprentice match: demos.traj: no response has the 50 tokens of a window' \
	apprentice match --run long --window 50 start demos.traj
dies 2 'apprentice match: --samples 2: --diversity needs 3 of each window' \
	apprentice match --run few --samples 2 start demos.traj
ok 'match: two samples without diversity, in another policy' run match --run two.match --features sft/policy --samples 2 --diversity 0.0 --rounds 2 --window 2 \
	--every 1 start demos.traj
dies 2 'apprentice match: --in-place: name a policy that stays as it is, too: --features DIR' \
	apprentice match --in-place start demos.traj
done_testing
