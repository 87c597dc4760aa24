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
figure() { # NAME FILE: of lines NAME<TAB>NUMBER
	awk -v name="$1" '$1 == name { print $2 }' "$2"
}

# The expert, measured against itself.
"$modes/expert" 3 prefixes >prefixes.jsonl
"$modes/expert" 3 exact <prefixes.jsonl >itself
same 'the expert: precision, recall, KLs and JS' 'precision 0.9801 recall 1.0000 fkl 0.0000 rkl 0.0000 js 0.0000' \
	"$(awk 'NR < 6 { printf "%s %.4f\n", $1, $2 }' itself | xargs | tr -d -)"
same 'the weights of all prefixes sum to 1' 1.0000 "$(perl -ne '
	$sum += $1 if /"weight":([^,]*)/; END { printf "%.4f", $sum }' prefixes.jsonl)"
same 'another seed, another expert' 3 "$(for seed in 1 2 3; do
	"$modes/expert" $seed demos | cksum
done | sort -u | wc -l | tr -d ' ')"
same 'usage of the expert' 2 "$("$modes/expert" 3 no 2>/dev/null; echo $?)"
for script in material train figures; do
	same "usage of $script" 2 "$("$modes/$script" 2>/dev/null; echo $?)"
done
same 'train: usage of an unknown method' 2 "$("$modes/train" 3 . --from x --steps 1 --lr 1 nosuch fkl run 2>/dev/null; echo $?)"

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

grid() { # ARMS VARIABLE=VALUE ...
	arms=$1
	shift
	make -s -C "$modes" OUT="$PWD/short" SEEDS=1 ROUNDS=200 SAMPLES=8 ARMS="$arms" "$@"
}
ok 'modes: a short grid' grid 'sft js-true rkl-true js rkl anchor'
of() { # ARM FIGURE
	figure "$2" "short/$1/1.tsv"
}
above() { # A TIMES B: A is the greater
	perl -e 'exit !($ARGV[0] > $ARGV[1] * $ARGV[2])' -- "$@"
}
# With the true ratio, and with one that a discriminator learns.
for l in -true ''; do
	ok "precision$l: SFT below js" above "$(of js$l precision)" 1 "$(of sft precision)"
	ok "precision$l: js below rkl" above "$(of rkl$l precision)" 1 "$(of js$l precision)"
	ok "recall$l: js below SFT" above "$(of sft recall)" 1 "$(of js$l recall)"
	ok "recall$l: rkl below js" above "$(of js$l recall)" 1 "$(of rkl$l recall)"
	ok "rkl$l is precise" above "$(of rkl$l precision)" 1 0.85
	ok "rkl$l is half as precise again as SFT" above "$(of rkl$l precision)" 1.5 "$(of sft precision)"
	ok "rkl$l has a lower KL(pi,E) than SFT" above "$(of sft rkl)" 1.5 "$(of rkl$l rkl)"
	ok "SFT has a lower KL(E,pi) than rkl$l" above "$(of rkl$l fkl)" 2 "$(of sft fkl)"
done
ok 'rkl with an SFT objective keeps KL(E,pi) low' above 5 1 "$(of anchor fkl)"
ok 'rkl with an SFT objective is precise' above "$(of anchor precision)" 1 0.8
same 'the table has a row for each policy' 6 "$(sed '/^$/,$d' short/table.md | grep -vc '^| \(mean\|---\)')"
ok 'the report begins with precision' grep -q '^<h1>rkl[-true]* is best in precision: .* of sft, the control, ' short/report.html
ok 'it has the curves of each arm' grep -q '<h3>Loss' short/report.html
same 'a second make does nothing' '' "$(grid 'sft js-true rkl-true js rkl anchor')"
sed 's/^/# /' short/table.md

# A plain head, where policy and discriminator are in a hurry.
ok 'modes: large learning rates' grid 'sft rkl head' LR=5e-3 DISC_LR=2e-3
ok 'the plain head collapses: a language model beats it by .4 in precision' \
	perl -e 'exit !($ARGV[0] - $ARGV[1] > 0.4)' "$(of rkl precision)" "$(of head precision)"
ok 'the plain head loses most modes' above 0.2 1 "$(of head recall)"
ok 'the plain head is further from the expert than SFT' above "$(of head rkl)" 1 "$(of sft rkl)"
sed 's/^/# /' short/table.md
done_testing
