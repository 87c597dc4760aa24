#!/bin/sh
# SPDX-License-Identifier: MIT
#
# discrim --match: features are compared, rewards written, and what does not
# fit is refused.
. "$(dirname "$0")/../lib.sh"

mkpolicy -q --like llama --dim 16 --layers 4 --vocab 40 --heads 2 p || exit 1
mkpolicy -q --like gpt2 --dim 8 --layers 1 --vocab 40 --heads 2 --head score -s 2 head || exit 1
HEAD='{"apprentice":{"kind":"traj","version":1}}'

segment() { # HEADER ID:GROUP:ROLE:TOKENS...: the first two tokens are given
	echo "$1"
	shift
	for r; do
		echo "$r" | awk -F : '{ n = split($4, t, ",")
			printf "{\"id\":\"%s\",\"group\":\"%s\",\"role\":\"%s\",\"tokens\":[%s],\"actions\":[2,%d]}\n", $1, $2, $3, $4, n }'
	done
	echo "{\"end\":{\"count\":$#,\"more\":false}}"
}
segment "$HEAD" d:g:expert:1,2,7,8,9 e:h:expert:1,3,7,7,7 f:h:expert:1,3,7,7,8 >demos
segment "$HEAD" a:g:policy:1,2,7,8,9 b:h:policy:1,3,9,9 c:g:policy:1,2,11,12,13 \
	i:h:policy:1,3,7,7,7 j:h:policy:1,3,5 k:g:policy:1,2,20,21,22 >rolls

match() { # OPTION...: scores by id, of the segments in rolls
	discrim -q --json --match -e demos "$@" p rolls | perl -ne '
		printf "%s %.5f\n", $1, $2 if /"id":"(\w+)".*"score":\[([^],]*)\]/'
}
score() { # ID OPTION...
	id=$1
	shift
	match "$@" | sed -n "s/^$id //p"
}
is() { # NAME PERL WORD...: whether an expression of the words, in @ARGV, holds
	name=$1 code=$2
	shift 2
	ok "$name ($*)" perl -e "exit !($code)" -- "$@"
}
same 'each rollout gets one score' 'a b c i j k' "$(match | sort | cut -d ' ' -f 1 | paste -sd ' ' -)"
same 'scores are rewards' '"ratio":"reward"' "$(discrim -q --json --match -e demos p rolls | grep -o '"ratio":"[a-z]*"')"
same 'nothing else changes in a record' "$(grep '"id"' rolls)" \
	"$(discrim -q --json --match -e demos p rolls | grep '"id"' | sed 's/,"score":\[[^]]*\]//')"
for k in dot energy whitened; do
	is "--kernel $k: the demonstration itself is worth most" '$ARGV[0] > $ARGV[1] && $ARGV[0] > $ARGV[2]' \
		"$(score a --kernel $k)" "$(score c --kernel $k)" "$(score k --kernel $k)"
done
same '--kernel energy --diversity 0: the demonstration itself gets 0' 0.00000 "$(score a --kernel energy --diversity 0 | tr -d -)"
same '--kernel dot --diversity 0: it gets twice the number of layers' 6.00000 "$(score a --kernel dot --diversity 0)"
same '--layers .5: of one layer' 2.00000 "$(score a --kernel dot --diversity 0 --layers .5)"
same '--layers: a layer counts once' "$(match --layers .25,.5)" "$(match --layers 0,.5,.26,.25)"
is '--layers .5 and 1 differ' '$ARGV[0] != $ARGV[1]' "$(score c --kernel dot --layers .5)" "$(score c --kernel dot --layers 1)"
is 'demonstrations of one prompt are averaged' 'abs($ARGV[0] - ($ARGV[1] + $ARGV[2]) / 2) < 1e-4' \
	"$(score j --kernel dot --diversity 0)" \
	"$(grep -v '"f"' demos | sed 's/"count":3/"count":2/' >one; discrim -q --json --match -e one --kernel dot --diversity 0 p rolls |
		sed -n 's/.*"id":"j".*"score":\[\(.*\)\].*/\1/p')" \
	"$(grep -v '"e"' demos | sed 's/"count":3/"count":2/' >one; discrim -q --json --match -e one --kernel dot --diversity 0 p rolls |
		sed -n 's/.*"id":"j".*"score":\[\(.*\)\].*/\1/p')"
same '--diversity is the default of 1' "$(match)" "$(match --diversity 1)"
is '--diversity is a weight' 'abs($ARGV[2] + $ARGV[0] - 2 * $ARGV[1]) < 1e-4 && $ARGV[0] != $ARGV[1]' \
	"$(score k --kernel dot --diversity 0)" "$(score k --kernel dot)" "$(score k --kernel dot --diversity 2)"
