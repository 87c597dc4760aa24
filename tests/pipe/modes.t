#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Mass covering and mode seeking, exactly: examples/modes in short.  The
# margins are wide; the seed is fixed.
. "$(dirname "$0")/../lib.sh"
modes=$ROOT/examples/modes

if ! command -v bash >/dev/null; then
	skip 'modes' 'no bash here'
	done_testing
fi

# The expert is what it is measured against.
"$modes/expert" 3 prefixes >prefixes.jsonl
"$modes/expert" 3 exact <prefixes.jsonl >itself
same 'the expert: precision, recall, KLs and JS' '0.9801 1.0000 0.0000 0.0000 0.0000' \
	"$(cut -f 1-5 itself | tr '\t' ' ' | tr -d -)"
same 'its beginnings are all there are' 1.0000 "$(perl -ne '
	$sum += $1 if /"weight":([^,]*)/; END { printf "%.4f", $sum }' prefixes.jsonl)"
same 'another seed, another expert' 3 "$(for seed in 1 2 3; do
	"$modes/expert" $seed demos | cksum
done | sort -u | wc -l | tr -d ' ')"
same 'usage of the expert' 2 "$("$modes/expert" 3 no 2>/dev/null; echo $?)"
same 'usage of run' 2 "$("$modes/run" 2>/dev/null; echo $?)"

# What it adds to rollouts: its laws, and by them the ratio.
mkpolicy -q --like gpt2 --dim 8 --layers 1 --heads 1 --context 6 --vocab 6 random || exit 1
sed -i 's/"eos_token_id": 1/"eos_token_id": 6/' random/*config.json
"$modes/expert" 3 prompts | rollout -q -n 3 -l 4 --json random >rollouts
"$modes/expert" 3 score <rollouts | "$modes/expert" 3 laws | perl -ne '
	sub numbers { /"$_[0]": ?\[([^]]*)\]/ ? split /,/, $1 : () }
	my ($x, $y, @y) = numbers("tokens") or next;
	my ($score, $logp, $law) = map { [numbers($_)] } "score", "logp", "teacher_logp";
	for my $t (0 .. $#y) {
		$n++;
		$bad++ if abs($law->[6 * $t + $y[$t]] - $logp->[$t] - $score->[$t]) > 1e-4;
	}
	END { printf "%d actions, %d bad\n", $n, $bad || 0 }' >said
same 'a score is a law less the policy' 'bad: 0' "bad: $(sed 's/.*, //; s/ .*//' said)"
ok 'of many actions' test "$(sed 's/ .*//' said)" -gt 100
ok 'which are the laws of an expert' sh -c '"$0" 3 laws <rollouts |
	divgrad -q -d rkl --cached-teacher --future 1 --json random >grad' "$modes/expert"

# With the true ratio, which needs no discriminator.
SEED=1 SFT_STEPS=3000 DISC_STEPS=1 ROUNDS=200 SAMPLES=8 ROWS='sft js-true rkl-true' \
	ok 'a short run of it' "$modes/run" short
of() { # ROW COLUMN: precision, recall, KL(E,pi), KL(pi,E)
	cut -f $(($2 + 1)) "short/$1.row"
}
above() { # A TIMES B: A is the greater
	perl -e 'exit !($ARGV[0] > $ARGV[1] * $ARGV[2])' -- "$@"
}
ok 'precision: SFT below js' above "$(of js-true 1)" 1 "$(of sft 1)"
ok 'js below rkl' above "$(of rkl-true 1)" 1 "$(of js-true 1)"
ok 'recall: js below SFT' above "$(of sft 2)" 1 "$(of js-true 2)"
ok 'rkl below js' above "$(of js-true 2)" 1 "$(of rkl-true 2)"
ok 'rkl is precise' above "$(of rkl-true 1)" 1 0.9
ok 'by far more than SFT' above "$(of rkl-true 1)" 1.5 "$(of sft 1)"
ok 'KL(pi,E) is what it lowers' above "$(of sft 4)" 1.5 "$(of rkl-true 4)"
ok 'KL(E,pi) what SFT does' above "$(of rkl-true 3)" 2 "$(of sft 3)"
same 'a table of them' '4 7' "$(awk -F '\t' 'END { print NR, NF }' short/table.tsv)"
sed 's/^/# /' short/table.tsv
done_testing
