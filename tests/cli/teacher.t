#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The white box: divgrad with a teacher, a reference and an entropy bonus, and
# the distributions that discrim --export-topk puts into records.  Perl
# computes divgrad's statistics again, from whole distributions.
. "$(dirname "$0")/../lib.sh"

for m in 'p llama 1' 't qwen3 5' 'r gpt2 7'; do
	# shellcheck disable=SC2086
	set -- $m
	mkpolicy -q --like "$2" --dim 16 --layers 2 --vocab 12 --heads 2 -s "$3" "$1" || exit 1
done
mkpolicy -q --like llama --dim 16 --layers 1 --vocab 13 --heads 2 wide || exit 1
mkpolicy -q --from p --head score scorer || exit 1

segment() { # RECORD...: a segment of the text twin
	echo '{"apprentice":{"kind":"traj","version":1}}'
	printf '%s\n' "$@"
	printf '{"end":{"count":%d,"more":false}}\n' $#
}
one='{"id":"a","role":"expert","tokens":[1,2,3,4,5,6],"actions":[2,4,5,6]}'
two='{"id":"b","role":"policy","weight":2,"tokens":[1,9,8,7,11,10,2],"actions":[1,7]}'
three='{"id":"c","role":"policy","tokens":[5,5,5,5],"actions":[3,4]}'
segment "$one" "$two" "$three" >mixed
segment "$one" "$three" >some
segment "$two" >rest
segment "$one" >demos

