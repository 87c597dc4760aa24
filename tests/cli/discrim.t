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
yes_if '--implicit: the score is the difference of the likelihoods that measure finds' '
	my ($lm, $p) = map { (lines($_))[0] } "lm.nll", "p.nll";
	my ($x, $y) = map { sum @{$_->{score}} } records("i");
	near((2 * $x + $y) / 3, $p->{nll_trajectory} - $lm->{nll_trajectory}) && abs($x) > 1e-3'
yes_if '--implicit: one score for each action' 'join(" ", map { scalar @{$_->{score}} } records("i")) eq "4 1"'
yes_if '--implicit: the header says that scores are calibrated' '(lines("i"))[0]{apprentice}{ratio} eq "calibrated"'
ok '--implicit of a policy and itself' discrim -q --json --implicit -o self p p plain
yes_if '--implicit of a policy and itself: every score is 0' '!grep { $_ } map { @{$_->{score}} } records("self")'
perl -pe 's/"logp":\[(.*?)\]/"\"logp\":[" . join(",", map { $_ - 1 } split ",", $1) . "]"/e' rolls >less
discrim -q --json --implicit -o i lm p rolls
discrim -q --json --implicit -o i.less lm p less
yes_if '--implicit: the logp of the records is not used' '
	my @x = map { @{$_->{score}} } records("i"); my @y = map { @{$_->{score}} } records("i.less");
	@x > 12 && "@x" eq "@y"'

segment '' '{"id":"x","tokens":[1,2],"actions":[]}' '{"id":"y","tokens":[3,4],"actions":[1,2],"logp":[-1]}' >actless
ok 'a trajectory without actions' discrim -q --json -o scored.actless lm actless
yes_if 'a trajectory without actions has no scores' 'join(" ", map { scalar @{$_->{score} // []} } records("scored.actless")) eq "0 1"'

# Several language models: the mean of their probabilities, over whole trajectories.
mkpolicy -q --like qwen3 --dim 16 --layers 1 --vocab 40 --heads 2 -s 9 third || exit 1
for m in lm p third; do discrim -q --json --implicit -o "of.$m" $m p rolls; done
ok '--member' discrim -q --json -p p --member p --member third -o mixed lm rolls
discrim -q --json -p p --level trajectory --member p --member third -o mixed.whole lm rolls
yes_if '--member: l is the log of the mean ratio' '
	my @of = map { my $m = $_; [map { sum @{$_->{score}} } records("of.$m")] } qw(lm p third);
	my @l = map { sum @{$_->{score}} } records("mixed"); my @whole = map { $_->{score}[0] } records("mixed.whole");
	my @want = map { my $i = $_; log(sum(map { exp $_->[$i] } @of) / 3) } 0 .. $#l;
	@l == 12 && @whole == 12 && (grep { abs($_) > 0.01 } @want) && !grep { !near($l[$_], $want[$_]) || !near($whole[$_], $want[$_]) } 0 .. $#l'
yes_if '--member: actions take what models expect of them by what came before' '
	my @of = map { [records("of.$_")] } qw(lm p third); my $bad = 0; my @x = records("mixed");
	for my $i (0 .. $#x) { my $before = 0; my @sum = (0) x 3;
		for my $j (0 .. $#{$x[$i]{score}}) { $sum[$_] += $of[$_][$i]{score}[$j] for 0 .. 2;
			my $now = log(sum(map { exp } @sum) / 3); $bad++ if !near($x[$i]{score}[$j], $now - $before); $before = $now } }
	!$bad'
discrim -q --json -p p --member p --member third --micro 3 -j 3 -o again lm rolls
yes_if '--member: micro-batches change nothing but rounding' '
	my @x = map { @{$_->{score}} } records("mixed"); my @y = map { @{$_->{score}} } records("again");
	@x == @y && !grep { !near($x[$_], $y[$_]) } 0 .. $#x'
