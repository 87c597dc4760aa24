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

# The expert, measured against itself.
"$modes/expert" 3 prefixes >prefixes.jsonl
"$modes/expert" 3 exact <prefixes.jsonl >itself
same 'the expert: precision, recall, KLs and JS' '0.9801 1.0000 0.0000 0.0000 0.0000' \
	"$(cut -f 1-5 itself | tr '\t' ' ' | tr -d -)"
same 'the weights of all prefixes sum to 1' 1.0000 "$(perl -ne '
	$sum += $1 if /"weight":([^,]*)/; END { printf "%.4f", $sum }' prefixes.jsonl)"
same 'another seed, another expert' 3 "$(for seed in 1 2 3; do
	"$modes/expert" $seed demos | cksum
done | sort -u | wc -l | tr -d ' ')"
same 'usage of the expert' 2 "$("$modes/expert" 3 no 2>/dev/null; echo $?)"
same 'usage of run' 2 "$("$modes/run" 2>/dev/null; echo $?)"

# It adds its next-token distributions to rollouts, and the log-ratio by them.
mkpolicy -q --like gpt2 --dim 8 --layers 1 --heads 1 --context 6 --vocab 6 random || exit 1
sed -i 's/"eos_token_id": 1/"eos_token_id": 6/' random/*config.json
"$modes/expert" 3 prompts | rollout -q -n 3 -l 4 --json random >rollouts
"$modes/expert" 3 score <rollouts | "$modes/expert" 3 teacher | perl -ne '
	sub numbers { /"$_[0]": ?\[([^]]*)\]/ ? split /,/, $1 : () }
	my ($x, $y, @y) = numbers("tokens") or next;
	my ($score, $logp, $teacher) = map { [numbers($_)] } "score", "logp", "teacher_logp";
	for my $t (0 .. $#y) {
		$n++;
		$bad++ if abs($teacher->[6 * $t + $y[$t]] - $logp->[$t] - $score->[$t]) > 1e-4;
	}
	END { printf "%d actions, %d bad\n", $n, $bad || 0 }' >said
same 'score = log p_E - log pi of each action' 'bad: 0' "bad: $(sed 's/.*, //; s/ .*//' said)"
ok 'over a hundred actions were checked' test "$(sed 's/ .*//' said)" -gt 100
ok 'divgrad takes them as the distributions of a teacher' sh -c '"$0" 3 teacher <rollouts |
	divgrad -q -d rkl --cached-teacher --future 1 --json random >grad' "$modes/expert"

export SEED=1 SFT_STEPS=3000 DISC_STEPS=400 ROUNDS=200 SAMPLES=8
ROWS='sft js-true rkl-true js rkl anchor' ok 'modes/run: a short run' "$modes/run" short
of() { # ROW COLUMN: precision, recall, KL(E,pi), KL(pi,E)
	cut -f $(($2 + 1)) "short/$1.row"
}
above() { # A TIMES B: A is the greater
	perl -e 'exit !($ARGV[0] > $ARGV[1] * $ARGV[2])' -- "$@"
}
# With the true ratio, and with one that a discriminator learns.
for l in -true ''; do
	ok "precision$l: SFT below js" above "$(of js$l 1)" 1 "$(of sft 1)"
	ok "precision$l: js below rkl" above "$(of rkl$l 1)" 1 "$(of js$l 1)"
	ok "recall$l: js below SFT" above "$(of sft 2)" 1 "$(of js$l 2)"
	ok "recall$l: rkl below js" above "$(of js$l 2)" 1 "$(of rkl$l 2)"
	ok "rkl$l is precise" above "$(of rkl$l 1)" 1 0.85
	ok "rkl$l is half as precise again as SFT" above "$(of rkl$l 1)" 1.5 "$(of sft 1)"
	ok "rkl$l has a lower KL(pi,E) than SFT" above "$(of sft 4)" 1.5 "$(of rkl$l 4)"
	ok "SFT has a lower KL(E,pi) than rkl$l" above "$(of rkl$l 3)" 2 "$(of sft 3)"
done
ok 'rkl with an SFT objective keeps KL(E,pi) low' above 5 1 "$(of anchor 3)"
ok 'rkl with an SFT objective is precise' above "$(of anchor 1)" 1 0.8
same 'the table has a row for each policy' '7 7' "$(awk -F '\t' 'END { print NR, NF }' short/table.tsv)"
sed 's/^/# /' short/table.tsv

# A plain head, where policy and discriminator are in a hurry.
mkdir fast && cp -r short/*.traj short/sft* short/disc* fast
LR=5e-3 DISC_LR=2e-3 ROWS='sft rkl head' ok 'modes/run: large learning rates' "$modes/run" fast
of() { cut -f $(($2 + 1)) "fast/$1.row"; }
ok 'the plain head collapses: a language model beats it by .4 in precision' \
	perl -e 'exit !($ARGV[0] - $ARGV[1] > 0.4)' "$(of rkl 1)" "$(of head 1)"
ok 'the plain head loses most modes' above 0.2 1 "$(of head 2)"
ok 'the plain head is further from the expert than SFT' above "$(of head 4)" 1 "$(of sft 4)"
sed 's/^/# /' fast/table.tsv
done_testing
