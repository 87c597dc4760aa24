#!/bin/sh
# SPDX-License-Identifier: MIT
#
# divgrad: its parts add up, its options do what they say, what is refused.
# Gradients are taken apart by perl from the text twin.
. "$(dirname "$0")/../lib.sh"

mkpolicy -q --like llama --dim 16 --layers 2 --vocab 40 --heads 2 p || exit 1
cp -R p moved

segment() { # HEADER RECORD...: a segment of the text twin
	printf '{"apprentice":{"kind":"traj","version":1%s}}\n' "$1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@"
	printf '{"end":{"count":%d,"more":false}}\n' $#
}
one='{"id":"a","role":"expert","tokens":[1,2,3,4,5,6],"actions":[2,4,5,6]}'
two='{"id":"b","role":"expert","weight":2,"tokens":[1,9,8,7,39,11,12],"actions":[1,7]}'
three='{"id":"c","role":"expert","tokens":[5,5,5,5],"actions":[3,4]}'
segment '' "$one" "$two" "$three" >demos
segment '' "$one" "$three" >some
segment '' "$two" >rest

cat >lib.pl <<-'END'
	use strict; use warnings; use JSON::PP;
	# the last segment of FILE: its header, and its gradient
	sub gradient {
		my ($h, %g);
		local $_;
		open my $f, '<', $_[0] or die "$_[0]: $!";
		while (<$f>) {
			my $r = decode_json $_;
			if ($r->{apprentice}) { ($h, %g) = ($r->{apprentice}) }
			elsif (!$r->{end}) { @{$g{$r->{name}}}[$r->{offset} .. $r->{offset} + $#{$r->{data}}] = @{$r->{data}} }
		}
		return ($h, \%g);
	}
	# |FACTOR x - y| / |y|, over all tensors
	sub apart {
		my ($x, $factor, $y) = @_;
		my ($d, $n) = (0, 0);
		die 'other tensors' if "@{[sort keys %$x]}" ne "@{[sort keys %$y]}";
		for my $t (keys %$y) {
			for (0 .. $#{$y->{$t}}) {
				$d += ($factor * $x->{$t}[$_] - $y->{$t}[$_]) ** 2;
				$n += $y->{$t}[$_] ** 2;
			}
		}
		die 'nothing to compare with' unless $n > 0;
		return sqrt($d / $n);
	}
	1;
	END
near() { # TOLERANCE FILE FACTOR FILE: the first by the factor is the second
	perl -I. -e 'require "lib.pl"; my ($limit, $x, $factor, $y) = @ARGV;
		my $d = apart((gradient($x))[1], $factor, (gradient($y))[1]);
		print "apart by $d\n"; exit !($d <= $limit)' -- "$@"
}
head_of() { # FILE EXPRESSION: of the header $h
	perl -I. -e 'require "lib.pl"; our ($h) = gradient($ARGV[0]); my $x = eval $ARGV[1]; die $@ if $@; print $x' "$@"
}
records() { grep '^{"name"' "$1"; }

# SFT.
ok 'SFT of demonstrations under fkl' divgrad -q --json -d fkl -o sft p demos
same 'SFT: objective, unit, units and weight are in the header' 'fkl token 16 1' \
	"$(head_of sft 'join " ", $h->{objective}, $h->{unit}, $h->{units} + 0, $h->{weight} + 0')"
same 'the header names the policy and its step' '32 0' "$(head_of sft 'length($h->{policy}{id}) . " $h->{policy}{step}"')"
measure -q -p p -o nll demos
same 'the loss of SFT is the one that measure finds' yes "$(perl -I. -e 'require "lib.pl";
	my ($h) = gradient("sft"); open F, "nll"; my $m = decode_json(<F>);
	my ($a, $b) = ($h->{stats}{"divgrad.loss"}, 16 * $m->{nll_token});
	print abs($a - $b) < 1e-4 ? "yes" : "$a $b"')"
same 'entropy and actions are those that measure finds, tokens are all' yes "$(perl -I. -e 'require "lib.pl";
	my ($h) = gradient("sft"); open F, "nll"; my $m = decode_json(<F>); my $s = $h->{stats};
	my $apart = abs($s->{"divgrad.entropy"} / $s->{"divgrad.actions"} - $m->{entropy});
	print $apart < 1e-5 && $s->{"divgrad.actions"} == 16 && $s->{"divgrad.tokens"} == 17 ? "yes" : "$apart @{[%$s]}"')"
weigh() { # W: the demonstrations
	sed -e 's/,"weight":[0-9.]*//; s/"weight":[0-9.]*,//' -e "s/\"tokens\"/\"weight\":$1,&/" demos
}
weigh 0 >nothing
ok 'trajectories of weight 0 make a step of zeros' sh -c 'divgrad -q --json -d fkl -o nothing.g p nothing'
same 'its units are trajectories, and its sums are 0' "$(grep -c '"tokens"' demos) 0" \
	"$(head_of nothing.g '$h->{units} + 0') $(records nothing.g | sed 's/.*"data"//' | grep -c '[1-9]')"
weigh -1 >less
dies 1 "divgrad: the weights of the segment's actions add up to -10, expected more than 0" \
	divgrad -q --json -d fkl -o less.g p less
# A step up and one down the gradient: the loss changes by |g|^2.
cp -R p up && cp -R p down
divgrad -q -d fkl p demos | apply-update -q --optimizer sgd --lr 0.001 --clip-norm 0 down >metrics
divgrad -q -d fkl -w -1 p demos | apply-update -q --optimizer sgd --lr 0.001 --clip-norm 0 up >m
measure -q -p up -o up.nll demos
measure -q -p down -o down.nll demos
same 'the gradient of SFT is the slope of the likelihood' yes "$(perl -I. -e 'require "lib.pl";
	my ($m, $u, $d) = map { open F, $_; decode_json(<F>) } "metrics", "up.nll", "down.nll";
	my ($want, $got) = ($m->{grad_norm} ** 2, ($u->{nll_token} - $d->{nll_token}) / 0.002);
	print $want > 0.01 && abs($got - $want) < 2e-3 * $want ? "yes" : "$got $want"')"

# Sums add; what does not change them.
divgrad -q --json -d fkl -o some.g p some
divgrad -q --json -d fkl -o rest.g p rest
gradcat -q --json -o sum.g some.g rest.g
ok 'gradients of shards add up to the whole' near 1e-6 sum.g 1 sft
same 'units and losses of shards add up' yes "$(perl -I. -e 'require "lib.pl";
	my ($x, $y) = map { (gradient($_))[0] } "sum.g", "sft";
	print "yes" if $x->{units} == $y->{units} &&
		abs($x->{stats}{"divgrad.loss"} - $y->{stats}{"divgrad.loss"}) < 1e-5')"
ok 'micro-batches of one token' divgrad -q --json -d fkl --micro 1 -o micro p demos
ok 'micro-batches change the gradient by rounding only' near 1e-6 micro 1 sft
ok 'three threads' divgrad -q --json -d fkl -j 3 -o threads p demos
ok 'threads change the gradient by rounding only' near 1e-6 threads 1 sft
ok '-w 0.25' divgrad -q --json -d fkl -w 0.25 -o weighted p demos
same '-w is in the header' 0.25 "$(head_of weighted '$h->{weight}')"
same '-w does not scale the sums' "$(records sft)" "$(records weighted)"
ok '--name sft' divgrad -q --json -d fkl --name sft -o named p demos
same '--name is in the header' sft "$(head_of named '$h->{objective}')"
same '--name changes no sums' "$(records sft)" "$(records named)"
cp -R p two && divgrad -q -d fkl --name sft -w 0.5 -o named p demos
ok 'objectives of two names are two' sh -c 'divgrad -q -d fkl p demos | apply-update -q two - named >m'
same 'each with its weight' 'fkl 1 sft 0.5' "$(perl -MJSON::PP -ne '
	print join " ", map { "$_->{objective} $_->{weight}" } @{decode_json($_)->{objectives}}' m)"
for wrong in '' a:b "$(printf %064d 0)"; do
	dies 2 "divgrad: --name $wrong: expected 1 to 63 letters, digits, '.', '-' and '_'" divgrad -d fkl --name "$wrong" p demos
done
ok '--dtype bf16' divgrad -q -d fkl --dtype bf16 -o bf16 p demos
ok 'sums of bf16 can be read' gradcat -q --json -o bf16.json bf16
ok 'sums of bf16 are within 0.004' near 0.004 bf16.json 1 sft
near 1e-4 bf16.json 1 sft >out
same 'sums of bf16 differ by more than 1e-4' 1 $?
ok '--compute bf16' divgrad -q --json -d fkl --compute bf16 -o rounded p demos
ok 'the gradient of --compute bf16 is within 0.03' near 0.03 rounded 1 sft
near 1e-4 rounded 1 sft >out
same 'the gradient of --compute bf16 differs by more than 1e-4' 1 $?
dies 1 'divgrad: p: all weights are trained, and int8 has no gradient of a matrix
hint: int8 is for policies with adapters, whose base is frozen: mkpolicy --from p --lora 16 NEW; or --compute bf16' \
	divgrad -d fkl --compute int8 p demos
mkpolicy -q --from p --lora 4 lora
divgrad -q -d fkl --follow lora demos | apply-update -q --lr 0.05 lora >m
ok 'adapters' divgrad -q --json -d fkl -o whole lora demos
ok 'adapters, --compute int8' divgrad -q --json -d fkl --compute int8 -o int8 lora demos
ok 'the gradient of adapters in int8 is within 0.1' near 0.1 int8 1 whole
near 1e-4 int8 1 whole >out
same 'the gradient of adapters in int8 differs by more than 1e-4' 1 $?
ok 'three threads, --compute int8' divgrad -q --json -d fkl --compute int8 -j 3 -o threads lora demos
ok 'threads change the gradient in int8 by rounding only' near 1e-6 threads 1 int8
ok '--recompute' divgrad -q --json -d fkl --recompute -o again p demos
same 'the gradient of --recompute is the same, to the bit' "$(records sft)" "$(records again)"
ok '--recompute of adapters in int8' divgrad -q --json -d fkl --recompute --compute int8 -o again lora demos
same 'the gradient of adapters, too' "$(records int8)" "$(records again)"
ok 'APPRENTICE_ISA=plain' env APPRENTICE_ISA=plain divgrad -q --json -d fkl -o plain p demos
ok 'plain instructions change the gradient by rounding only' near 1e-6 plain 1 sft
dies 1 'divgrad: APPRENTICE_ISA=avx3: not one of plain, avx2, avx512, bf16, amx' \
	env APPRENTICE_ISA=avx3 divgrad -d fkl p demos
ok 'records from standard input' sh -c 'divgrad -q --json -d fkl p <demos >stdin'
same 'the gradient of standard input is that of the file' "$(records sft)" "$(records stdin)"

# Scores.  What -d reward makes of a score for each action, without baseline
# and future, is the coefficient itself: so coefficients are checked by hand.
scored() { # FIELDS: rollouts of two groups, scored
	segment "$1" \
		'{"id":"r","group":"g","role":"policy","tokens":[1,2,3,4],"actions":[2,4],"score":[0.5,-1.5],"mine":7}' \
		'{"id":"s","group":"g","role":"policy","tokens":[1,2,6,7,8],"actions":[2,5],"score":[0.25,2,0.25]}' \
		'{"id":"t","role":"policy","weight":2,"tokens":[3,2,1],"actions":[1,3],"score":[3,3]}'
}
scored ',"ratio":"calibrated","stats":{"discrim.acc":0.75}' >rolls
as_is='-d reward --level token --future 0 --baseline none'
by_hand() { # SCORE...: of the seven actions
	perl -e 'my @c = @ARGV; while (<STDIN>) {
		if (/"score":\[(.*?)\]/) {
			my @n = split /,/, $1;
			my $c = join ",", splice @c, 0, scalar @n;
			s/"score":\[.*?\]/"score":[$c]/;
		}
		print }' -- "$@" <rolls >hand
	# shellcheck disable=SC2086
	divgrad -q --json $as_is -o hand.g p hand
}
earns() { # OPTIONS FILE SCORE...: those options make of FILE these coefficients
	how=$1
	file=$2
	shift 2
	by_hand "$@"
	# shellcheck disable=SC2086
	divgrad -q --json $how -o out.g p "$file"
	ok "$how" near 1e-6 out.g 1 hand.g
}
earns '-d rkl' rolls -3.5 -3.75 3.5 3.75 0.25 6 3
same 'units of a divergence are trajectories' 'trajectory 4 13.5 1 0' "$(head_of out.g 'join " ", $h->{unit},
	map { $_ + 0 } $h->{units}, @{$h->{stats}}{qw(divgrad.reward divgrad.alone divgrad.clipped)}')"
same 'stats of other tools stay in the header, the ratio goes' '0.75 ' \
	"$(head_of out.g '$h->{stats}{"discrim.acc"} . " " . ($h->{ratio} // "")')"
measure -q -d skl:0.1 -o rolls.m rolls
for name in rkl js skl:0.1; do
	divgrad -q --json -d $name -o out.g p rolls
	same "divgrad.divergence of $name is the estimate of measure times the units" yes "$(perl -I. -e 'require "lib.pl";
		my ($h) = gradient("out.g"); open F, "rolls.m"; my $m = decode_json(<F>);
		my ($x, $y) = ($h->{stats}{"divgrad.divergence"} / 4, $m->{"divergence.$ARGV[0]"});
		print abs($x - $y) < 1e-6 ? "yes" : "$x $y"' $name)"
done
# Mean sizes of their coefficients are 3.625, 2.5 and 9, and units 4.
divgrad -q --json -d rkl -o out.g p rolls
same 'sums of the sizes of coefficients, and of their squares' '15.125 100.390625' "$(perl -I. -e 'require "lib.pl";
	my ($h) = gradient("out.g"); print join " ", map { 0 + sprintf "%.6f", $h->{stats}{"divgrad.$_"} } qw(size size_squared)')"
sed 's/"calibrated"/"sign"/' rolls >signs
divgrad -q --json -d tv -o out.g p signs
same 'scores that are not l give no divergence' '' "$(head_of out.g '$h->{stats}{"divgrad.divergence"} // ""')"
earns '-d rkl --level trajectory' rolls -3.5 -3.5 3.5 3.5 3.5 6 6
earns '-d rkl --level token --future 0.5 --baseline none' rolls -0.25 -1.5 1.3125 2.125 0.25 4.5 3
earns '-d rkl --level trajectory --baseline mean' rolls -1.75 -1.75 1.75 1.75 1.75 0 0
earns '-d fkl --level trajectory --baseline none --clip 1' rolls \
	-0.6321205588 -0.6321205588 1.7182818285 1.7182818285 1.7182818285 1.7182818285 1.7182818285
same 'divgrad.clipped counts clipped trajectories' 2 "$(head_of out.g '$h->{stats}{"divgrad.clipped"} + 0')"
# Squares of -1 -1.5; 2.5 2.25 .25; twice 6 3: 104.625 over 9.
# shellcheck disable=SC2046 # a word for each
earns '-d rkl --baseline none --scale rms' rolls $(perl -e '
	print join " ", map { $_ * sqrt(9 / 104.625) } -1, -1.5, 2.5, 2.25, 0.25, 6, 3')
# Group g returns -1 and 2.5, with deviation 1.75; t stands alone.
earns '-d rkl --scale std' rolls -2 -2.1428571429 2 2.1428571429 0.1428571429 6 3
sed '2s/"tokens"/"stop":"length","tokens"/' rolls >ended
earns '-d rkl --baseline none --mask-cut' ended 0 0 2.5 2.25 0.25 6 3
same '--mask-cut: cut trajectories are counted and give no units' '3 1' \
	"$(head_of out.g 'join " ", $h->{units} + 0, $h->{stats}{"divgrad.cut"}')"
sed 's/"policy"/"expert"/' rolls >demos.scored
# shellcheck disable=SC2046 # a word for each
earns '-d rkl --level trajectory --baseline none --estimator demos' demos.scored $(perl -e '
	print join " ", map { $_ * exp -$_ } -1, -1, 2.5, 2.5, 2.5, 6, 6')
sed '2s/"policy"/"expert"/' rolls >mixed
# shellcheck disable=SC2046 # a word for each
earns '-d rkl --level trajectory --baseline none --estimator both' mixed $(perl -e '
	print join " ", map { $_ / (0.75 + 0.25 * exp $_) } -1, -1, 2.5, 2.5, 2.5, 6, 6')

# The policy moves on: the ratio of each action, as discrim --implicit computes it.
rollout -q --json -n 3 -l 4 -s 5 -o fresh moved demos
perl -pe 's/"logp":/"score":[@{[++$n % 3 ? 1.5 : -2]}],"logp":/' fresh >old.rolls
divgrad -q -d reward --baseline none moved old.rolls | apply-update -q --lr 0.02 moved >metrics
ok 'a policy one step after its samples' divgrad -q --json -d reward --baseline none --ratio-clip 1e9 -o off.g moved old.rolls
discrim -q --json --implicit -o ratios moved p fresh
perl -I. -e 'require "lib.pl"; open S, "old.rolls"; open R, "ratios"; while (<R>) {
	my ($r, $s) = (decode_json($_), decode_json(scalar <S>));
	delete @{$r->{apprentice}}{qw(policy ratio)} if $r->{apprentice};
	$r->{score} = [map { $s->{score}[0] * exp $_ } @{$r->{score}}] if $s->{score};
	print encode_json($r), "\n" }' >by.ratio
# shellcheck disable=SC2086
divgrad -q --json $as_is -o by.g moved by.ratio
ok 'off policy, each action has its ratio' near 1e-5 off.g 1 by.g
ok '--ratio-clip 0.1' divgrad -q --json -d reward --baseline none --ratio-clip 0.1 -o cut.g moved old.rolls
perl -I. -e 'require "lib.pl"; open S, "old.rolls"; open R, "ratios"; while (<R>) {
	my ($r, $s) = (decode_json($_), decode_json(scalar <S>));
	delete @{$r->{apprentice}}{qw(policy ratio)} if $r->{apprentice};
	if ($s->{score}) {
		my $c = $s->{score}[0];
		$r->{score} = [map { my $x = exp $_; $x = 0, $n++ if $c > 0 ? $x > 1.1 : $x < 0.9; $c * $x } @{$r->{score}}];
	}
	print encode_json($r), "\n" } BEGIN { our $n = 0 } our $n; print STDERR $n' >by.ratio 2>number
# shellcheck disable=SC2086
divgrad -q --json $as_is -o by.g moved by.ratio
ok '--ratio-clip sets coefficients beyond it to 0' near 1e-5 cut.g 1 by.g
same 'divgrad.ratio_clipped counts them' "$(cat number)" "$(head_of cut.g '$h->{stats}{"divgrad.ratio_clipped"} + 0')"
[ "$(cat number)" -gt 0 ]
tap $? 'some ratios were clipped'
# Demonstrations among the samples, as discrim --with-demos leaves them, take
# no ratio: by hand, 1 / (w_pi + w_E e^L) L, and the ratio for rollouts alone.
with_demos() { # FILE: old.rolls and two demonstrations, without logp and with
	perl -MJSON::PP -ne 'my $r = decode_json($_);
		if ($r->{end}) {
			print q({"id":"d","role":"expert","tokens":[1,2,3,4],"actions":[2,4],"score":[0.75]}), "\n",
				q({"id":"e","role":"expert","tokens":[4,3,2],"actions":[1,3],"score":[-0.5],"logp":[-0.1,-9]}), "\n";
			$r->{end}{count} += 2;
			delete $r->{end}{sum};
			$_ = encode_json($r) . "\n";
		}
		print' "$1"
}
with_demos old.rolls >old.mixed
ok 'off policy with demonstrations: --estimator both' divgrad -q --json -d rkl --estimator both --level trajectory \
	--baseline none --ratio-clip 1e9 -o off.g moved old.mixed
perl -I. -e 'require "lib.pl"; open S, "old.mixed"; open R, "ratios"; my ($pi, $E, @all) = (0, 0);
	my @ratio = grep { $_->{score} } map { decode_json($_) } <R>;
	for (map { decode_json($_) } <S>) {
		push @all, $_;
		next if !$_->{score};
		($_->{role} eq "expert" ? $E : $pi) += $_->{weight} // 1;
	}
	for (@all) {
		delete @{$_->{apprentice}}{qw(policy ratio)} if $_->{apprentice};
		if ($_->{score}) {
			my ($l, $A, $demo) = ($_->{score}[0], 0, $_->{role} eq "expert");
			my @span = @{$_->{actions}};
			while (my ($from, $to) = splice @span, 0, 2) { $A += $to - $from }
			my $c = $l / ($pi + $E * exp $l) * ($pi + $E);
			my @r = $demo ? (0) x $A : @{(shift @ratio)->{score}};
			$_->{score} = [map { $c * exp } @r];
			$_->{role} = "policy";
		}
		print encode_json($_), "\n";
	}' >by.ratio
# shellcheck disable=SC2086
divgrad -q --json $as_is -o by.g moved by.ratio
ok 'off policy, demonstrations take no ratio, with logp or without' near 1e-5 off.g 1 by.g
same 'off policy, demonstrations are not clipped' 0 "$(head_of off.g '$h->{stats}{"divgrad.ratio_clipped"} + 0')"
sed 's/"logp"/"was"/' old.rolls >bare
dies 1 'divgrad: bare: segment 1, record 1 ("a#0"): field "logp": missing, and the policy has made steps since it sampled' \
	divgrad -q --json -d reward -o none moved bare

# Demonstrations alone.  SFT by position, and where lambda is 0.
divgrad -q --json -d prefix -o prefix p demos
segment '' "$one" >first
divgrad -q --json -d prefix -o first.g p first
# shellcheck disable=SC2086
divgrad -q --json $as_is -o weighed p <<-END
	$(segment '' '{"id":"a","role":"policy","tokens":[1,2,3,4,5,6],"actions":[2,4,5,6],"score":[1,0.6666667,0.3333333]}')
END
ok '-d prefix weighs action t of K by (K-t)/K' near 1e-6 first.g 1 weighed
same '-d prefix counts tokens' 'prefix token 16' "$(head_of prefix 'join " ", $h->{objective}, $h->{unit}, $h->{units} + 0')"
ok '-d iq:0' divgrad -q --json -d iq:0 --future .5 -o iq0 p demos
ok '-d iq:0 is SFT' near 1e-6 iq0 1 sft
ok '-d iq:0..1/9, annealed' divgrad -q --json -d iq:0..1/9 -o annealed p demos
ok 'an annealed parameter begins at its first value' near 1e-6 annealed 1 sft
same 'divgrad.parameter is 0 at step 0' 0 "$(head_of annealed '$h->{stats}{"divgrad.parameter"} + 0')"
divgrad -q --json -d iq:0.5..0/9 -o annealed p demos
divgrad -q --json -d iq:0.5 -o plain p demos
same 'divgrad.parameter is the parameter times the units' 8 "$(head_of annealed '$h->{stats}{"divgrad.parameter"} + 0')"
same '-d iq:0.5..0/9 is iq:0.5 at step 0' "$(records plain)" "$(records annealed)"
near 0.1 plain 1 sft >out
same '-d iq:0.5 is not SFT' 1 $?

# One-hot: each demonstration is the expert.
ok '-d fkl --one-hot' divgrad -q --json -d fkl --one-hot -o onehot p demos
same '-d fkl --one-hot is SFT, to the bit' "$(records sft)" "$(records onehot)"
same 'and has its name' fkl "$(head_of onehot '$h->{objective}')"
ok '-d fkl --temperature 1' divgrad -q --json -d fkl --temperature 1 -o onehot p demos
same '-d fkl --temperature 1 is SFT' "$(records sft)" "$(records onehot)"
ok '-d alpha:1 --one-hot' divgrad -q --json -d alpha:1 --one-hot -o onehot p demos
ok '-d alpha:1 --one-hot is SFT' near 1e-6 onehot 1 sft
divgrad -q --json -d tv --one-hot -o tv p demos
mkpolicy -q --like llama --dim 16 --layers 2 --vocab 40 --heads 2 --seed 2 other
same 'objective, unit and units of one-hot demonstrations' 'onehot:tv token 16' \
	"$(head_of tv 'join " ", $h->{objective}, $h->{unit}, $h->{units} + 0')"
same 'its loss is below that of certainty, and above 0' yes \
	"$(head_of tv 'my $x = $h->{stats}{"divgrad.loss"}; $x > 15 && $x < 16 ? "yes" : $x')"
ok 'one-hot demonstrations in micro-batches of one token' divgrad -q --json -d tv --one-hot --micro 1 -j 3 -o micro p demos
ok 'micro-batches change that gradient by rounding only' near 1e-6 micro 1 tv
divgrad -q --json -d fkl --ref other --kl 0.5 -o with.kl p demos
divgrad -q --json -d tv --one-hot --ref other --kl 0.5 -o anchored p demos
same '--kl on top of one-hot adds what it adds to SFT' yes "$(perl -I. -e 'require "lib.pl";
	my ($a, $t, $k, $s) = map { (gradient($_))[1] } qw(anchored tv with.kl sft); my ($d, $n) = (0, 0);
	for my $x (keys %$a) { for (0 .. $#{$a->{$x}}) {
		my $want = $k->{$x}[$_] - $s->{$x}[$_];
		$d += ($a->{$x}[$_] - $t->{$x}[$_] - $want) ** 2; $n += $want ** 2 } }
	print $n > 0 && sqrt($d / $n) < 1e-5 ? "yes" : "$d $n"')"
ok '-d fkl --temperature 2' divgrad -q --json -d fkl --temperature 2 -o cold p demos
same 'a temperature other than 1 is another objective' onehot:fkl "$(head_of cold '$h->{objective}')"
near 0.1 cold 0.5 sft >out
same 'its gradient is not that of SFT' 1 $?
ok 'pearson is clipped' divgrad -q --json -d pearson --one-hot --clip 2 -o clipped p demos
same 'clipped actions are counted' 10 "$(head_of clipped '$h->{stats}{"divgrad.clipped"} + 0')"
ok 'at q below e^-2, pearson has the weight e^2' near 1e-6 clipped "$(perl -e 'print exp -2')" sft
ok 'an annealed parameter' divgrad -q --json -d alpha:1..0.5/9 --one-hot -o annealed p demos
ok 'it begins with SFT' near 1e-6 annealed 1 sft
dies 2 'divgrad: -d rkl with --one-hot: the divergence of a single token from any policy is infinite, because h(0) is' \
	divgrad -d rkl --one-hot p demos
dies 2 'divgrad: -d alpha:1..0/9 with --one-hot: the divergence of a single token from any policy is infinite, because h(0) is' \
	divgrad -d alpha:1..0/9 --one-hot p demos
dies 2 'divgrad: --one-hot has no effect with an objective that is not a divergence' divgrad -d prefix --one-hot p demos
dies 2 'divgrad: --one-hot does not go with --teacher' divgrad -d js --one-hot --teacher other p demos
dies 2 'divgrad: --baseline has no effect with an objective that gives no credit' \
	divgrad -d js --one-hot --baseline mean p demos
dies 2 'divgrad: --temperature has no effect without --teacher, --one-hot or -d fkl' divgrad -d js --temperature 2 p rolls
dies 2 'divgrad: --temperature has no effect without --teacher, --one-hot or -d fkl' divgrad -d prefix --temperature 2 p demos
dies 2 'divgrad: --estimator has no effect with an objective that gives no credit' \
	divgrad -d fkl --temperature 2 --estimator demos p demos
dies 1 'divgrad: rolls: segment 1, record 1 ("r"): role policy, but tv takes role expert' divgrad -d tv --one-hot p rolls
dies 1 'divgrad: rolls: segment 1, record 1 ("r"): role policy, but fkl takes role expert' divgrad -d fkl --one-hot p rolls
dies 1 'divgrad: rolls: segment 1, record 1 ("r"): role policy, but fkl takes role expert' \
	divgrad -d fkl --temperature 2 p rolls

# Pairs.
pairs() { # sides of two pairs
	printf '%s\n' '{"id":"a1","group":"a","role":"chosen","tokens":[1,2,3,4],"actions":[2,4]}' \
		'{"id":"a2","group":"a","role":"rejected","tokens":[1,2,6,7,8],"actions":[2,5]}' \
		'{"id":"b2","group":"b","role":"rejected","tokens":[3,2,1],"actions":[1,3]}' \
		'{"id":"b1","group":"b","role":"chosen","tokens":[3,9],"actions":[1,2]}'
}
pair_segment() { # FILTER: of the records
	printf '{"apprentice":{"kind":"traj","version":1}}\n'
	pairs | eval "${1:-cat}" >some.pairs
	cat some.pairs
	printf '{"end":{"count":%d,"more":false}}\n' "$(wc -l <some.pairs)"
}
pair_segment >pairs
cp -R p ref
ok '-d dpo of pairs' divgrad -q --json -d dpo --ref ref -o dpo p pairs
same 'where policy is reference, the loss is log 2 a pair' '0.693147 0 pair 2' "$(head_of dpo '
	sprintf "%.6f %d %s %g", $h->{stats}{"divgrad.loss"} / 2, $h->{stats}{"divgrad.margin"}, $h->{unit}, $h->{units}')"
# Its slope is -beta / 2 for chosen and beta / 2 for rejected.
pairs | sed 's/"chosen"/"policy","score":[0.05]/; s/"rejected"/"policy","score":[-0.05]/' >some.pairs
{ echo '{"apprentice":{"kind":"traj","version":1}}' && cat some.pairs && echo '{"end":{"count":4,"more":false}}'; } |
	divgrad -q --json -d reward --baseline none -o by.hand p
ok 'the gradient of dpo at m = 0 is beta / 2 a side' near 1e-6 dpo 1 by.hand
for how in '--beta .2:0.5' '--smooth .25:2' '--regulariser fkl:1' '--regulariser js:4' '--regulariser alpha:.3:1'; do
	# shellcheck disable=SC2086
	divgrad -q --json -d dpo --ref ref ${how%:*} -o how p pairs
	ok "${how%:*}" near 1e-6 how "${how##*:}" dpo
done
rollout -q --json -n 2 -l 3 -o sampled p demos
perl -pe 's/"role":"policy"/"\"role\":\"" . ($n++ % 2 ? "rejected" : "chosen") . "\""/e' sampled >recorded
ok '--ref - of pairs that the policy sampled' divgrad -q --json -d dpo --ref - -o by.record p recorded
divgrad -q --json -d dpo --ref ref -o by.ref p recorded
ok '--ref - is the reference that sampled' near 1e-5 by.record 1 by.ref
# (m - 5)^2 has the slope -10 at m = 0.
divgrad -q --json -d ipo --ref ref -o ipo p pairs
ok 'the gradient of ipo at m = 0 is 200 times that of dpo' near 1e-6 dpo 200 ipo
same 'the loss of ipo at m = 0' 25 "$(head_of ipo '$h->{stats}{"divgrad.loss"} / 2')"
sed 's/"chosen"/"expert"/; s/"rejected"/"policy"/; 1s/}}/,"policy":{"id":"'"$(head_of sft '$h->{policy}{id}')"'","step":0}}}/' pairs |
	perl -pe 's/"actions":\[2,5\]/$&,"logp":[-1,-2,-3]/; s/"actions":\[1,3\]/$&,"logp":[-4,-3]/' >spins
ok '-d spin of samples of this very policy' divgrad -q --json -d spin -o spin p spins
divgrad -q --json -d spin --ref ref -o spin.ref p spins
ok '-d spin of own samples needs no reference' near 1e-6 spin 1 spin.ref
sed '2s/"tokens"/"stop":"length","tokens"/' pairs >ended
pair_segment 'grep b' >bs
divgrad -q --json -d dpo --ref ref --mask-cut -o masked p ended
divgrad -q --json -d dpo --ref ref -o bs.g p bs
ok '--mask-cut leaves out a pair with a side that was cut off' near 1e-6 masked 1 bs.g
same '--mask-cut: a masked pair gives no units' '1 1' "$(head_of masked 'join " ", $h->{units} + 0, $h->{stats}{"divgrad.cut"}')"
# Pairs without a reference.
ok '-d simpo' divgrad -q --json -d simpo -o simpo p pairs
ok '-d orpo' divgrad -q --json -d orpo -o orpo p pairs
same 'the unit of simpo is the pair' 'simpo pair 2' "$(head_of simpo 'join " ", $h->{objective}, $h->{unit}, $h->{units} + 0')"
divgrad -q --json -d simpo --margin 0 --beta 1e-6 -o flat p pairs
same 'the loss of simpo without margin and slope is log 2 a pair' 0.693147 \
	"$(head_of flat 'sprintf "%.6f", $h->{stats}{"divgrad.loss"} / 2')"
# There its slope is beta / 2 of the mean: for actions of 2, 3, 2 and 1.
perl -pe 'my %n = (a1 => 2, a2 => -3, b2 => -2, b1 => 1);
	s{"id":"(\w\d)"(.*)"role":"\w+"}{sprintf q("id":"%s"%s"role":"policy","score":[%.9g]), $1, $2, 0.5 / $n{$1}}e' pairs >mean.hand
divgrad -q --json -d reward --level trajectory --baseline none -o mean.g p mean.hand
ok 'the gradient of simpo is that of means of log-probabilities' near 1e-4 flat 1e6 mean.g
divgrad -q --json -d simpo --margin 1e6 --beta 1 -o steep p pairs
ok 'with a margin out of reach it is twice as steep' near 1e-4 steep 0.5 mean.g

# Singles.
ok '-d kto' divgrad -q --json -d kto --ref ref -o kto p pairs
same 'where policy is reference, the loss is a half each' '0.500000 0 single 4' "$(head_of kto '
	sprintf "%.6f %g %s %g", $h->{stats}{"divgrad.loss"} / 4, $h->{stats}{"divgrad.center"}, $h->{unit}, $h->{units}')"
ok 'its gradient is half that of dpo: beta / 4 each' near 1e-6 kto 2 dpo
divgrad -q --json -d kto --ref ref --undesirable 3 -o kto3 p pairs
same '--undesirable weighs the losses of rejected' 4 "$(head_of kto3 'sprintf "%g", $h->{stats}{"divgrad.loss"}')"
perl -e 'open F, "<", "pairs"; my @l = <F>; print @l[0, 3, 1, 4, 2, 5]' >turned
divgrad -q --json -d kto --ref other -o kto.other p pairs
divgrad -q --json -d kto --ref other -o kto.turned p turned
ok 'the order of the segment changes nothing' near 1e-6 kto.turned 1 kto.other
pair_segment 'grep b' >bs
divgrad -q --json -d kto --ref ref -o alone p bs
same 'a segment of one prompt is counted' 1 "$(head_of alone '$h->{stats}{"divgrad.alone"} + 0')"
dies 2 'divgrad: --ref - serves only preferences of pairs: name a policy' divgrad -q -d kto --ref - p recorded
dies 2 'divgrad: -d kto: missing --ref DIR, the reference' divgrad -d kto p pairs
dies 2 'divgrad: --margin has no effect without -d simpo' divgrad -d dpo --ref ref --margin 1 p pairs
dies 2 'divgrad: --undesirable has no effect without -d kto' divgrad -d orpo --undesirable 2 p pairs
dies 2 'divgrad: --regularizer has no effect with an objective that has no reference' divgrad -d simpo --regularizer js p pairs
dies 2 'divgrad: --ref - serves only preferences of pairs: name a policy' divgrad -d simpo --ref - p pairs
dies 2 'divgrad: --clip has no effect with preferences, but for a regularizer that explodes' divgrad -d simpo --clip 3 p pairs
dies 2 'divgrad: --baseline has no effect with a teacher and without --future' \
	divgrad -d js --teacher p --baseline mean p pairs
ok '--plan of singles' divgrad -q --plan --json -d kto --ref ref -o plan p pairs

# Segments.
segment '' >empty
cat empty demos empty rest >several
ok 'empty segments' divgrad -q --json -d fkl -o out p several
same 'empty segments are passed on' 4 "$(grep -c '^{"end"' out)"
dies 1 'divgrad: no trajectories' divgrad -q --json -d fkl -o none p empty
ok '--follow, with nothing to wait for' divgrad -q --json -d fkl --follow -o followed p demos
same '--follow changes nothing' "$(records sft)" "$(records followed)"

# Refusals: nothing is written.
rm -f none
refuses() { # WORDS OPTIONS...
	words=$1
	shift
	dies 1 "divgrad: $words" divgrad -q --json -o none "$@"
}
sed 's/"score"/"x"/' rolls >bare
: >libopenblas.so.0
dies 1 "divgrad: libopenblas.so.0: cannot be loaded" \
	env LD_LIBRARY_PATH=. divgrad -q -d fkl -o none p demos
rm libopenblas.so.0
refuses 'demos: segment 1, record 1 ("a"): field "score": missing
hint: put discrim before divgrad: rollout ... | discrim -e DEMOS -p POLICY DISC | divgrad ...' -d rkl p demos
refuses 'bare: segment 1, record 1 ("r"): field "score": missing' -d fkl p bare
refuses 'demos.scored: segment 1, record 1 ("r"): role expert, but the estimator takes rollouts only
hint: --estimator both takes demonstrations and rollouts together' -d js p demos.scored
refuses 'rolls: segment 1, record 1 ("r"): role policy, but the estimator takes demonstrations only' \
	-d js --estimator demos p rolls
scored ',"ratio":"sign"' >x
refuses 'js cannot use scores of ratio sign: they are the signs of log-ratios
hint: -d tv can use these scores' -d js p x
scored ',"ratio":"prompt"' >x
refuses 'js cannot use scores of ratio prompt: they are log-ratios up to a constant of each prompt
hint: -d rkl can use these scores' -d js p x
scored ',"ratio":"reward"' >x
refuses 'rkl cannot use scores of ratio reward: they are rewards
hint: -d reward can use these scores' -d rkl p x
scored ',"policy":{"id":"you","step":0}' >x
refuses "sampled by policy you, but this is $(head_of sft '$h->{policy}{id}')" -d rkl p x
sed '3s/2,0.25/2/' rolls >x
refuses 'x: segment 1, record 2 ("s"): field "score": 2 values for 3 actions' -d rkl p x
sed '3s/\[0.25,2,0.25\]/[2.5]/' rolls >x
refuses 'x: segment 1, record 2 ("s"): field "score": one for 3 actions, but this level needs one for each' -d rkl p x
sed '4s/\[3,2,1\]/[3,2,40]/' rolls >x
refuses 'x: segment 1, record 3 ("t"): field "tokens": token 40 is outside a vocabulary of 40' -d rkl p x
segment ',"vocab":41' "$one" >x
refuses 'x: segment 1: made with a tokenizer of vocabulary 41, but the policy'\''s is 40' -d fkl p x
refuses 'pairs: segment 1, record 1 ("a1"): field "logp": missing, and there is no reference
hint: name the reference: --ref DIR' -d dpo --ref - p pairs
refuses 'demos: segment 1, record 1 ("a"): role expert, but dpo takes roles chosen and rejected' -d dpo --ref ref p demos
pair_segment 'grep -v a2' >x
refuses 'x: segment 1, record 1 ("a1"): its group "a" has no rejected in this segment' -d dpo --ref ref p x
sed 's/"step":0/"step":7/' spins >x
refuses 'x: segment 1, record 1 ("a1"): the policy that sampled is not at hand, and only it knows the log-probability of a demonstration
hint: name the reference: --ref DIR' -d spin p x
refuses "sampled by policy $(head_of sft '$h->{policy}{id}') at step 7, but the reference is $(head_of sft '$h->{policy}{id}') at step 0" \
	-d spin --ref ref p x
mkpolicy -q --like llama --dim 16 --layers 1 --vocab 41 --heads 2 wide
refuses 'wide and p: vocabularies of 41 and 40, expected one' -d dpo --ref wide p pairs
refuses 'rolls: segment 1, record 1 ("r"): role policy, but iq:1 takes role expert' -d iq:1 p rolls
long=jsd:0.25000000000000000000000000000000000000000000000000000000000000
refuses "$long: longer than 63 bytes" -d $long p rolls
head -n 3 demos >x
divgrad -q --json -d fkl -o none p x 2>err
same 'a truncated stream fails' 1 $?
divgrad -q --json -d fkl -o none nowhere demos 2>err
same 'a missing policy fails' '1 1' "$? $(grep -c '^divgrad: nowhere' err)"
[ ! -e none ]
tap $? 'no failure made a file'

# Wrong usage.
dies 2 'divgrad: missing option: -d NAME' divgrad p demos
dies 2 "divgrad: missing operand: POLICY, the policy's directory" divgrad -d fkl
divgrad -d klm p demos 2>err
same 'an unknown objective: the names' '2 1' \
	"$? $(grep -cE '^divgrad: -d klm: not one of fkl rkl js jsd:B( [a-z]+(:[A-Z]+)?)+$' err)"
dies 2 'divgrad: -d jsd: needs a parameter, as in jsd:0.3' divgrad -d jsd p demos
dies 2 'divgrad: -d js:0.3: js takes no parameter' divgrad -d js:0.3 p demos
dies 2 'divgrad: -d ipo: missing --ref DIR, the reference; or --ref - where the records have its logp' divgrad -d ipo p pairs
dies 2 'divgrad: --beta has no effect with an objective that is not of preferences' divgrad -d fkl --beta 1 p demos
dies 2 'divgrad: --regulariser tv: not a regulariser: its slope stays bounded as the policy gives up what the reference does' \
	divgrad -d dpo --regulariser tv p demos
dies 2 'divgrad: -d alpha:1..0: the number of steps is missing, as in alpha:1..0/400' divgrad -d alpha:1..0 p demos
for wrong in '-d jsd:1' '-d alpha:x' '--level word' '--estimator none' '--baseline all' '--scale sd' '--smooth .6' \
	'--beta 0' '--beta .1' '--ref -' '--regulariser js' '-d dpo --regulariser skl:.1' '-d dpo --regulariser x' '-d iq' '-d alpha:1..0' \
	'--future 1.5' '--clip -1' '--ratio-clip x' '--micro 0' '--every 0' '--dtype f64' '-w inf'; do
	# shellcheck disable=SC2086
	divgrad -d fkl $wrong p demos >out 2>err
	same "$wrong is wrong usage" "2 0" "$? $(wc -c <out)"
done
done_testing