rollout -q -l 6 --member third p demos >drawn
dies 1 'discrim: <stdin>: segment 1, record 1 ("d3#0"): no log-probability under the policy' discrim -q lm <drawn
ok 'an ensemble is compared with the policy of -p' discrim -q --json -p p -o alone lm drawn
trajcat -q --as policy --json drawn | sed 's/"logp":[^]]*\],//; s/"member":{[^}]*},//' | discrim -q --json -p p -o without lm
same 'whose logp are taken, not those of the members' "$(grep -o '"score":[^]]*' without)" "$(grep -o '"score":[^]]*' alone)"
ok '--member of --implicit' discrim -q --json --implicit --member p --member third -o again lm p rolls
yes_if '--member of --implicit: a member of A' '
	my @x = map { @{$_->{score}} } records("mixed"); my @y = map { @{$_->{score}} } records("again");
	@x == @y && !grep { !near($x[$_], $y[$_]) } 0 .. $#x'
dies 2 'discrim: --member does not go with -e' discrim -e demos -p p --member third lm rolls
dies 2 'discrim: --member does not go with --fit' discrim --fit --member third lm rolls
dies 2 'discrim: --lr has no effect without -e or --fit' discrim -p p --lr 1e-3 --member third lm rolls
dies 2 'discrim: --member does not go with --export-topk' discrim --export-topk 3 --member third lm rolls
dies 1 'discrim: head: a classifier with a scalar head, expected shape lm' discrim -p p --member third head rolls
dies 1 'discrim: head: a classifier with a scalar head, which has no next-token distribution' discrim -p p --member head lm rolls
dies 1 'discrim: wide and lm: vocabularies of 41 and 40, expected one' discrim -p p --member wide lm rolls
dies 1 'discrim: none: No such file or directory' discrim -p p --member none lm rolls

# A language model: log p_D less the record's own log pi.
ok 'scores by a language model' discrim -q --json -o scored lm rolls
yes_if 'lm: on policy, scores are those of --implicit' '
	my @i = records("i"); my @s = records("scored"); my $n = 0;
	for my $k (0 .. $#i) { for (0 .. $#{$i[$k]{score}}) { $n += !near($i[$k]{score}[$_], $s[$k]{score}[$_]) } }
	@i == 12 && @s == 12 && $n == 0'
discrim -q --json -o less.scored lm less
yes_if 'lm: log pi is the logp of the record' '
	my @x = map { @{$_->{score}} } records("scored"); my @y = map { @{$_->{score}} } records("less.scored");
	@x == @y && !grep { !near($x[$_] + 1, $y[$_]) } 0 .. $#x'
bytes lm >before
same 'lm: nothing but the score changes in a record' "$(trajcat -q --json rolls | grep '^{"id\|"tokens"')" \
	"$(grep '"tokens"' scored | sed 's/,"score":\[[^]]*\]//')"
same 'lm: scoring changes no file of DISC' "$(cat before)" "$(bytes lm)"
yes_if 'without a fit the header gets no stats' '!grep { /^discrim/ } keys %{(lines("scored"))[0]{apprentice}{stats}}'
sed 's/"role":"policy",/&"score":[5],/; s/,"score":\[\]//' rolls >again
discrim -q --json -o twice lm again
same 'a score that is there is replaced' "$(perl -I. -e 'require "lib.pl"; print map { "@{$_->{score}}\n" } records("scored")')" \
	"$(perl -I. -e 'require "lib.pl"; print map { "@{$_->{score}}\n" } records("twice")')"
ok 'lm: --level trajectory' discrim -q --json --level trajectory -o whole lm rolls
yes_if 'lm: --level trajectory gives the sum over actions' '
	my @x = records("scored"); my @y = records("whole");
	!grep { @{$y[$_]{score}} != 1 || !near(sum(@{$x[$_]{score}}), $y[$_]{score}[0]) } 0 .. $#x'

# A head: its outputs, or the last of them; log pi is not asked for.
ok 'scores by a head, without log pi' discrim -q --json -o h head plain
ok 'head: --level trajectory' discrim -q --json --level trajectory -o hw head plain
yes_if 'head: --level trajectory gives its last output' '
	my @x = records("h"); my @y = records("hw");
	@{$x[0]{score}} == 4 && !grep { @{$y[$_]{score}} != 1 || !near($x[$_]{score}[-1], $y[$_]{score}[0], 1e-6) } 0 .. 1'

