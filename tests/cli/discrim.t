#!/bin/sh
# SPDX-License-Identifier: MIT
#
# discrim: what scores are, what a fit does and leaves behind, what is refused.
. "$(dirname "$0")/../lib.sh"

mkpolicy -q --like llama --dim 16 --layers 1 --vocab 40 --heads 2 p || exit 1
mkpolicy -q --like gpt2 --dim 16 --layers 2 --vocab 40 --heads 2 -s 2 lm || exit 1
mkpolicy -q --like llama --dim 16 --layers 1 --vocab 40 --heads 2 --head score -s 3 head || exit 1
mkpolicy -q --like llama --dim 16 --layers 1 --vocab 41 --heads 2 wide || exit 1

segment() { # HEADER RECORD...: a segment of the text twin
	printf '{"apprentice":{"kind":"traj","version":1%s}}\n' "$1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@"
	printf '{"end":{"count":%d,"more":false}}\n' $#
}
sevens() { # FROM TO: demonstrations that say 7
	for i in $(seq "$1" "$2"); do
		set -- "$@" "{\"id\":\"d$i\",\"group\":\"g$i\",\"role\":\"expert\",\"tokens\":[1,$i,7,7,7,2],\"actions\":[2,6]}"
	done
	shift 2
	segment '' "$@"
}
sevens 3 8 >demos
sevens 3 30 >many
segment '' '{"id":"x","tokens":[1,2,3,4,5,6],"actions":[1,3,4,6],"weight":2}' \
	'{"id":"y","tokens":[9,8,7],"actions":[2,3]}' >plain
rollout -q --json -n 2 -l 4 -o rolls p demos || exit 1

