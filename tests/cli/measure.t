#!/bin/sh
# SPDX-License-Identifier: MIT
#
# measure: likelihood, divergences and diversity against perl that knows
# nothing but their definitions; what is left out, what is refused.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/terminal.sh"

mkpolicy -q --like llama --dim 16 --layers 1 --vocab 12 --heads 2 p || exit 1

segment() { # HEADER RECORD...: a segment of the text twin
	printf '{"apprentice":{"kind":"traj","version":1%s}}\n' "$1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@"
	printf '{"end":{"count":%d,"more":false}}\n' $#
}
segment '' '{"id":"x","tokens":[1],"actions":[]}' '{"id":"y","tokens":[2,3],"actions":[]}' \
	'{"id":"z","tokens":[4,5,6],"actions":[1,2]}' >prompts
rollout -q --json -n 5 -l 9 -s 4 -o rolls p prompts || exit 1

cat >lib.pl <<-'EOL'
	use strict; use warnings; use JSON::PP; use List::Util qw(sum0 max min);
	sub lines { open my $f, '<', $_[0] or die "$_[0]: $!"; map { decode_json($_) } <$f> }
	sub records { grep { !$_->{apprentice} && !$_->{end} } lines($_[0]) }
	sub near { abs($_[0] - $_[1]) < ($_[2] // 1e-5) }
	sub response { my ($s, $e) = @{$_[0]{actions}}[-2, -1]; map { "$_" } @{$_[0]{tokens}}[$s .. $e - 1] }
	sub grams { my $n = shift; map { join ' ', @_[$_ .. $_ + $n - 1] } 0 .. @_ - $n }
	sub counts { my %c; $c{$_}++ for @_; \%c }
	sub distinct {
		my ($n, @r) = @_;
		my @all = map { grams($n, response($_)) } @r;
		return keys(%{counts(@all)}) / @all;
	}
	sub bleu { # a response against others
		my ($y, @refs) = @_;
		my $log = 0;
		for my $n (1 .. 4) {
			my $own = counts(grams($n, @$y));
			my @c = map { counts(grams($n, @$_)) } @refs;
			my $hit = sum0 map { my $g = $_; min($own->{$g}, max(map { $_->{$g} // 0 } @c)) } keys %$own;
			my $add = $n > 1;
			my $all = @$y >= $n ? @$y - $n + 1 : 0;
			return 0 unless $hit + $add > 0;
			$log += log(($hit + $add) / ($all + $add)) / 4;
		}
		my ($near) = sort { abs($a - @$y) <=> abs($b - @$y) || $a <=> $b } map { scalar @$_ } @refs;
		return exp($log + (@$y < $near ? 1 - $near / @$y : 0));
	}
	sub self_bleu {
		my (%g, @all);
		push @{$g{$_->{group} // $_->{id}}}, [response($_)] for @_;
		for my $m (grep { @$_ > 1 } values %g) {
			for my $i (0 .. $#$m) { push @all, bleu($m->[$i], @$m[grep { $_ != $i } 0 .. $#$m]) }
		}
		return sum0(@all) / @all;
	}
	1;
EOL
yes_if() { # NAME CODE: perl that ends with what is to hold, $m being the JSON of file m
	same "$1" yes "$(perl -I. -e 'BEGIN { require "lib.pl" } my ($m) = lines("m");'"print do { $2 } ? 'yes' : 'no'" 2>&1)"
}

# Likelihood: a sampler knows its own.
ok 'measures of rollouts' measure -q -p p -o m rolls
same 'the output is one line' 1 "$(wc -l <m | xargs)"
same 'the measures have these names' 'distinct_1 distinct_2 entropy length nll_token nll_trajectory se.nll_token se.nll_trajectory self_bleu trajectories' \
	"$(perl -I. -e 'require "lib.pl"; print join " ", sort keys %{(lines("m"))[0]}')"
yes_if 'nll_token and nll_trajectory are those of the sampler' 'my @l = map { @{$_->{logp}} } records("rolls");
	near($m->{nll_token}, -sum0(@l) / @l) && near($m->{nll_trajectory}, -sum0(@l) / 15, 1e-4)'
yes_if 'trajectories and length' '$m->{trajectories} == 15 &&
	near($m->{length}, sum0(map { scalar @{$_->{logp}} } records("rolls")) / 15)'
rollout -q -n 200 -l 9 p prompts | measure -q -p p >many
yes_if 'entropy is the mean cost of samples' '($m) = lines("many");
	near($m->{entropy}, $m->{nll_token}, 0.06) && $m->{entropy} > 1 && $m->{entropy} < log 12'
yes_if 'distinct_1, distinct_2' 'my @r = records("rolls");
	near($m->{distinct_1}, distinct(1, @r)) && near($m->{distinct_2}, distinct(2, @r)) && $m->{distinct_2} < 1'
yes_if 'self_bleu' 'near($m->{self_bleu}, self_bleu(records("rolls"))) && $m->{self_bleu} > 0 && $m->{self_bleu} < 1'
cp m before
ok '--micro 1' measure -q -p p --micro 1 -o m rolls
yes_if '--micro 1 gives the same measures' 'my ($x) = lines("before"); !grep { !near($m->{$_}, $x->{$_}) } keys %$x'
cat rolls rolls >segments
ok 'two segments' measure -q -p p -o m segments
yes_if 'segments are measured together' 'my ($x) = lines("before");
	$m->{trajectories} == 30 && near($m->{nll_trajectory}, $x->{nll_trajectory}) &&
	near($m->{distinct_1}, $x->{distinct_1} / 2) && $m->{self_bleu} > $x->{self_bleu}'
trajcat -q -o binary rolls
same 'binary from standard input' "$(measure -q rolls)" "$(measure -q <binary)"

# Weights: likelihood has them, the rest has not.
perl -pe 's/^\{"id"/{"weight":@{[++$n]},"id"/' rolls >weighted
grep -q '"weight":15' weighted || perl -pe 's/"role"/"weight":@{[++$n]},"role"/' rolls >weighted
measure -q -p p -o m weighted
yes_if 'standard errors are those of sums over groups' 'my @r = records("weighted"); my $w = sum0 map { $_->{weight} } @r;
	my (%t, %k); my $A = sum0 map { $_->{weight} * @{$_->{logp}} } @r;
	for (@r) {
		my ($g, $nats) = ($_->{group}, -sum0(@{$_->{logp}}));
		$t{$g} += $_->{weight} * ($nats - $m->{nll_trajectory});
		$k{$g} += $_->{weight} * ($nats - @{$_->{logp}} * $m->{nll_token});
	}
	keys %t == 3 && near($m->{"se.nll_trajectory"}, sqrt(sum0 map { $_ ** 2 } values %t) / $w, 1e-4) &&
	near($m->{"se.nll_token"}, sqrt(sum0 map { $_ ** 2 } values %k) / $A, 1e-4)'
perl -pe 's/"group":"[^"]*"/"group":"@{[++$n]}"/' weighted >single
measure -q -p p -o m single
yes_if 'se.nll_trajectory is the standard error of the mean' 'my @r = records("weighted"); my $w = sum0 map { $_->{weight} } @r;
	near($m->{"se.nll_trajectory"}, sqrt(sum0 map { ($_->{weight} * (sum0(@{$_->{logp}}) + $m->{nll_trajectory})) ** 2 } @r) / $w, 1e-4)'
measure -q -p p -o m weighted
yes_if 'records count by their weight' 'my @r = records("weighted"); my ($x) = lines("before");
	my $w = sum0 map { $_->{weight} } @r;
	my $l = -sum0 map { $_->{weight} * sum0 @{$_->{logp}} } @r;
	my $n = sum0 map { $_->{weight} * @{$_->{logp}} } @r;
	$w == 120 && near($m->{nll_trajectory}, $l / $w, 1e-4) && near($m->{nll_token}, $l / $n) &&
	$m->{length} == $x->{length} && $m->{self_bleu} == $x->{self_bleu}'

# Several policies: the mean of their probabilities, over whole trajectories.
mkpolicy -q --like gpt2 --dim 16 --layers 1 --vocab 12 --heads 2 -s 5 q || exit 1
mkpolicy -q --like llama --dim 16 --layers 1 --vocab 13 --heads 2 thirteen || exit 1
mkpolicy -q --from p --head score scorer || exit 1
measure -q -p p -o none --records of.p weighted && measure -q -p q -o none --records of.q weighted && rm none
ok '-p twice' measure -p p -p q --records of.both -o m weighted
same '-p twice: what is left out, with a word' 'measure: entropy: left out, it is that of a single policy' \
	"$(measure -p p -p q weighted 2>&1 >again)"
yes_if '-p twice: the likelihood is that of the mixture' 'my ($p, $q, $both) = map { [lines("of.$_")] } qw(p q both);
	my ($sum, $w, $n, $bad) = (0, 0, 0, 0);
	for my $i (0 .. $#$p) {
		my $nll = -log((exp(-$p->[$i]{nll}) + exp(-$q->[$i]{nll})) / 2);
		$bad++ if !near($nll, $both->[$i]{nll}, 1e-4) || exists $both->[$i]{entropy};
		$sum += $both->[$i]{weight} * $nll; $w += $both->[$i]{weight}; $n += $both->[$i]{weight} * $both->[$i]{length};
	}
	!$bad && near($m->{nll_trajectory}, $sum / $w, 1e-4) && near($m->{nll_token}, $sum / $n, 1e-4) && !exists $m->{entropy}'
yes_if '-p twice: below the better one by log 2 at most, on each trajectory' 'my ($p, $q, $both) = map { [lines("of.$_")] } qw(p q both);
	!grep { $both->[$_]{nll} > min($p->[$_]{nll}, $q->[$_]{nll}) + log(2) + 1e-4 } 0 .. $#$p'
same '-p twice, the same one, is that one' "$(measure -q -p p rolls | sed 's/.*"nll_token": \(.......\).*/\1/')" \
	"$(measure -q -p p -p p rolls | sed 's/.*"nll_token": \(.......\).*/\1/')"
dies 1 'measure: thirteen and p: vocabularies of 13 and 12, expected one' measure -q -p p -p thirteen rolls
dies 1 'measure: scorer: a classifier with a scalar head, which has no next-token distribution' measure -q -p p -p scorer rolls
dies 1 'measure: nowhere: No such file or directory' measure -q -p p -p nowhere rolls

# Divergences of scores.
scored() { # FIELDS
	segment "$1" \
		'{"id":"a","role":"policy","tokens":[1,2,3],"actions":[1,3],"score":[0.5,-1]}' \
		'{"id":"b","role":"policy","weight":2,"tokens":[1,2,3],"actions":[1,3],"score":[0.75]}' \
		'{"id":"c","tokens":[1,2,3],"actions":[1,2],"score":[-0.25]}'
}
scored ',"ratio":"calibrated"' >scores
ok 'scored rollouts' measure -q -o m scores
same 'divergences: every row without a parameter' \
	"$(measure -d klm scores 2>&1 | sed -n 's/.*not one of //p' | tr ' ' '\n' | grep -v : | sort | xargs)" \
	"$(perl -ne 'print "$1\n" while /"divergence\.([a-z]+)"/g' m | sort | xargs)"
yes_if 'divergences: each is the weighted mean of f' '
	my %f = (fkl => sub { $_[0] * log $_[0] }, rkl => sub { -log $_[0] }, jeffreys => sub { ($_[0] - 1) * log $_[0] },
		js => sub { my $m = ($_[0] + 1) / 2; ($_[0] * log($_[0] / $m) - log $m) / 2 },
		hellinger => sub { (sqrt($_[0]) - 1) ** 2 }, pearson => sub { ($_[0] - 1) ** 2 },
		neyman => sub { ($_[0] - 1) ** 2 / $_[0] }, tv => sub { abs($_[0] - 1) / 2 },
		logd => sub { (1 + $_[0]) * log((1 + $_[0]) / $_[0]) - 2 * log 2 }, lecam => sub { ($_[0] - 1) ** 2 / ($_[0] + 1) });
	my @u = map { exp } -0.5, 0.75, -0.25;
	10 == grep { near($m->{"divergence.$_"}, ($f{$_}->($u[0]) + 2 * $f{$_}->($u[1]) + $f{$_}->($u[2])) / 4) } keys %f'
yes_if 'divergences: each has its standard error' 'my @l = (-0.5, 0.75, -0.25); my @w = (1, 2, 1); my $mean = 0.25 * (0.5 - 1.5 + 0.25);
	near($m->{"se.divergence.rkl"}, sqrt(sum0 map { ($w[$_] * (-$l[$_] - $mean)) ** 2 } 0 .. 2) / 4)'
cp m before.scores
ok '-d NAME:A' measure -q -d skl:0.1 -d jsd:0.5 -d js -o m scores
yes_if '-d NAME:A adds rows with a parameter' 'my ($x) = lines("before.scores"); my %f = ("skl:0.1" => sub { $_[0] * log($_[0] / (0.1 * $_[0] + 0.9)) },
	"jsd:0.5" => sub { my $m = ($_[0] + 1) / 2; 0.5 * $_[0] * log($_[0]) - $m * log($m) });
	my @u = map { exp } -0.5, 0.75, -0.25;
	keys(%$m) == keys(%$x) + 4 && 2 == grep { near($m->{"divergence.$_"}, ($f{$_}->($u[0]) + 2 * $f{$_}->($u[1]) + $f{$_}->($u[2])) / 4) } keys %f'
cp before.scores m
yes_if 'no AUC without demonstrations' '!exists $m->{auc}'
yes_if 'calibration and ess' 'my @u = map { exp } -0.5, 0.75, -0.25; $u[1] *= 2;
	near($m->{calibration}, sum0(@u) / 4) && near($m->{ess}, sum0(@u) ** 2 / sum0(map { $_ ** 2 } @u))'
sed '2s/"policy"/"expert"/' scores >mixed
measure -q -o m mixed
yes_if 'scored rollouts and demonstrations: divergences by the mixture' 'my @u = map { exp } -0.5, 0.75, -0.25;
	my @w = map { $_ / 4 } 1, 2, 1;
	near($m->{"divergence.rkl"}, sum0 map { $w[$_] * -log($u[$_]) / (0.75 + 0.25 * $u[$_]) } 0 .. 2) &&
	near($m->{calibration}, (2 * $u[1] + $u[2]) / 3)'
yes_if 'auc: the demonstration is below both rollouts' '$m->{auc} == 0'
sed '2s/\[0.5,-1\]/[0.75,0]/' mixed >tied
measure -q -o m tied
yes_if 'auc: by weight, equal scores count half' 'near($m->{auc}, (2 * 0.5 + 1) / 3)'
sed 's/"policy"/"expert"/; s/"tokens":\[1,2,3\],"actions":\[1,2\]/"role":"expert",&/' scores >experts
measure -q -o m experts
yes_if 'scored demonstrations alone' 'my @l = (-0.5, 0.75, 0.75, -0.25);
	near($m->{"divergence.fkl"}, sum0(@l) / 4) && !exists $m->{calibration} && !exists $m->{ess}'
for ratio in sign prompt constant reward; do
	scored ",\"ratio\":\"$ratio\"" >x
	measure -q -o m x
	yes_if "of ratio $ratio there are none" '!grep { /divergence|calibration|ess/ } keys %$m'
done
sed 's/"score":\[0.75\]/"score":[900]/' scores >x
ok 'a score of 900' measure -q -o m x
yes_if 'a measure that is not finite is left out' '!exists $m->{"divergence.fkl"} && near($m->{"divergence.rkl"}, (0.5 - 1800 + 0.25) / 4)'

# Exact match.
segment '' '{"id":"1","group":"a","tokens":[9,2,3],"actions":[1,3]}' '{"id":"2","group":"b","tokens":[1,2,4],"actions":[1,3]}' \
	'{"id":"3","group":"c","tokens":[1,9,2],"actions":[1,3]}' '{"id":"4","group":"c","tokens":[1,9,9,2],"actions":[1,2,3,4]}' >demos
ok '-e EXPERT' measure -q -e demos -o m scores
yes_if 'exact: the share of responses that equal a demonstration of the group' 'near($m->{exact}, 2 / 3)'

# Right or wrong: by demonstrations, or by scores.
segment '' '{"id":"a#0","group":"a","role":"policy","tokens":[1,2,3],"actions":[1,3],"score":[1,-0.5]}' \
	'{"id":"a#1","group":"a","role":"policy","tokens":[1,4,3],"actions":[1,3],"score":[0]}' \
	'{"id":"a#2","group":"a","role":"policy","tokens":[1,5,3],"actions":[1,3],"score":[-2]}' \
	'{"id":"b#0","group":"b","role":"policy","tokens":[1,2,3],"actions":[1,3],"score":[3]}' \
	'{"id":"b","group":"b","role":"expert","tokens":[1,2,3],"actions":[1,3]}' >marked
dies 0 'measure: pass_at_2: 1 prompts have fewer samples and are left out' \
	measure --pass-at 1 --pass-at 2 --records lines -o m marked
yes_if 'pass_at_1 and pass_at_2 by scores' 'near($m->{right}, 0.5) && near($m->{pass_at_1}, (1 / 3 + 1) / 2) &&
	near($m->{"se.pass_at_1"}, sqrt(2) / 6) && near($m->{pass_at_2}, 2 / 3) && !exists $m->{"se.pass_at_2"}'
same '--records: a line a trajectory' \
	'{"id":"a#0","group":"a","role":"policy","length":2,"weight":1.0,"score":0.5,"right":true}
{"id":"b","group":"b","role":"expert","length":2,"weight":1.0}' "$(sed -n '1p; 5p' lines)"
measure -q --pass-at 1 -e demos -o m marked
yes_if 'pass_at_1 by demonstrations' 'near($m->{exact}, 1 / 5) && near($m->{right}, 1 / 4) && near($m->{pass_at_1}, (1 / 3) / 2)'
sed 's/,"score":\[-2\]//' marked >unmarked
dies 1 'measure: unmarked: segment 1, record 3 ("a#2"): field "score": missing' measure -q --pass-at 1 -o none unmarked

# Wins over another stream.
sed '/"expert"/d; s/"count":5/"count":4/' marked >own
sed 's/\[1,-0.5\]/[0.5]/; s/\[3\]/[4]/; s/\[-2\]/[-3]/; s/"b"/"c"/g; s/"b#/"c#/' own >other
measure -q --against other -o m own
yes_if 'win_rate: pairs of a prompt, ties count half; one prompt has no interval' 'near($m->{win_rate}, 5 / 9) && $m->{win_prompts} == 1 &&
	!exists $m->{win_rate_low} && !exists $m->{win_rate_high}'
sed 's/\[3\]/[4]/' own >other
measure -q --against other -o m own
yes_if 'win_rate is the mean over prompts, its interval lies around it' 'near($m->{win_rate}, (0.5 + 0) / 2) &&
	near($m->{win_rate_low}, 0) && near($m->{win_rate_high}, 0.5) && $m->{win_prompts} == 2'
sed 's/"group":"[ab]"/"group":"z"/' own >other
dies 1 'measure: other: no prompt in common' measure -q --against other -o none own
dies 1 'measure: unmarked: segment 1, record 3 ("a#2"): field "score": missing' measure -q --against unmarked -o none own

# Bits per byte of a policy with a tokenizer.
printf '{"prompt": "Say %s.", "response": " I s\303\244y so."}\n' one two >t.jsonl
mkpolicy -q --like llama --dim 8 --layers 1 --tokenizer-from t.jsonl --vocab 262 t
demo2traj -q -m t -o t.traj t.jsonl
measure -q -p t --records lines -o m t.traj
yes_if 'bits_per_byte: bits of the actions by bytes of their text' 'near($m->{bits_per_byte}, $m->{nll_trajectory} / log(2) / 11) &&
	2 == grep { $_->{bytes} == 11 && near($_->{bits_per_byte}, $_->{nll} / log(2) / 11) && near($_->{entropy}, $m->{entropy}, 0.1) } lines("lines")'

# What there is nothing to take from.
segment '' '{"id":"1","tokens":[9],"actions":[]}' >hollow
ok 'trajectories without actions' measure -q -p p -e demos -o m hollow
same 'trajectories without actions: their measures are left out' 'exact length nll_trajectory trajectories' \
	"$(perl -I. -e 'require "lib.pl"; print join " ", sort keys %{(lines("m"))[0]}')"

# Refusals.
segment '' >empty
dies 1 'measure: no trajectories' measure -q -o none empty
cat empty scores empty >several
ok 'empty segments count for nothing' measure -q -o m several
head -n 3 scores >half
measure -q -o none half 2>err
same 'a cut stream ends with 1' 1 $?
sed 's/1,2,3/1,2,12/' scores >x
dies 1 'measure: x: segment 1, record 1 ("a"): field "tokens": token 12 is outside a vocabulary of 12' measure -q -p p -o none x
scored ',"vocab":13' >x
said() { # HEADER: two samples of a prompt
	segment ",$1" '{"id":"a#0","group":"a","tokens":[1,2,3],"actions":[1,3]}' \
		'{"id":"a#1","group":"a","tokens":[1,4,3],"actions":[1,3]}'
}
said '"tokenizer":"one","vocab":12' >one
said '"tokenizer":"two","vocab":12' >two
said '"vocab":13' >wide
segment '' '{"id":"b","tokens":[1,2,3],"actions":[1,3]}' >unsaid
measure -q -e one -o m one
yes_if 'samples are among demonstrations of the same tokenizer' 'near($m->{exact}, 1)'
for p in '' '-p p'; do
	# shellcheck disable=SC2086
	dies 1 'measure: one: segment 1: made with tokenizer one, but two with two
hint: made for another tokenizer: demo2traj -m POLICY makes trajectories for this one' \
		measure -q $p -e two one
done
dies 1 'measure: two: segment 1: made with tokenizer two, but one with one' \
	measure -q one two
# The headers of streams by demo2traj name a policy.
for p in one two; do
	said '"tokenizer":"'$p'","by":[{"tool":"demo2traj","argv":["demo2traj","-m","P'$p'"]}]' >by-$p
done
dies 1 'measure: by-two: segment 1: made for Ptwo, but by-one for Pone, which has another tokenizer' \
	measure -q by-one by-two
dies 1 'measure: by-two: segment 1: made for Ptwo, but by-one for Pone, which has another tokenizer' \
	measure -q -e by-one by-two
dies 1 'measure: two: segment 1: made with tokenizer two, but one with one' \
	measure -q unsaid one two
dies 1 'measure: wide: segment 1: made with a tokenizer of vocabulary 13, but one with one of 12' \
	measure -q one wide
ok 'a header that names no tokenizer goes with any' measure -q -e unsaid unsaid one unsaid
dies 1 "measure: x: segment 1: made with a tokenizer of vocabulary 13, but the policy's is 12" measure -q -p p -o none x
dies 1 'measure: empty: no demonstrations' measure -q -e empty -o none scores
measure -q -p nowhere -o none scores 2>err
same 'a policy that does not exist is refused' '1 1' "$? $(grep -c '^measure: nowhere' err)"
printf '{"apprentice":{"kind":"grad","version":1}}\n' >x
measure -q -o none x 2>err
same 'a stream of gradients is refused' 1 $?
[ ! -e none ]
tap $? 'refusals make no file'
for wrong in '-d x' '-d skl' '-d alpha:x' '--micro 0' '--pass-at 0' '-s 2' '--json' '-j 0'; do
	# shellcheck disable=SC2086
	measure $wrong scores >out 2>err
	same "$wrong is wrong usage" '2 0' "$? $(wc -c <out | xargs)"
done
if terminals; then
	on_terminal 'measure scores' | tr -d '\r' >table
	same 'a table on a terminal' '3' "$(awk '$1 == "trajectories" { print $2 + 0 }' table)"
	same 'the table has all measures' \
		"$(perl -ne 'print "$1\n" while /"([a-z_0-9.]+)": /g' before.scores | sort)" \
		"$(sed -n 's/^\([a-z_0-9.]*\)  *[-0-9.e]*$/\1/p' table | sort)"
else
	skip 'on a terminal, a table' 'no script(1) or no pseudo-terminals here'
fi
mkdir run && echo '{}' >run/run.json
dies 1 'measure: run: the folder of a run, not a policy
hint: its policy is run/best, or else run/policy' measure -p run demos
done_testing