ok '--shape head of a head' discrim -q --json --shape head -o out head plain
same '--shape head of a head changes no score' "$(grep '^{"id' h)" "$(grep '^{"id' out)"

# A head with an offset: f + log p_base - log pi.
discrim -q --json --implicit -o o.d lm p plain
for level in token trajectory; do
	discrim -q --json --level $level -o o.f head plain
	ok "--shape offset, $level" discrim -q --json --shape offset --base lm -p p --level $level -o o head plain
	yes_if '--shape offset: the score is the head plus the log-ratio of base and policy' '
		my ($f, $d, $o) = map { [ records($_) ] } "o.f", "o.d", "o"; my $n = @{$o->[0]{score}};
		$n == ('$level' eq "token" ? 4 : 1) && !grep { !near(sum(@{$f->[$_]{score}}) + sum(@{$d->[$_]{score}}), sum(@{$o->[$_]{score}})) ||
			$n > 1 && !near($f->[$_]{score}[0] + $d->[$_]{score}[0], $o->[$_]{score}[0]) } 0, 1'
done
discrim -q --json --shape offset --base lm -o o head less
discrim -q --json --shape offset --base lm -o o.f head rolls
yes_if '--shape offset: log pi is the logp of the record' '
	my @x = map { @{$_->{score}} } records("o.f"); my @y = map { @{$_->{score}} } records("o");
	@x == @y && !grep { !near($x[$_] + 1, $y[$_]) } 0 .. $#x'

# A fit.
cp -R lm a && cp -R lm b && cp -R lm c && cp -R lm d
trajcat -q --repeat 4 --batch 12 rolls >rounds
fit='-e many -p p --lr 0.02 --steps 3'
# shellcheck disable=SC2086
ok 'a fit in four rounds' discrim -q --json $fit -o fitted a rounds
yes_if 'a fit: accuracies rise and the loss falls' '
	my @e = map { stat_of("fitted", "acc_expert", $_) } 0 .. 3; my @p = map { stat_of("fitted", "acc_policy", $_) } 0 .. 3;
	my @l = map { stat_of("fitted", "loss", $_) } 0 .. 3;
	$e[3] + $p[3] > 1.9 && $e[3] + $p[3] > $e[0] + $p[0] && $l[3] < 0.5 * $l[0]'
yes_if 'a fit: the last scores tell the sides apart' '!grep { sum(@{$_->{score}}) >= 0 } (records("fitted"))[-12 .. -1]'
same 'a fit: each round is a step of DISC' a/optimizer-4.safetensors "$(find a -name 'optimizer*')"
same 'a fit: no other file is left in DISC' "$(cd lm && find . | sort)" "$(cd a && find . ! -name 'optimizer-4*' | sort)"
same 'a fit: every rollout is written, scored' 48 "$(grep -c '"score"' fitted)"
# shellcheck disable=SC2086
discrim -q --json $fit -o fitted.b b rounds
bare() { grep -v '^{"apprentice"' "$1"; }
same 'the same fit again gives the same scores' "$(bare fitted)" "$(bare fitted.b)"
ok 'the same fit again gives the same weights' cmp a/model.safetensors b/model.safetensors
# shellcheck disable=SC2086
discrim -q --json $fit -s 2 -o fitted.c c rounds
cmp -s a/model.safetensors c/model.safetensors
same 'a fit by another seed gives other weights' 1 $?
trajcat -q --head 24 rounds | trajcat -q --batch 12 >first
trajcat -q --skip 24 rounds | trajcat -q --batch 12 >second
# shellcheck disable=SC2086
discrim -q --json $fit -o out d first
# shellcheck disable=SC2086
discrim -q --json $fit -o out d second
ok 'two fits of half the rounds give the weights of one' cmp a/model.safetensors d/model.safetensors
cp -R lm still
# shellcheck disable=SC2086
discrim -q --json $fit --lr 0 -o out still rounds
yes_if 'stats are measured before the fit of their round' 'my ($x, $y) = map { stat_of($_, "loss", 0) } "out", "fitted"; $x == $y && $x > 0.1'
yes_if 'with --lr 0 the accuracies stay low' 'stat_of("out", "acc_expert", 3) + stat_of("out", "acc_policy", 3) < 1.9'

# --until-accuracy, --with-demos.
cp -R lm e
ok '--until-accuracy' discrim -q --json -e many -p p --lr 0.05 --steps 500 --until-accuracy 0.9 -o out e rounds
yes_if '--until-accuracy: the fit stops, and the accuracy is kept' 'stat_of("out", "acc_expert", 3) + stat_of("out", "acc_policy", 3) >= 1.8'
cp -R lm f
ok '--with-demos' discrim -q --json -e demos -p p --lr 0.02 --with-demos -o joined f rolls
yes_if '--with-demos: as many demonstrations as rollouts, or all, scored' '
	my @r = records("joined"); my @e = grep { $_->{role} eq "expert" } @r;
	@r == 18 && @e == 6 && !grep { @{$_->{score}} != 4 } @e'
ok '--with-demos: divgrad takes rollouts and demonstrations together' divgrad -q -d js --estimator both -o grad p joined

# --replay: rounds past are fitted on too.
cp -R lm r0 && cp -R lm r1 && cp -R lm r9 && cp -R lm r10
for r in 1 9 10; do
	# shellcheck disable=SC2086
	ok "--replay $r" discrim -q --json $fit --replay $r -o replayed.$r r$r rounds
done
# shellcheck disable=SC2086
discrim -q --json $fit --replay 0 -o replayed.0 r0 rounds
yes_if '--replay: the first round has nothing to replay' '
	my ($x, $y) = map { join " ", map { @{$_->{score}} } (records("replayed.$_"))[0 .. 11] } 0, 1; $x eq $y'
yes_if '--replay: the second round replays the first' '
	my ($x, $y) = map { join " ", map { @{$_->{score}} } (records("replayed.$_"))[12 .. 23] } 0, 1; $x ne $y'
yes_if '--replay 9 and 10 are the same after two rounds, and differ from --replay 1' '
	my ($x, $y, $z) = map { join " ", map { @{$_->{score}} } (records("replayed.$_"))[24 .. 35] } 1, 9, 10; $x ne $y && $y eq $z'
yes_if '--replay: the last scores tell the sides apart' '!grep { sum(@{$_->{score}}) >= 0 } (records("replayed.9"))[-12 .. -1]'
same '--replay of more rounds than there are replays all' "$(bytes r9 | cksum)" "$(bytes r10 | cksum)"

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
yes_if '--fit --loss bt: all pairs are in order at the end' 'my ($a, $p, $l, $m) = (stat_of("rewards", "acc_expert", 7), stat_of("rewards", "acc_policy", 7),
	stat_of("rewards", "loss"), stat_of("rewards", "loss", 7));
	$a == 1 && $p == 1 && $m < $l'