cat >lib.pl <<-'EOL'
	use strict; use warnings; use JSON::PP;
	sub lines { open my $f, '<', $_[0] or die "$_[0]: $!"; map { decode_json($_) } <$f> }
	sub records { grep { !$_->{apprentice} && !$_->{end} } lines($_[0]) }
	sub stat_of { my $h = (grep { $_->{apprentice} } lines($_[0]))[$_[2] // 0]; $h->{apprentice}{stats}{"discrim.$_[1]"} }
	sub sum { my $s = 0; $s += $_ for @_; $s }
	sub near { abs($_[0] - $_[1]) < ($_[2] // 1e-4) }
	1;
EOL
yes_if() { # NAME CODE: perl that ends with what is to hold
	same "$1" yes "$(perl -I. -e 'BEGIN { require "lib.pl" }'"print do { $2 } ? 'yes' : 'no'" 2>&1)"
}
bytes() { cat "$1"/config.json "$1"/*.safetensors | cksum; }

# --implicit: the difference of two likelihoods.
ok '--implicit' discrim -q --json --implicit -o i lm p plain
measure -q -p lm -o lm.nll plain
measure -q -p p -o p.nll plain
yes_if 'is the difference of what measure finds' '
	my ($lm, $p) = map { (lines($_))[0] } "lm.nll", "p.nll";
	my ($x, $y) = map { sum @{$_->{score}} } records("i");
	near((2 * $x + $y) / 3, $p->{nll_trajectory} - $lm->{nll_trajectory}) && abs($x) > 1e-3'
yes_if 'one for each action' 'join(" ", map { scalar @{$_->{score}} } records("i")) eq "4 1"'
yes_if 'the header says what they are' '(lines("i"))[0]{apprentice}{ratio} eq "calibrated"'
ok 'of a policy and itself' discrim -q --json --implicit -o self p p plain
yes_if 'it is 0' '!grep { $_ } map { @{$_->{score}} } records("self")'
perl -pe 's/"logp":\[(.*?)\]/"\"logp\":[" . join(",", map { $_ - 1 } split ",", $1) . "]"/e' rolls >less
discrim -q --json --implicit -o i lm p rolls
discrim -q --json --implicit -o i.less lm p less
yes_if 'whatever the record says' '
	my @x = map { @{$_->{score}} } records("i"); my @y = map { @{$_->{score}} } records("i.less");
	@x > 12 && "@x" eq "@y"'

# A language model: log p_D less the record's own log pi.
ok 'a language model' discrim -q --json -o scored lm rolls
yes_if 'on policy, log pi of the record is that of the policy' '
	my @i = records("i"); my @s = records("scored"); my $n = 0;
	for my $k (0 .. $#i) { for (0 .. $#{$i[$k]{score}}) { $n += !near($i[$k]{score}[$_], $s[$k]{score}[$_]) } }
	@i == 12 && @s == 12 && $n == 0'
discrim -q --json -o less.scored lm less
yes_if 'log pi is what the record says' '
	my @x = map { @{$_->{score}} } records("scored"); my @y = map { @{$_->{score}} } records("less.scored");
	@x == @y && !grep { !near($x[$_] + 1, $y[$_]) } 0 .. $#x'
bytes lm >before
same 'nothing else changes in a record' "$(trajcat -q --json rolls | grep '^{"id\|"tokens"')" \
	"$(grep '"tokens"' scored | sed 's/,"score":\[[^]]*\]//')"
same 'and nothing in DISC' "$(cat before)" "$(bytes lm)"
yes_if 'without a fit there are no stats' '!grep { /^discrim/ } keys %{(lines("scored"))[0]{apprentice}{stats}}'
sed 's/"role":"policy",/&"score":[5],/; s/,"score":\[\]//' rolls >again
discrim -q --json -o twice lm again
same 'a score is replaced' "$(perl -I. -e 'require "lib.pl"; print map { "@{$_->{score}}\n" } records("scored")')" \
	"$(perl -I. -e 'require "lib.pl"; print map { "@{$_->{score}}\n" } records("twice")')"
ok '--level trajectory' discrim -q --json --level trajectory -o whole lm rolls
yes_if 'is the sum over actions' '
	my @x = records("scored"); my @y = records("whole");
	!grep { @{$y[$_]{score}} != 1 || !near(sum(@{$x[$_]{score}}), $y[$_]{score}[0]) } 0 .. $#x'

# A head: its outputs, or the last of them; log pi is not asked for.
ok 'a head' discrim -q --json -o h head plain
ok '--level trajectory' discrim -q --json --level trajectory -o hw head plain
yes_if 'is its last output' '
	my @x = records("h"); my @y = records("hw");
	@{$x[0]{score}} == 4 && !grep { @{$y[$_]{score}} != 1 || $x[$_]{score}[-1] != $y[$_]{score}[0] } 0 .. 1'

# A fit.
cp -R lm a && cp -R lm b && cp -R lm c && cp -R lm d
trajcat -q --repeat 4 --batch 12 rolls >rounds
fit='-e many -p p --lr 0.02 --steps 3'
# shellcheck disable=SC2086
ok 'four rounds' discrim -q --json $fit -o fitted a rounds
yes_if 'it learns to tell them apart' '
	my @e = map { stat_of("fitted", "acc_expert", $_) } 0 .. 3; my @p = map { stat_of("fitted", "acc_policy", $_) } 0 .. 3;
	my @l = map { stat_of("fitted", "loss", $_) } 0 .. 3;
	$e[3] + $p[3] > 1.9 && $e[3] + $p[3] > $e[0] + $p[0] && $l[3] < 0.5 * $l[0]'
yes_if 'the last scores tell the sides apart too' '!grep { sum(@{$_->{score}}) >= 0 } (records("fitted"))[-12 .. -1]'
same 'each round is a step of DISC' a/optimizer-4.safetensors "$(find a -name 'optimizer*')"
same 'nothing is left beside it' "$(cd lm && find . | sort)" "$(cd a && find . ! -name 'optimizer-4*' | sort)"
same 'a round passes on what came' 48 "$(grep -c '"score"' fitted)"
# shellcheck disable=SC2086
discrim -q --json $fit -o fitted.b b rounds
bare() { grep -v '^{"apprentice"' "$1"; }
same 'the same again: scores' "$(bare fitted)" "$(bare fitted.b)"
ok 'and weights' cmp a/model.safetensors b/model.safetensors
# shellcheck disable=SC2086
discrim -q --json $fit -s 2 -o fitted.c c rounds
cmp -s a/model.safetensors c/model.safetensors
same 'another seed draws others' 1 $?
trajcat -q --head 24 rounds | trajcat -q --batch 12 >first
trajcat -q --skip 24 rounds | trajcat -q --batch 12 >second
# shellcheck disable=SC2086
discrim -q --json $fit -o out d first
# shellcheck disable=SC2086
discrim -q --json $fit -o out d second
ok 'two halves make a whole' cmp a/model.safetensors d/model.safetensors
cp -R lm still
# shellcheck disable=SC2086
discrim -q --json $fit --lr 0 -o out still rounds
yes_if 'stats are of before the fit' 'my ($x, $y) = map { stat_of($_, "loss", 0) } "out", "fitted"; $x == $y && $x > 0.1'
yes_if 'and again, without one' 'stat_of("out", "acc_expert", 3) + stat_of("out", "acc_policy", 3) < 1.9'

# --until-accuracy, --with-demos.
cp -R lm e
ok '--until-accuracy' discrim -q --json -e many -p p --lr 0.05 --steps 500 --until-accuracy 0.9 -o out e rounds
yes_if 'stops, and is held' 'stat_of("out", "acc_expert", 3) + stat_of("out", "acc_policy", 3) >= 1.8'
cp -R lm f
ok '--with-demos' discrim -q --json -e demos -p p --lr 0.02 --with-demos -o joined f rolls
yes_if 'as many as rollouts, or all that there are, scored' '
	my @r = records("joined"); my @e = grep { $_->{role} eq "expert" } @r;
	@r == 18 && @e == 6 && !grep { @{$_->{score}} != 4 } @e'
ok 'which divgrad takes' divgrad -q -d js --estimator both -o grad p joined

# Other losses say other things of l; a reward model from pairs.
for n in 1 2 3; do
	printf '{"id":"c%d","group":"g%d","role":"chosen","tokens":[1,%d,7,7],"actions":[2,4]}\n' $n $n $n
	printf '{"id":"r%d","group":"g%d","role":"rejected","tokens":[1,%d,8,9,8],"actions":[2,5]}\n' $n $n $n
done >pairs.rec
{
	segment '' | head -n 1
	cat pairs.rec
	echo '{"end":{"count":6,"more":false}}'
} >pairs
trajcat -q --repeat 8 --batch 6 pairs >rounds.pairs
cp -R head rm
ok '--fit --loss bt' discrim -q --json --fit --loss bt --level trajectory --lr 0.02 -o rewards rm rounds.pairs
yes_if 'puts pairs in order' 'my ($a, $p, $l, $m) = (stat_of("rewards", "acc_expert", 7), stat_of("rewards", "acc_policy", 7),
	stat_of("rewards", "loss"), stat_of("rewards", "loss", 7));
	$a == 1 && $p == 1 && $m < $l'
yes_if 'by their scores' 'my @r = (records("rewards"))[-6 .. -1];
	!grep { $r[2 * $_]{score}[0] <= $r[2 * $_ + 1]{score}[0] } 0 .. 2'
yes_if 'which are known up to their prompt' '(lines("rewards"))[0]{apprentice}{ratio} eq "prompt"'
cp -R head hinge
discrim -q --json --loss hinge --fit -o out hinge pairs
yes_if 'a hinge gives the sign' '(lines("out"))[0]{apprentice}{ratio} eq "sign"'
for loss in brier nwj lsif js fkl skl:0.3; do
	cp -R lm "l.$loss"
	ok "--loss $loss" discrim -q -e demos -p p --lr 0.001 --loss "$loss" -o out "l.$loss" rolls
done

# Segments, and failures half way.
segment '' >empty
cat empty rolls empty >several
ok 'empty segments' discrim -q --json -o out lm several
same 'are passed on' 3 "$(grep -c '^{"end"' out)"
dies 1 'discrim: no trajectories' discrim -q --json -o none lm empty
cp -R lm g
sed 's/"logp"/"was"/' rolls >bare
trajcat -q --json rolls bare >broken
discrim -q --json -e demos -o none g broken 2>err
same 'what fails with the first segment' 1 $?
same 'has not touched DISC' "$(cat before)" "$(bytes g)"
{
	cat rolls
	head -n 4 rolls
} >half
discrim -q --json -e demos -p p -o none g half 2>err
same 'what fails with the second' 1 $?
same 'has made one whole step' g/optimizer-1.safetensors "$(find g -name 'optimizer*')"
ok 'that goes on' discrim -q --json -e demos -p p -o out g rolls

# Refusals: nothing is written.
bytes g >before
refuses() { # WORDS OPTIONS...
	words=$1
	shift
	dies 1 "discrim: $words" discrim -q --json -o none "$@"
}
refuses 'record 1 ("x"): no log-probability under the policy: name it with -p POLICY' g plain
refuses 'g and wide: vocabularies of 40 and 41' -p wide g rolls
refuses 'g and wide: vocabularies of 40 and 41' --implicit g wide rolls
sed '2s/"tokens":\[1/"tokens":[40/' rolls >beyond
refuses 'record 1 ("d3#0"): field "tokens": token 40 is outside a vocabulary of 40' g beyond
sevens 40 40 >far
refuses 'record 1 ("d40"): field "tokens": token 40 is outside a vocabulary of 40' -e far -p p g rolls
refuses 'empty: no demonstrations' -e empty -p p g rolls
refuses 'nowhere: No such file or directory' -e nowhere -p p g rolls
refuses 'no group has both a chosen and a rejected trajectory' --fit --loss bt -p p g demos
same 'DISC is as it was' "$(cat before)" "$(bytes g)"
[ ! -e none ]
tap $? 'no file was made by any of them'
dies 2 'discrim: names no discriminator' discrim
dies 2 'discrim: --implicit wants two policies, A B' discrim --implicit lm
dies 2 'discrim: --implicit fits nothing: no -e, --fit or -p' discrim --implicit -e demos lm p rolls
dies 2 'discrim: --with-demos wants demonstrations: -e FILE' discrim --with-demos lm rolls
dies 2 'discrim: --loss bt is of pairs: --fit, without -e' discrim --loss bt -e demos lm rolls
for wrong in '--loss x' '--loss tv' '--loss jsd' '--level prefix' '--smooth 0.5' '--until-accuracy 2' '--lr -1' '--steps x' '--micro 0'; do
	# shellcheck disable=SC2086
	discrim $wrong lm rolls >out 2>err
	same "$wrong is wrong usage" '2 0' "$? $(wc -c <out)"
done
done_testing
