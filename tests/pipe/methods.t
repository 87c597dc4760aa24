#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The methods of pipelines/ run, learn what they are to learn, go on where
# they were, and end when they are through.
. "$(dirname "$0")/../lib.sh"
pipelines=$ROOT/pipelines

if ! command -v bash >/dev/null; then
	skip 'pipelines' 'no bash here'
	done_testing
fi
for n in one two three four five six; do
	printf '{"prompt": "Say %s.", "response": " %s"}\n' $n $n >&3
	printf '{"prompt": "Say %s.", "chosen": " %s", "rejected": " no %s"}\n' $n $n $n
done 3>demos.jsonl >pairs.jsonl
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from demos.jsonl --vocab 270 start || exit 1
demo2traj -q -m start -o demos.traj demos.jsonl
demo2traj -q -m start -o pairs.traj pairs.jsonl
export WARMUP=0

stat() { # LOG LINE NAME: a number of the metrics
	perl -MJSON::PP -e 'open my $f, "<", "$ARGV[0].jsonl" or die; my @l = <$f>;
		my ($o) = grep { exists $_->{stats}{$ARGV[2]} } @{decode_json($l[$ARGV[1]])->{objectives}};
		print $o->{stats}{$ARGV[2]}' "$@"
}
more() { # A B: a number is larger by far
	perl -e 'exit !($ARGV[0] > $ARGV[1] + 0.1)' -- "$1" "$2"
}
steps() { wc -l <"$1.jsonl" | tr -d ' '; }
through() { # SCRIPT WORDS ARG...: run again, it says so and does nothing
	script=$1
	words=$2
	shift 2
	dies 0 "$script: $1 has had its $words" "$pipelines/$script" "$@"
}

cp -R start dpo
EPOCHS=4 BATCH=2 LR=1e-2 ok 'dpo.sh' "$pipelines/dpo.sh" dpo pairs.traj
same 'dpo.sh: steps of two pairs' 12 "$(steps dpo.dpo)"
same 'dpo.sh: the margin is 0 at first' 0 "$(stat dpo.dpo 0 divgrad.margin)"
ok 'dpo.sh: the chosen are preferred in the end' more "$(stat dpo.dpo 11 divgrad.margin)" 0.3
EPOCHS=5 BATCH=2 ok 'dpo.sh goes on' "$pipelines/dpo.sh" dpo pairs.traj
same 'dpo.sh makes the remaining pass' 15 "$(steps dpo.dpo)"
ok 'dpo.sh keeps its reference' more "$(stat dpo.dpo 12 divgrad.margin)" 0.3
EPOCHS=5 BATCH=2 through dpo.sh '5 passes' dpo pairs.traj

cp -R start spin
ROUNDS=1 EPOCHS=3 BATCH=3 LR=1e-2 MAX_NEW=6 ok 'spin.sh' "$pipelines/spin.sh" spin demos.traj
same 'spin.sh: three passes of two steps' 6 "$(steps spin.spin)"
ok 'spin.sh: demonstrations are preferred' more "$(stat spin.spin 5 divgrad.margin)" 0.3
ROUNDS=2 EPOCHS=3 BATCH=3 MAX_NEW=6 ok 'spin.sh: another round' "$pipelines/spin.sh" spin demos.traj
same 'spin.sh: another six steps' 12 "$(steps spin.spin)"
same 'spin.sh: the round begins at a new reference' 0 "$(stat spin.spin 6 divgrad.margin)"
ROUNDS=2 EPOCHS=3 BATCH=3 through spin.sh '2 rounds' spin demos.traj

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
cp -R start reward
ROUNDS=8 PROMPTS=3 SAMPLES=4 LR=3e-2 MAX_NEW=8 ok 'reward.sh' "$pipelines/reward.sh" reward demos.traj ./short
same 'reward.sh: a step a round' 8 "$(steps reward.reward)"
ok 'reward.sh: responses become shorter' more "$(stat reward.reward 7 divgrad.reward)" "$(stat reward.reward 0 divgrad.reward)"
ROUNDS=10 PROMPTS=4 STEPS=2 SAMPLES=2 MAX_NEW=8 ok 'reward.sh goes on' "$pipelines/reward.sh" reward demos.traj ./short
same 'reward.sh: two steps a round' 20 "$(steps reward.reward)"
ROUNDS=10 STEPS=2 through reward.sh '10 rounds' reward demos.traj ./short
cp -R start failed
printf '#!/bin/sh\nexit 3\n' >broken
sed 's/-\$n/"x"/' short >wrong
for bad in broken wrong; do
	chmod +x $bad
	ROUNDS=2 PROMPTS=3 MAX_NEW=4 timeout 300 "$pipelines/reward.sh" failed demos.traj ./$bad 2>said
	same "a reward program that is $bad fails all" '1 0' "$? $(steps failed.reward)"
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
	cp -R start python
	ROUNDS=2 PROMPTS=3 MAX_NEW=4 ok 'a program in Python need not flush' \
		timeout 300 env -u PYTHONUNBUFFERED "$pipelines/reward.sh" python demos.traj python3 tidy.py
else
	skip 'a program in Python need not flush' 'no python3 here'
fi

cp -R start joint
STEPS=12 BATCH=3 PAIRS=2 LR=1e-2 ok 'joint.sh' "$pipelines/joint.sh" joint demos.traj pairs.traj
same 'joint.sh: each step is of both objectives' 12 "$(steps joint.joint)"
ok 'joint.sh: the chosen are preferred' more "$(stat joint.joint 11 divgrad.margin)" 0.3
STEPS=14 BATCH=3 PAIRS=2 ok 'joint.sh goes on' "$pipelines/joint.sh" joint demos.traj pairs.traj
same 'joint.sh makes two more steps' 14 "$(steps joint.joint)"
STEPS=14 through joint.sh '14 steps' joint demos.traj pairs.traj

# The judge knows the demonstrations by heart.
cp -R start judge
EPOCHS=30 BATCH=6 LR=1e-2 ok 'sft.sh trains a judge' "$pipelines/sft.sh" judge demos.traj
cp -R start best
PRINT=1 SAMPLES=3 MAX_NEW=4 ok 'best-of-n.sh, printed' "$pipelines/best-of-n.sh" best judge demos.traj
same 'one of each prompt' 6 "$(grep -c '#[012] policy' "$TAP_DIR/said")"
nll() { measure -q -p "$1" demos.traj | perl -ne 'print $1 if /"nll_token": *([-+.e0-9]+)/'; }
before=$(nll best)
ROUNDS=10 PROMPTS=6 SAMPLES=8 LR=1e-2 MAX_NEW=4 BASE=start ok 'best-of-n.sh by the implied reward' \
	"$pipelines/best-of-n.sh" best judge demos.traj
same 'best-of-n.sh: a step a round' 10 "$(steps best.best)"
ok 'best-of-n.sh: the demonstrations become likelier' more "$before" "$(nll best)"
ROUNDS=11 PROMPTS=6 SAMPLES=2 MAX_NEW=4 ok 'best-of-n.sh goes on, by the ratio' "$pipelines/best-of-n.sh" best judge demos.traj
same 'best-of-n.sh makes one more step' 11 "$(steps best.best)"
ROUNDS=11 through best-of-n.sh '11 rounds' best judge demos.traj

for script in dpo spin reward joint best-of-n; do
	"$pipelines/$script.sh" 2>said
	same "$script.sh prints its usage" '2 1' "$? $(grep -c "^usage: $script.sh POLICY" said)"
done
done_testing