yes_if '--fit --loss bt: the chosen one has the higher score' 'my @r = (records("rewards"))[-6 .. -1];
	!grep { $r[2 * $_]{score}[0] <= $r[2 * $_ + 1]{score}[0] } 0 .. 2'
yes_if '--fit --loss bt: scores are known up to a constant for each prompt' '(lines("rewards"))[0]{apprentice}{ratio} eq "prompt"'
cp -R head hinge
discrim -q --json --loss hinge --fit -o out hinge pairs
yes_if '--loss hinge gives the sign of l' '(lines("out"))[0]{apprentice}{ratio} eq "sign"'
ratio_of() { perl -I. -e 'require "lib.pl"; print +(lines($ARGV[0]))[0]{apprentice}{ratio}' "$1"; }
cp -R head ls
ok '--loss ls' discrim -q --json --loss ls -e demos -o fitted ls rolls
discrim -q --json -o raw ls rolls
discrim -q --json --loss ls -o out ls rolls
same '--loss ls gives calibrated scores' calibrated "$(ratio_of out)"
yes_if '--loss ls: the score is the logit of output + 1/2' 'my @x = records("raw"); my @y = records("out");
	!grep { my $D = sum(@{$x[$_]{score}}) + 0.5; $D = $D < 1e-3 ? 1e-3 : $D > 0.999 ? 0.999 : $D;
		!near(sum(@{$y[$_]{score}}), log($D / (1 - $D))) } 0 .. $#x'
