#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Policies are distilled from an expert, each by one of several divergences:
# each lowers its own divergence, and no other policy lowers it further.  The
# policies are random, and a real expert and learner if they exist (in DATA, by
# default a folder beside the project's).  Of the real pair rkl and js come so
# near to each other in rkl that rounding decides between them.
. "$(dirname "$0")/../lib.sh"
DATA=${DATA:-$ROOT/../shared/data}
chart() { awk -f "$ROOT/examples/diagonal.awk"; }

same 'the table of two policies' '| minimised | a | b | c |
| --- | --- | --- | --- |
| start | 3 | 2.5 | 0 |
| a | **1.235** | 3 | **1** |
| b | 2 | **2.25** | 2 |
| c | 1e+10 | 2.5 | 1.001 |

Lowered by minimising it: a b.  Not: c.
Lowest by minimising it: a b.  Not: c (a).' "$(printf '%s\n' 'start a 3' 'start b 2.5' 'start c 0' \
	'a a 1.23456' 'a b 3' 'a c 1' 'b a 2' 'b b 2.25' 'b c 2' 'c a 1e10' 'c b 2.5' 'c c 1.001' | chart)"

diagonal() { # DIR EXPERT LEARNER DEMONSTRATIONS
	"$ROOT/examples/diagonal" "$@" >said 2>words || { cat words && false; }
}
both() { # NAME
	same "$1: each has lowered its own" 'Lowered by minimising it: fkl rkl js.' "$(grep ^Lowered said)"
	same "$1: and none is better at it" 'Lowest by minimising it: fkl rkl js.' "$(grep ^Lowest said)"
}
beaten() { # SHARE: the runs whose own divergence another lowers by so much more
	tr -d '*|' <said | awk -v share="$1" '
		$1 == "minimised" { for (i = 2; i <= NF; i++) column[$i] = i }
		$1 in column { at[$1] = $(column[$1]); for (i = 2; i <= NF; i++)
			if (!(i in least) || $i < least[i]) least[i] = $i }
		END { for (d in at) if (at[d] * (1 - share) > least[column[d]]) print d, at[d] }'
}
export DIVERGENCES='fkl rkl js'

# A random expert that is sure of what it says, and a learner too small for it.
# Nothing generalises here: measured are the states that it is trained on.
for who in Tom Ann Bob Eve Kim; do
	for what in says sees eats wants; do
		for how in one two ten six; do
			printf '{"prompt": "%s", "response": " %s %s now."}\n' "$who" "$what" "$how"
			printf '{"prompt": "%s", "response": " %s %s then."}\n' "$who" "$what" "$how"
		done
	done
done >demos.jsonl
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from demos.jsonl --vocab 280 expert
mkpolicy -q --like llama --dim 4 --layers 1 --heads 1 --tokenizer-from expert --vocab 280 -s 2 learner
perl -e 'open my $f, "+<:raw", $ARGV[0] or die; local $/; my $x = <$f>;
	my $at = 8 + unpack "Q<", $x;
	substr($x, $at) = pack "f<*", map { 2 * $_ } unpack "f<*", substr $x, $at;
	seek $f, 0, 0; print $f $x' expert/model.safetensors
export HELD=0 BATCH=32 LR=3e-2 STEPS=50
ok 'a random expert, a smaller learner' diagonal small expert learner demos.jsonl
both 'a random expert'
cp said before
rm -r small/js* small/rkl.fkl.nats
ok 'a run makes only the missing policies' diagonal small expert learner demos.jsonl
same 'the table is as before' "$(cat before)" "$(cat said)"
divgrad -q --json -d js --teacher expert small/rkl small/all.traj >sums
same 'the table has the divergence that divgrad reports' "$(perl -ne '/"divgrad.loss":([-+.e\d]+)/ and $D = $1;
	/"units":([.\d]+)/ and $n = $1; END { printf "%.4g", $D / $n }' sums)" \
	"$(sed -n 's/^| rkl | .* | \([0-9.]*\) |$/\1/p' said)"
dies 2 "$(sed -n '3,12s/^# \{0,1\}//p' "$ROOT/examples/diagonal")" "$ROOT/examples/diagonal" small expert learner

# Children's stories, on prompts that are held out.
expert=$DATA/models/stories260K learner=$DATA/models/llama2xs-279K
stories=$DATA/demos/tinystories/prompt-response.jsonl.gz
if [ -e "$expert/model.safetensors" ] && [ -e "$learner/model.safetensors" ] && [ -e "$stories" ]; then
	export READ='--max-tokens 32 --on-error skip' HELD=40 BATCH=16 LR=1e-3 STEPS=100
	ok 'a real expert, a real learner' diagonal real "$expert" "$learner" "$stories"
	same 'a real expert: each has lowered its own' 'Lowered by minimising it: fkl rkl js.' "$(grep ^Lowered said)"
	same 'a real expert: and none is better at it by a hundredth' '' "$(beaten .01)"
else
	skip 'a real expert' "no models/stories260K, models/llama2xs-279K or stories in $DATA"
fi
done_testing