cat >lib.pl <<-'END'
	use strict; use warnings; use JSON::PP;
	sub lines { open my $f, '<', $_[0] or die "$_[0]: $!"; map { decode_json $_ } <$f> }
	sub stat_of { my ($h) = lines($_[0]); $h->{apprentice}{stats}{"divgrad.$_[1]"} }
	# the distributions of FILE: weight, action and {token => p}, one an action
	sub dists {
		my @out;
		for my $r (grep { $_->{id} } lines($_[0])) {
			my ($i, $k, @a) = (0, 0);
			my @s = @{$r->{actions}};
			while (my ($from, $to) = splice @s, 0, 2) { push @a, @{$r->{tokens}}[$from .. $to - 1] }
			my $each = @{$r->{teacher_token}} / @a;
			for my $a (@a) {
				my %p;
				$p{$r->{teacher_token}[$k + $_]} = exp $r->{teacher_logp}[$k + $_] for 0 .. $each - 1;
				$p{rest} = exp $r->{teacher_tail}[$i] if $r->{teacher_tail};
				push @out, [$r->{weight} // 1, $a, \%p];
				$k += $each;
				$i++;
			}
		}
		return @out;
	}
	our %f = (
		fkl => sub { my ($p, $q) = @_; $p * log($p / $q) },
		rkl => sub { my ($p, $q) = @_; $q * log($q / $p) },
		js => sub { my ($p, $q) = @_; my $m = ($p + $q) / 2; ($p * log($p / $m) + $q * log($q / $m)) / 2 },
		lecam => sub { my ($p, $q) = @_; ($p - $q) ** 2 / ($p + $q) });
	# sum of w D(p || q), q coarsened as p is
	sub divergence {
		my ($name, $x, $y) = @_;
		my @y = dists($y);
		my $sum = 0;
		for (dists($x)) {
			my ($w, undef, $p) = @$_;
			my $q = (shift @y)->[2];
			my $rest = 0;
			$rest += exists $p->{$_} ? 0 : $q->{$_} for keys %$q;
			$sum += $w * $f{$name}->($p->{$_}, $_ eq 'rest' ? $rest : $q->{$_}) for keys %$p;
		}
		return $sum;
	}
	sub about { my ($x, $y) = @_; print abs($x - $y) < 1e-5 * (1 + abs $y) ? 'yes' : "$x, not $y" }
	1;
	END
perl_() { # PROGRAM ARG...
	program=$1
	shift
	perl -I. -e 'require "lib.pl"; our %f;'"$program" -- "$@"
}
near() { # TOLERANCE FILE FILE: gradients, tensor by tensor
	perl -I. -e 'require "lib.pl"; my ($limit, @f) = @ARGV; my @g = map { my %t;
		@{$t{$_->{name}}}[$_->{offset} .. $_->{offset} + $#{$_->{data}}] = @{$_->{data}} for grep { $_->{name} } lines($_);
		\%t } @f;
		my ($d, $n) = (0, 0);
		for my $t (sort keys %{$g[0]}) { for (0 .. $#{$g[0]{$t}}) {
			$d += ($g[0]{$t}[$_] - $g[1]{$t}[$_]) ** 2; $n += $g[1]{$t}[$_] ** 2 } }
		print "apart by ", sqrt($d / $n), "\n"; exit !($n > 0 && sqrt($d / $n) < $limit)' -- "$@"
}

# Laws in records.
for m in p t r; do
	ok "the distributions of $m" discrim -q --json --export-topk 99 -o "dist.$m" $m mixed
done
same 'all tokens leave no tail' '120 120 0' "$(perl_ 'my (undef, @r) = lines("dist.t");
	print join " ", map { my $k = $_; my $n = 0; $n += @{$_->{$k} // []} for @r; $n } qw(teacher_token teacher_logp teacher_tail)')"
measure -q -p t -o nll mixed
same 'the distributions are those that measure sees' yes "$(perl_ 'my ($s, $w) = (0, 0);
	for (dists("dist.t")) { $s -= $_->[0] * log $_->[2]{$_->[1]}; $w += $_->[0] }
	my ($m) = lines("nll"); about($s / $w, $m->{nll_token})')"
ok 'three tokens' discrim -q --json --export-topk 3 -o three t mixed
same 'three tokens and the tail sum to 1' yes "$(perl_ 'my $bad = 0;
	for (dists("three")) { my $s = 0; $s += $_ for values %{$_->[2]}; $bad++ if abs($s - 1) > 1e-6 || keys %{$_->[2]} != 4 }
	print $bad ? $bad : "yes"')"
same 'the tokens are the likeliest, in order' yes "$(perl_ 'my @all = dists("dist.t"); my ($bad, @r) = (0, lines("three"));
	for my $r (grep { $_->{id} } @r) { for (my $i = 0; $i < @{$r->{teacher_token}}; $i += 3) {
		my $p = (shift @all)->[2]; my @top = (sort { $p->{$b} <=> $p->{$a} } keys %$p)[0 .. 2];
		$bad++ if "@top" ne "@{$r->{teacher_token}}[$i .. $i + 2]" } } print $bad || "yes"')"
discrim -q --json --law 3 -o older t mixed
same '--law is the older name of --export-topk' "$(grep '^{"id"' three)" "$(grep '^{"id"' older)"
discrim -q --export-topk 3 -o three.bin t mixed
same 'distributions in a binary stream are those of the text' "$(grep '^{"id"' three)" "$(trajcat --json three.bin | grep '^{"id"')"
same 'a sampler drops cached distributions' 0 "$(rollout -q --json -l 2 p three.bin | grep -c teacher)"

# The loss that is reported, and its gradient: a step along it changes the loss by its
# square.
check() { # NAME EXPECTED-PERL OPTIONS...
	name=$1 want=$2
	shift 2
	ok "$*" divgrad -q --json "$@" -o g p "$input"
	same "$* reports the value computed from the distributions" yes "$(perl_ 'my ($name, $want) = @ARGV; about(stat_of("g", $name), eval $want)' "$name" "$want")"
	for sign in 1 -1; do
		rm -rf "step$sign"
		cp -R p "step$sign"
		divgrad -q -w $sign "$@" p "$input" |
			apply-update -q --optimizer sgd --lr 0.003 --clip-norm 0 "step$sign" >"m$sign"
		divgrad -q --json "$@" -o "g$sign" "step$sign" "$input"
	done
	same "the gradient of $* is its slope" yes "$(perl_ 'my ($name) = @ARGV; my ($m) = lines("m1"); my ($h) = lines("g");
		my $u = $h->{apprentice}{units};
		my ($want, $got) = ($m->{grad_norm} ** 2, (stat_of("g-1", $name) - stat_of("g1", $name)) / $u / 0.006);
		print $want > 1e-4 && abs($got - $want) < 5e-3 * $want ? "yes" : "$got, not $want"' "$name")"
}
input=mixed
for d in fkl rkl js lecam; do
	check loss "divergence('$d', 'dist.t', 'dist.p')" -d $d --teacher t
done
same 'with a teacher the unit is a token, times its weight' 'teacher:js token 16 0' "$(divgrad -q --json -d js --teacher t p mixed | perl -MJSON::PP -ne '
	my $h = decode_json($_)->{apprentice} or last; print join " ", @{$h}{qw(objective unit)}, $h->{units} + 0, $h->{stats}{"divgrad.clipped"} + 0; last')"
input=three
for d in fkl js; do
	check loss "divergence('$d', 'three', 'dist.p')" -d $d --cached-teacher
done
input=dist.t
ok '-d js with all tokens cached' divgrad -q --json -d js --cached-teacher -o cached.g p dist.t
divgrad -q --json -d js --teacher t -o g p mixed
ok 'all tokens cached are the teacher itself' near 1e-5 cached.g g
divgrad -q --json -d js --cached-teacher -o few.g p three
same 'fewer tokens give a smaller divergence' yes "$(perl_ 'print stat_of("few.g", "loss") < stat_of("g", "loss") ? "yes" : "no"')"
divgrad -q --json -d js --teacher t --temperature 2 -o hot.g p mixed
near 1e-2 hot.g g >out
same '--temperature changes the gradient' 1 $?
divgrad -q --json -d js --teacher t -o some.g p some
divgrad -q --json -d js --teacher t -o rest.g p rest
gradcat -q --json -o sum.g some.g rest.g
ok 'gradients of halves add up' near 1e-5 sum.g g
ok 'micro-batches of one token' divgrad -q --json -d js --teacher t --micro 1 -o micro.g p mixed
ok 'micro-batches change the gradient by rounding only' near 1e-5 micro.g g

# Several teachers are their mean.
mean() { # KIND: the distributions of t and r as one
	perl_ 'my ($kind) = @ARGV; my ($h, @t) = lines("dist.t"); my ($g, @r) = lines("dist.r"); my $end = pop @t;
		my $json = JSON::PP->new->canonical;
		print qq({"apprentice":{"kind":"traj","version":1}}\n);
		for my $i (0 .. $#t) {
			my @tt = @{$t[$i]{teacher_token}};
			my (@tl, @rt, @rl) = @{$t[$i]{teacher_logp}}; @rt = @{$r[$i]{teacher_token}}; @rl = @{$r[$i]{teacher_logp}};
			my @out;
			for (my $a = 0; $a < @tt; $a += 12) {
				my %other = map { $rt[$_] => $rl[$_] } $a .. $a + 11;
				my @m = map { $kind eq "arithmetic" ? (exp($tl[$_]) + exp($other{$tt[$_]})) / 2 :
					exp(($tl[$_] + $other{$tt[$_]}) / 2) } $a .. $a + 11;
				my $sum = 0; $sum += $_ for @m;
				push @out, map { log($_ / $sum) } @m;
			}
			$t[$i]{teacher_logp} = \@out;
			print $json->encode($t[$i]), "\n";
		}
		print $json->encode($end), "\n";' "$1"
}
for kind in arithmetic geometric; do
	mean $kind >"$kind"
	input=mixed
	check loss "divergence('js', '$kind', 'dist.p')" -d js --teacher t --teacher r --mix $kind
	divgrad -q --json -d js --teacher t --teacher r --mix $kind -o g p mixed
	divgrad -q --json -d js --cached-teacher -o cached.g p $kind
	ok "the $kind mean of two teachers is that of their distributions" near 1e-5 g cached.g
	divgrad -q --json -d js --teacher r --teacher t --mix $kind -o other.g p mixed
	ok "$kind: the order does not matter but in rounding" near 1e-5 other.g g
	divgrad -q --json -d js --teacher r --teacher t --mix $kind --micro 1 -j 3 -o micro.g p mixed
	ok "$kind: nor do micro-batches and threads" near 1e-5 micro.g g
done
divgrad -q --json -d js --teacher t --teacher r -o g p mixed
divgrad -q --json -d js --teacher t --teacher r --mix arithmetic -o cached.g p mixed
same 'the arithmetic mean is the default' "$(grep data g)" "$(grep data cached.g)"
divgrad -q --json -d js --teacher t --teacher t --teacher t -o thrice.g p mixed
divgrad -q --json -d js --teacher t -o g p mixed
ok 'a teacher thrice is the teacher' near 1e-5 thrice.g g
ok '--plan of two teachers' sh -c 'divgrad --plan --json -d js --teacher t --teacher r p mixed | grep -q "\"memory\""'
dies 1 "divgrad: wide and p: vocabularies of 13 and 12, expected one" divgrad -q -d js --teacher t --teacher wide p mixed
dies 1 'divgrad: scorer: a classifier with a scalar head, which has no next-token distribution' \
	divgrad -q -d js --teacher t --teacher scorer p mixed
dies 2 'divgrad: --mix has no effect with one teacher' divgrad -d js --teacher t --mix geometric p mixed
dies 2 'divgrad: --mix has no effect without --teacher' divgrad -d js --mix geometric p mixed
dies 2 'divgrad: --teacher empty text' divgrad -d js --teacher '' p mixed
# shellcheck disable=SC2046
divgrad -d js $(printf -- '--teacher t %.0s' $(seq 65)) p mixed 2>err
same '65 teachers are too many' '2 divgrad: --teacher t: more than 64' "$? $(cat err)"

# A reference and an entropy, added to SFT.
ok '--ref without --kl is reported' divgrad -q --json -d fkl --ref r -o g p demos
divgrad -q --json -d fkl -o sft.g p demos
ok '--ref without --kl does not change the gradient' near 1e-6 g sft.g
divgrad -q --json -d fkl --teacher t --ref r --entropy 0.5 -o g p mixed
same 'divgrad.kl is KL(pi || ref)' yes "$(perl_ 'about(stat_of("g", "kl"), divergence("rkl", "dist.r", "dist.p"))')"
same 'divgrad.entropy is the entropy' yes "$(perl_ 'my $H = 0; for (dists("dist.p")) { my ($w, undef, $q) = @$_;
	$H -= $w * $_ * log $_ for values %$q } about(stat_of("g", "entropy"), $H)')"
same 'divgrad.k3 is k3' yes "$(perl_ 'my ($k3, @r) = (0, dists("dist.r")); for (dists("dist.p")) { my ($w, $a, $q) = @$_;
	my $u = (shift @r)->[2]{$a} / $q->{$a}; $k3 += $w * ($u - 1 - log $u) } about(stat_of("g", "k3"), $k3)')"
# BETA adds BETA times the slope of the statistic that is reported.
terms() { # OPTION STAT SIGN: alone, as the difference to SFT
	divgrad -q -d fkl "$1" 1000 --ref r p demos >with
	for sign in 1 -1; do
		rm -rf "step$sign"
		cp -R p "step$sign"
		divgrad -q -w $sign -d fkl "$1" 1000 --ref r p demos |
			apply-update -q --optimizer sgd --lr 0.000001 --clip-norm 0 "step$sign" >"m$sign"
		divgrad -q --json -d fkl "$1" 1000 --ref r -o "g$sign" "step$sign" demos
	done
	same "the gradient of $1 is its slope" yes "$(perl_ 'my ($name, $sign) = @ARGV; my ($m) = lines("m1");
		my ($want, $got) = ($m->{grad_norm} ** 2, $sign * 1000 * (stat_of("g-1", $name) - stat_of("g1", $name)) / 3 / 0.000002);
		print $want > 1 && abs($got - $want) < 2e-2 * $want ? "yes" : "$got, not $want"' "$2" "$3")"
}
terms --kl kl 1
terms --entropy entropy -1

# A teacher and an anchor of the same divergence are two objectives.
divgrad -q --json -d fkl --teacher t -o g p mixed
rm -rf step1
cp -R p step1
divgrad -q -d fkl --teacher t -o g.bin step1 mixed
divgrad -q -d fkl -w 0.1 -o anchor step1 demos
ok 'a joint step of a teacher and SFT' sh -c 'apply-update -q --clip-norm 0 step1 g.bin anchor >metrics'
same 'metrics list both objectives with their weights' 'teacher:fkl 1, fkl 0.1' "$(perl_ 'my ($m) = lines("metrics");
	print join ", ", map { "$_->{objective} $_->{weight}" } @{$m->{objectives}}')"
same 'the joint gradient is the weighted sum' yes "$(perl_ 'my (%g, $n);
	for ([1, "g"], [0.1, "sft.g"]) { my ($w, $f) = @$_; my ($h, @r) = lines($f);
		for my $r (grep { $_->{name} } @r) { $g{$r->{name}}[$r->{offset} + $_] += $w * $r->{data}[$_] / $h->{apprentice}{units} for 0 .. $#{$r->{data}} } }
	for (values %g) { $n += $_ ** 2 for @$_ } my ($m) = lines("metrics"); about($m->{grad_norm}, sqrt $n)')"

# Later divergences: of rollouts only.
divgrad -q --json -d rkl --teacher t -o g p demos
divgrad -q --json -d rkl --teacher t --future 1 -o future.g p demos
ok '--future changes nothing for demonstrations' near 1e-7 future.g g
divgrad -q --json -d rkl --teacher t -o g p rest
divgrad -q --json -d rkl --teacher t --future 1 -o future.g p rest
near 1e-2 future.g g >out
same '--future changes the gradient of rollouts' 1 $?
same 'divgrad.alone counts groups of one' '1' "$(perl_ 'print stat_of("future.g", "alone") + 0')"

# Refusals: nothing is written.
refuses() { # WORDS OPTIONS...
	words=$1
	shift
	dies 1 "divgrad: $words" divgrad -q --json -o none "$@"
}
refuses 'wide and p: vocabularies of 13 and 12, expected one' -d js --teacher wide p mixed
refuses 'wide and p: vocabularies of 13 and 12, expected one' -d fkl --ref wide p demos
refuses 'scorer: a classifier with a scalar head, which has no next-token distribution' -d js --teacher scorer p mixed
refuses 'mixed: segment 1, record 1 ("a"): field "teacher_token": missing' -d js --cached-teacher p mixed
for word in say tell; do
	for n in one two three four; do
		printf '{"prompt": "Say %s.", "response": " I %s %s."}\n' $n $word $n
	done >$word.jsonl
	ok "a policy of the words $word" mkpolicy -q --like llama --dim 8 --layers 1 \
		--tokenizer-from $word.jsonl --vocab 50 $word
done
demo2traj -q -m say -o say.traj say.jsonl
divgrad -q -d js --teacher tell -o none say say.traj 2>err
same 'a teacher of another tokenizer fails, naming both' '1 1' "$? $(grep -c '^divgrad: tell and say: tokenizers [0-9a-f]* and [0-9a-f]*, expected one$' err)"
mkpolicy -q --like llama --dim 16 --layers 1 --vocab 12 --heads 2 --context 4 brief
refuses 'the teacher: brief: a trajectory of 5 tokens is longer than its context of 4' -d js --teacher brief p mixed
spoil() { # SED WORDS: distributions that are not valid
	sed "$1" three >spoilt
	refuses "$2" -d js --cached-teacher p spoilt
}
spoil '2s/"teacher_tail":\[[^,]*/"teacher_tail":[-0.001/' \
	"spoilt: segment 1, record 1 (\"a\"): field \"teacher_logp\": the distribution of action 0 sums to $(perl_ 'my ($l) = dists("three");
		printf "%g", 1 - $l->[2]{rest} + exp -0.001'), expected 1"
spoil '3s/"teacher_tail"/"x"/' 'spoilt: segment 1, record 2 ("b"): field "teacher_tail": missing, but 3 tokens are not the vocabulary of 12'
spoil '2s/"teacher_token":\[[0-9]*/"teacher_token":[12/' \
	'spoilt: segment 1, record 1 ("a"): field "teacher_token": token 12 is outside a vocabulary of 12'
spoil '2s/"teacher_token":\[[0-9]*,/"teacher_token":[/' \
	'spoilt: segment 1, record 1 ("a"): field "teacher_token": 8 values for 3 actions, expected as many for each'
dies 1 'discrim: scorer: a classifier with a scalar head, which has no next-token distribution' discrim -q --json -o none --export-topk 3 scorer mixed
[ ! -e none ]
tap $? 'no failure made a file'

# Wrong usage.
dies 2 'divgrad: --teacher does not go with --cached-teacher' divgrad -d js --teacher t --cached-teacher p three
dies 2 'divgrad: --teacher has no effect with an objective that is not a divergence' divgrad -d reward --teacher t p mixed
dies 2 'divgrad: --level has no effect with a teacher, whose level is token' divgrad -d js --teacher t --level prefix p mixed
dies 2 'divgrad: --estimator does not go with --teacher' divgrad -d js --teacher t --estimator both p mixed
dies 2 'divgrad: --kl has no effect without --ref' divgrad -d fkl --kl 0.1 p demos
dies 2 'divgrad: --temperature does not go with --cached-teacher' divgrad -d js --cached-teacher --temperature 2 p three
dies 2 'discrim: -p does not go with --export-topk' discrim --export-topk 3 -p p t mixed
for wrong in '--temperature 0' '--kl -1' '--entropy x' '--teacher'; do
	# shellcheck disable=SC2086
	divgrad -d fkl $wrong >out 2>err
	same "$wrong is wrong usage" '2 0' "$? $(wc -c <out)"
done
done_testing