yes_if '--loss ls: the same after a fit' 'my @x = records("fitted"); my @y = records("out"); !grep { "@{$x[$_]{score}}" ne "@{$y[$_]{score}}" } 0 .. $#x'

# A constant that the loss leaves open is estimated from rollouts; a language model has none.
mean_u='sub mean_u { my $n = @_; sum(map { exp sum @{$_->{score}} } @_) / $n }'
for loss in dv infonce bt pl; do
	cp -R head "h.$loss" && cp -R lm "l.$loss"
	ok "--loss $loss" discrim -q --json -e demos --loss "$loss" --lr 0.01 --steps 3 -o out "h.$loss" rolls
	same "--loss $loss: the rollouts give the constant, and scores are calibrated" calibrated "$(ratio_of out)"
	yes_if "--loss $loss: the mean of e^l is 1" "$mean_u"' near(mean_u(records("out")), 1) && !near(sum(@{(records("out"))[0]{score}}), 0, 1e-9)'
	ok "--loss $loss of a language model" discrim -q --json -e demos -p p --loss "$loss" --lr 0.01 -o out "l.$loss" rolls
	same "--loss $loss of a language model: scores are calibrated" calibrated "$(ratio_of out)"
	discrim -q --json -o again "l.$loss" rolls
	same "--loss $loss of a language model: scores are its own" "$(grep '^{"id' out)" "$(grep '^{"id' again)"
done
discrim -q --json --loss infonce -o out head rolls
yes_if '--loss infonce: the mean of e^l is 1 for each prompt with two rollouts' "$mean_u"' my @r = records("out");
	!grep { !near(mean_u(@r[2 * $_, 2 * $_ + 1]), 1) } 0 .. 5'
rollout -q --json -n 1 -l 4 -o alone p demos
ok '--loss infonce of one rollout a prompt' discrim -q --json --loss infonce -o out head alone
same '--loss infonce of one rollout a prompt: the constant of each prompt is open' prompt "$(ratio_of out)"
discrim -q --json --loss dv -o out head alone
same '--loss dv of one rollout a prompt: the batch has one constant, which is known' calibrated "$(ratio_of out)"
discrim -q --json --loss dv -o out head demos
same '--loss dv of demonstrations only: the constant is open' constant "$(ratio_of out)"
cp -R head th
ok '--fit --loss thurstone' discrim -q --json --fit --loss thurstone --level trajectory --lr 0.02 -o rewards th rounds.pairs
same '--fit --loss thurstone: scores are rewards' reward "$(ratio_of rewards)"
yes_if '--fit --loss thurstone: all pairs are in order at the end' 'stat_of("rewards", "acc_expert", 7) == 1 && stat_of("rewards", "loss", 7) < stat_of("rewards", "loss")'
cp -R head pl && cp -R head bt
discrim -q --json --fit --loss pl --level trajectory --lr 0.02 -o rewards pl rounds.pairs
discrim -q --json --fit --loss bt --level trajectory --lr 0.02 -o rewards.bt bt rounds.pairs
same '--loss pl of pairs gives the scores of bt' "$(grep '^{"id' rewards.bt)" "$(grep '^{"id' rewards)"
same '--loss pl: scores are known up to a constant for each prompt' prompt "$(ratio_of rewards)"
for i in 1 2 3 4; do # the worst first: ranks count, not places
	echo "{\"id\":\"k$i\",\"group\":\"g\",\"meta\":{\"rank\":$((5 - i))},\"tokens\":[1,3,$i,$((i + 9))],\"actions\":[2,4]}"
done >ranks.rec
{
	segment '' | head -n 1
	cat ranks.rec
	echo '{"end":{"count":4,"more":false}}'
} >ranks
trajcat -q --repeat 30 --batch 4 ranks >rounds.ranks
cp -R head ranked
ok '--loss pl of ranked records' discrim -q --json --fit --loss pl --level trajectory --lr 0.02 -o rewards ranked rounds.ranks
yes_if '--loss pl of ranked records: scores are in the order of the ranks' 'my @s = map { $_->{score}[0] } (records("rewards"))[-4 .. -1]; $s[0] < $s[1] && $s[1] < $s[2] && $s[2] < $s[3]'
sed '2s/"rank":4/"rank":"last"/' ranks >unranked
dies 1 'discrim: unranked: segment 1, record 1 ("k1"): field "meta": field "rank": expected a number, found text' \
	discrim -q --json --fit --loss pl -o none ranked unranked
for loss in brier nwj lsif js fkl skl:0.3; do
	cp -R lm "l.$loss"
	ok "--loss $loss" discrim -q -e demos -p p --lr 0.001 --loss "$loss" -o out "l.$loss" rolls
done

# Segments, and failures half way.
segment '' >empty
cat empty rolls empty >several
ok 'empty segments among others' discrim -q --json -o out lm several
same 'empty segments are passed on' 3 "$(grep -c '^{"end"' out)"
dies 1 'discrim: no trajectories' discrim -q --json -o none lm empty
cp -R lm g
sed 's/"logp"/"was"/' rolls >bare
trajcat -q --json rolls bare >broken
discrim -q --json -e demos -o none g broken 2>err
same 'a failure in the first segment ends with 1' 1 $?
same 'a failure in the first segment leaves DISC as it was' "$(cat before)" "$(bytes g)"
{
	cat rolls
	head -n 4 rolls
} >half
discrim -q --json -e demos -p p -o none g half 2>err
same 'a failure in the second segment ends with 1' 1 $?
same 'a failure in the second segment leaves one whole step' g/optimizer-1.safetensors "$(find g -name 'optimizer*')"
ok 'the next fit goes on from that step' discrim -q --json -e demos -p p -o out g rolls

# What DISC is, with -v.
same '-v names the shape, the parameters and the step' \
	"discrim: lm: shape lm, $(perl -e 'print 16 * (40 + 256) + 2 * (12 * 16 * 16 + 13 * 16) + 2 * 16') parameters, step 0" \
	"$(discrim -v -o out lm rolls 2>&1 | head -n 1)"

# Refusals: nothing is written.
bytes g >before
refuses() { # WORDS OPTIONS...
	words=$1
	shift
	dies 1 "discrim: $words" discrim -q --json -o none "$@"
}
refuses 'plain: segment 1, record 1 ("x"): no log-probability under the policy' g plain
refuses 'g and wide: vocabularies of 40 and 41' -p wide g rolls
refuses 'g and wide: vocabularies of 40 and 41' --implicit g wide rolls
sed '2s/"tokens":\[1/"tokens":[40/' rolls >beyond
refuses 'beyond: segment 1, record 1 ("d3#0"): field "tokens": token 40 is outside a vocabulary of 40' g beyond
sevens 40 40 >far
refuses 'far: segment 1, record 1 ("d40"): field "tokens": token 40 is outside a vocabulary of 40' -e far -p p g rolls
refuses 'g: a language model, expected shape head' --shape head g rolls
refuses 'g: a language model, expected shape offset' --shape offset --base p g rolls
refuses 'head: a classifier with a scalar head, expected shape lm' --shape lm head rolls
refuses 'g and wide: vocabularies of 40 and 41' -p wide g rolls
refuses 'head and wide: vocabularies of 40 and 41' --shape offset --base wide head rolls
refuses 'g: a language model, but loss ls needs a scalar head' --loss ls g rolls
refuses 'plain: segment 1, record 1 ("x"): no log-probability under the policy' --shape offset --base p head plain
one() { # DIR: a policy with a tokenizer of its own
	printf '{"prompt": "%s", "response": "%s %s"}\n' "$1" "$1" "$1" >"$1.text"
	mkpolicy -q --like llama --dim 16 --layers 1 --heads 2 --vocab 270 \
		--tokenizer-from "$1.text" "$1" || exit 1
}
one abcabcabcabc
one xyzxyzxyzxyz
demo2traj -q -m abcabcabcabc -o abc.traj abcabcabcabc.text
for how in '-p xyzxyzxyzxyz abcabcabcabc' '--implicit abcabcabcabc xyzxyzxyzxyz'; do
	# shellcheck disable=SC2086
	discrim -q -o none $how abc.traj 2>err
	same "$how: policies of two tokenizers are refused" 1 \
		"$(grep -c '^discrim: abcabcabcabc and xyzxyzxyzxyz: tokenizers [0-9a-f]* and [0-9a-f]*, expected one$' err)"
done
demo2traj -q -m xyzxyzxyzxyz -o xyz.traj xyzxyzxyzxyz.text
discrim -q -o none -e xyz.traj -p abcabcabcabc abcabcabcabc abc.traj 2>err
same 'demonstrations of another tokenizer are refused, with a hint' '1 1' \
	"$(grep -c '^discrim: xyz.traj: made ' err) $(grep -c \
		'^hint: made for another tokenizer: demo2traj -m POLICY makes trajectories for this one$' err)"
refuses 'empty: no demonstrations' -e empty -p p g rolls
refuses 'nowhere: No such file or directory' -e nowhere -p p g rolls
refuses 'no group has both a better trajectory (expert, chosen) and a worse one' --fit --loss bt -p p g demos
same 'refusals leave DISC as it was' "$(cat before)" "$(bytes g)"
[ ! -e none ]
tap $? 'refusals make no file'
mkpolicy -q --from g linked && mv linked/model.safetensors blob && ln -s ../blob linked/model.safetensors
dies 1 'discrim: linked/model.safetensors: a symbolic link: training would replace it in this directory, which may be a download cache
hint: train a copy: mkpolicy --from linked NEW' discrim -e demos -p p linked rolls
ok 'linked weights may score' discrim -q -p p -o scored linked rolls
cp -R lm lm.once && cp -R lm lm.twice
ok '--recompute' discrim -q --json -e demos -p p --recompute -o twice.traj lm.twice rolls
discrim -q --json -e demos -p p -o once.traj lm.once rolls
same 'a fit with --recompute scores the same, to the bit' "$(grep '"score"' once.traj)" "$(grep '"score"' twice.traj)"
dies 2 'discrim: --recompute has no effect without -e or --fit' discrim --recompute -p p lm rolls
dies 1 'discrim: lm: all weights are trained, and int8 has no gradient of a matrix
hint: int8 is for policies with adapters, whose base is frozen: mkpolicy --from lm --lora 16 NEW; or --compute bf16' \
	discrim -e demos -p p --compute int8 lm rolls
ok 'weights that only score may be of int8' discrim -q -p p --compute int8 -o scored lm rolls
dies 2 "discrim: missing operand: DISC, the discriminator's directory" discrim
dies 2 'discrim: missing operand: --implicit compares two policies, A and B' discrim --implicit lm
dies 2 'discrim: -e does not go with --implicit' discrim --implicit -e demos lm p rolls
dies 2 'discrim: --with-demos has no effect without -e' discrim --with-demos lm rolls
dies 2 'discrim: --implicit compares language models: --shape head does not go with it' discrim --implicit --shape head lm p rolls
dies 2 'discrim: --replay has no effect without -e or --fit' discrim --replay 2 lm rolls
dies 2 'discrim: missing option: --base POLICY, which --shape offset adds to' discrim --shape offset head rolls
dies 2 'discrim: --base has no effect without --shape offset' discrim --base p head rolls
dies 2 'discrim: --smooth has no effect without --loss logistic' discrim --fit --smooth 0.1 --loss nwj lm rolls
for wrong in '--loss x' '--loss tv' '--loss jsd' '--level prefix' '--smooth 0.5' '--until-accuracy 2' '--lr -1' '--steps x' '--micro 0'; do
	# shellcheck disable=SC2086
	discrim $wrong lm rolls >out 2>err
	same "$wrong is wrong usage" '2 0' "$? $(wc -c <out)"
done
done_testing