same 'the kernel is whitened unless another is named' "$(match --kernel whitened)" "$(match)"
all=$(match)
same 'a small --micro changes nothing' "$all" "$(match --micro 5)"
same 'nor does the number of threads' "$all" "$(match -j 1)"
(head -n 1 rolls && grep '"id"' rolls | sort -r && tail -n 1 rolls) >backwards
same 'nor the order of records' "$(echo "$all" | sort)" "$(discrim -q --json --match -e demos p backwards | perl -ne '
	printf "%s %.5f\n", $1, $2 if /"id":"(\w+)".*"score":\[([^],]*)\]/' | sort)"
distance() { # OPTION...
	discrim -q --json --match -e demos "$@" p rolls | sed -n 's/.*"discrim.distance":\([-0-9.e]*\).*/\1/p'
}
for k in dot energy; do
	is "--kernel $k: the header has the distance" '$ARGV[0] > 0.01' "$(distance --kernel $k)"
	segment "$HEAD" a:g:policy:1,2,7,8,9 b:g:policy:1,2,7,8,9 c:g:policy:1,2,7,8,9 >equal
	is "--kernel $k: it is 0 where all are the demonstration" 'abs($ARGV[0]) < 1e-5' \
		"$(discrim -q --json --match -e demos --kernel $k p equal | sed -n 's/.*"discrim.distance":\([-0-9.e]*\).*/\1/p')"
done
ok 'a classifier has features too' sh -c 'discrim -q --match -e demos head rolls >out'
(cat rolls && segment "$HEAD" && cat rolls) >several
same 'each segment is scored, and an empty one passed' 6-0-6 "$(discrim -q --json --match -e demos p several | perl -ne '
	$n++ if /"score"/; print $n + 0, eof() ? "" : "-" and $n = 0 if /^\{"end"/')"
same 'divgrad takes them as rewards' '"trajectory"' "$(discrim -q --match -e demos p rolls | divgrad -q -d reward p |
	gradcat --json | head -n 1 | grep -o '"unit":"[a-z]*"' | cut -d : -f 2)"
ok 'no file of the policy changes' sh -c 'cp -R p q && discrim -q --match -e demos p rolls >out && diff -r p q'

# Refused.
segment "$HEAD" a:g:policy:1,2,7 b:g:policy:1,2,8 >pair
dies 1 'discrim: pair: segment 1, record 1 ("a"): 2 rollouts of group "g", but diversity needs 3' discrim -q --match -e demos p pair
ok 'without diversity, two are enough' sh -c 'discrim -q --match -e demos --diversity 0 p pair >out'
segment "$HEAD" a:x:policy:1,2,7 b:x:policy:1,2,8 c:x:policy:1,2,9 >strange
dies 1 'discrim: strange: segment 1, record 1 ("a"): no demonstration of group "x" to match' discrim -q --match -e demos p strange
sed 's/"policy"/"expert"/' rolls >experts
dies 1 'discrim: experts: segment 1, record 1 ("a"): role expert, but only rollouts are scored' discrim -q --match -e demos p experts
sed '2s/,7,8,9\]/]/; 2s/\[2,5\]/[]/' rolls >silent
dies 1 'discrim: silent: segment 1, record 1 ("a"): no actions, so there is no last one' discrim -q --match -e demos p silent
sed '2s/,9\]/,40]/' rolls >beyond
dies 1 'discrim: beyond: segment 1, record 1 ("a"): field "tokens": token 40 is outside a vocabulary of 40' discrim -q --match -e demos p beyond
dies 2 'discrim: --match has no effect without -e' discrim --match p rolls
for o in --lr=1 --steps=2 --replay=1 --fit --with-demos --plan --recompute -pp --shape=lm --level=token --loss=brier -s2 --export-topk=3; do
	ok "--match does not go with $o" sh -c 'discrim --match -e demos "$1" p rolls 2>words; [ $? -eq 2 ] && grep -q "does not go with" words' - "$o"
done
for o in --layers=.5 --kernel=dot --diversity=0; do
	dies 2 "discrim: ${o%=*} has no effect without --match" discrim -e demos $o p rolls
done
for o in --layers=2 --layers=-1 --layers= "--layers=.5," "--layers=,.5" --layers=x --layers=nan --kernel=cubic --diversity=-1 \
	--layers=.1,.1,.1,.1,.1,.1,.1,.1,.1,.1,.1,.1,.1,.1,.1,.1,.1 --layers=.0000000000000000000000000001; do
	ok "$o is refused" sh -c 'discrim --match -e demos "$1" p rolls 2>words; [ $? -eq 2 ]' - "$o"
done
done_testing
