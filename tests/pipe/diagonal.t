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
if ! command -v bash >/dev/null; then
	skip 'diagonal' 'no bash here'
	done_testing
fi

diagonal() { # DIR EXPERT LEARNER DEMONSTRATIONS VARIABLE=VALUE ...
	out=$PWD/$1 expert=$2 learner=$3 from=$4
	shift 4
	make -s -C "$ROOT/examples/diagonal" OUT="$out" EXPERT="$expert" LEARNER="$learner" FROM="$from" \
		DIVERGENCES='fkl rkl js' SEEDS=1 FLOOR=.1 LORA= "$@" >said 2>&1 || { cat said && false; }
}
best() { # TABLE [SHARE]: divergences that their own run lowers below the start, and which
	# no other lowers further, by more than SHARE
	awk -F '\t' -v share="${2:-0}" '
		$1 == "start" { start[$2] = $4 }
		$1 == $2 { own[$2] = $4 }
		$1 != "start" && (!($2 in least) || $4 < least[$2]) { least[$2] = $4 }
		END { for (d in own) if (own[d] < start[d]) print d, (own[d] * (1 - share) <= least[d] ? "best" : "lowered") }' "$1" |
		sort | xargs
}
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
random() {
	diagonal small "$PWD/expert" "$PWD/learner" "$PWD/demos.jsonl" READ= HELD=0 BATCH=32 RATE=3e-2 STEPS=50 WARMUP=5
}
ok 'a random expert, a smaller learner' random
same 'each has lowered its own, and none is better at it' 'fkl best js best rkl best' "$(best small/table.tsv)"
ok 'the report says how the first stands to the start' \
	grep -q '^<h1>fkl is best in fkl: .* of start, the control' small/report.html
random
same 'a second make does nothing' '' "$(cat said)"
cp small/table.tsv before
rm -r small/js* small/rkl/1.tsv
ok 'make again' random
ok 'the table is as before' cmp before small/table.tsv
divgrad -q --json -d js --teacher expert small/rkl/1/policy small/material/all.traj >sums
same 'the table has the divergence that divgrad reports' "$(perl -ne '/"divgrad.loss":([-+.e\d]+)/ and $D = $1;
	/"units":([.\d]+)/ and $n = $1; END { printf "%.4g", $D / $n }' sums)" \
	"$(awk -F '\t' '$1 == "rkl" && $2 == "js" { printf "%.4g", $4 }' small/table.tsv)"
diagonal small '' "$PWD/learner" "$PWD/demos.jsonl" >/dev/null
same 'without an expert it says what it needs' 1 \
	"$(grep -c 'set EXPERT and LEARNER to policies, and FROM to a file of demonstrations' said)"
for script in material figures; do
	same "usage of $script" 2 "$("$ROOT/examples/diagonal/$script" 2>/dev/null; echo $?)"
done

# Children's stories, on prompts that are held out.
expert=$DATA/models/stories260K learner=$DATA/models/llama2xs-279K
stories=$DATA/demos/tinystories/prompt-response.jsonl.gz
if [ -e "$expert/model.safetensors" ] && [ -e "$learner/model.safetensors" ] && [ -e "$stories" ]; then
	ok 'a real expert, a real learner' diagonal real "$expert" "$learner" "$stories" \
		READ='--max-tokens 32 --on-error skip' HELD=40 BATCH=16 RATE=1e-3 STEPS=100 WARMUP=10
	same 'a real expert: each has lowered its own, and none is better at it by a hundredth' \
		'fkl best js best rkl best' "$(best real/table.tsv .01)"
else
	skip 'a real expert' "no models/stories260K, models/llama2xs-279K or stories in $DATA"
fi
done_testing
