#!/bin/sh
# SPDX-License-Identifier: MIT
#
# compare: against measure, and a bootstrap in perl; what it keeps; refusals.
. "$(dirname "$0")/../lib.sh"

# shellcheck source=tests/demos.sh
. "$ROOT/tests/demos.sh"
mkpolicy -q --like llama --dim 32 --layers 1 --tokenizer-from demos.jsonl --vocab 300 start || exit 1
demo2traj -q -m start -o held.traj demos.jsonl || exit 1
mkpolicy -q --from start tuned || exit 1
trajcat -q --repeat 10 --batch 4 held.traj | divgrad -q -d fkl --follow tuned |
	apply-update -q --lr 1e-2 tuned >/dev/null || exit 1

cat >lib.pl <<-'EOL'
	use strict; use warnings; use JSON::PP; use List::Util qw(sum0);
	sub json { open my $f, '<', $_[0] or die "$_[0]: $!"; local $/; decode_json(<$f>) }
	sub near { abs($_[0] - $_[1]) <= ($_[2] // 1e-6) }
	1;
EOL
yes_if() { # NAME CODE: perl that ends with what is to hold, $c being the JSON of file c
	same "$1" yes "$(perl -I. -e 'BEGIN { require "lib.pl" } my $c = json("c");'"print do { $2 } ? 'yes' : 'no'" 2>&1)"
}

ok 'a comparison' compare -q --json -l 12 -o c held.traj start=start tuned=tuned/
yes_if 'it has the keys of its page' 'join(" ", sort keys %$c) eq "held keep prompts rows sentence" and
	join(" ", sort keys %{$c->{rows}[0]}) eq "control difference distinct_2 high length low name nll_token nll_token_se nll_trajectory policy self_bleu"'
yes_if 'the first policy is the control' '$c->{rows}[0]{control} and not $c->{rows}[1]{control}'
yes_if 'the tuned policy is kept' '$c->{keep} eq "tuned" and $c->{prompts} == 8 and
	$c->{sentence} =~ /^Keep tuned: [\d.]+ nats per token better than start \(95 % interval [\d.]+ to [\d.]+, 8 prompts\)\.$/'
for p in start tuned; do measure -q -p $p held.traj >m.$p; done
yes_if 'likelihoods are those of measure' 'my %m = map { $_ => json("m.$_") } qw(start tuned);
	not grep { !near($_->{nll_token}, $m{$_->{name}}{nll_token}) or !near($_->{nll_trajectory}, $m{$_->{name}}{nll_trajectory}, 1e-5) } @{$c->{rows}}'
yes_if 'so are errors' 'my %m = map { $_ => json("m.$_") } qw(start tuned);
	not grep { !near($_->{nll_token_se}, $m{$_->{name}}{"se.nll_token"}) } @{$c->{rows}}'
yes_if 'the difference is that of the likelihoods' 'my ($s, $t) = @{$c->{rows}};
	near($t->{difference}, $t->{nll_token} - $s->{nll_token}) and $t->{low} < $t->{difference} and $t->{difference} < $t->{high} and not defined $s->{difference}'
trajcat -q held.traj | rollout -q -l 12 tuned | measure -q >m
trajcat -q held.traj | rollout -q -n 4 -l 12 tuned | measure -q >g
yes_if 'lengths and diversity are those of measure' 'my ($m, $g, $t) = (json("m"), json("g"), $c->{rows}[1]);
	near($t->{length}, $m->{length}) and near($t->{distinct_2}, $m->{distinct_2}) and near($t->{self_bleu}, $g->{self_bleu})'
cp c before
ok 'the same again' compare -q --json -l 12 -o c held.traj start=start tuned=tuned
sed -i 's|"tuned/"|"tuned"|' before
ok 'gives the same bytes' cmp before c
ok 'threads change nothing' sh -c 'compare -q -j 1 --json -l 12 held.traj start=start tuned=tuned | cmp - before'
ok 'nor do micro-batches' sh -c 'compare -q --micro 1 --json -l 12 held.traj start=start tuned=tuned | cmp - before'

# The interval, by a bootstrap that shares nothing but its definition.
for p in start tuned; do
	for k in 0 1 2 3 4 5 6 7; do
		trajcat -q --skip $k --head 1 held.traj | measure -q -p $p
	done >each.$p
done
yes_if 'the interval is that of a bootstrap in perl' 'my (%l, %n);
	for my $p (qw(start tuned)) { open my $f, "<", "each.$p"; @{$l{$p}} = map { my $m = decode_json($_); $n{$p} = [@{$n{$p} // []}, $m->{length}]; $m->{nll_trajectory} } <$f> }
	srand 5;
	my @r = sort { $a <=> $b } map { my ($d, $a) = (0, 0); for (1 .. 8) { my $i = int rand 8; $d += $l{tuned}[$i] - $l{start}[$i]; $a += $n{start}[$i] } $d / $a } 1 .. 10000;
	my $t = $c->{rows}[1]; my $w = $r[9750] - $r[250];
	near($t->{low}, $r[250], 0.06 * $w) and near($t->{high}, $r[9750], 0.06 * $w)'

ok '--record writes the JSON beside the table' sh -c \
	'compare -q -l 12 --record recorded held.traj start=start tuned=tuned >table && cmp recorded before && tail -n 1 table | grep -q "^Keep tuned: "'
ok '--record into a missing folder fails' sh -c '! compare -q --prompts 0 --record no/such held.traj start 2>said && grep -q "^compare: no/such" said'

# What is kept.
ok 'two controls, and their copy' compare -q --json --prompts 0 --control start --control tuned -o c held.traj start=start tuned=tuned copy=tuned
yes_if 'a copy of the strongest control is not kept' '$c->{keep} eq "tuned" and $c->{rows}[2]{difference} == 0 and
	$c->{sentence} eq "Keep tuned: no policy is better than this control; copy is 0.000 nats per token worse (95 % interval 0.000 to 0.000, 8 prompts)."'
yes_if 'without samples their measures are null' 'not grep { defined } map { @$_{qw(length distinct_2 self_bleu)} } @{$c->{rows}}'
compare -q --prompts 0 --gate held.traj start=start tuned=tuned >table
same '--gate: 0 where a candidate is better' 0 $?
compare -q --prompts 0 --gate held.traj tuned=tuned start=start >table
same '--gate: 3 where none is' 3 $?
same 'the table has a line each, and the sentence last' '6 Keep tuned: ' "$(wc -l <table | tr -d ' ') $(tail -n 1 table | cut -c 1-12)"
ok 'without names, paths are names' sh -c 'compare -q --prompts 0 held.traj start tuned | grep -q "^start "'
ok 'one policy' sh -c 'compare -q --prompts 0 held.traj tuned | tail -n 1 | grep -q "no policy beside the controls"'
trajcat -q --head 1 held.traj >one.traj
ok 'one prompt has no interval' sh -c 'compare -q --prompts 0 one.traj start tuned | tail -n 1 | grep -q "one prompt: no interval"'

# Refusals.
dies 2 'compare: missing operand: POLICY, a policy'"'"'s directory' compare held.traj
dies 2 'compare: --control x: no policy has this name' compare --control x held.traj start
dies 2 'compare: two policies are named a' compare held.traj a=start a=tuned
dies 2 'compare: =start: the name is empty' compare held.traj =start
dies 1 'compare: standard input cannot be read again: give a file' compare - start
ok 'demonstrations have to be there' sh -c 'compare none.traj start 2>&1 | grep -q "^compare: none.traj: "'
ok 'a stream that is cut' sh -c 'head -c 200 held.traj >cut; compare cut start 2>&1 | grep -q "^compare: cut: "'
printf '{"prompt": "a", "response": "bcd"}\n' >x.jsonl
mkpolicy -q --like llama --dim 8 --layers 1 --tokenizer-from x.jsonl --vocab 258 foreign
ok 'a policy of another tokenizer' sh -c 'compare held.traj foreign 2>&1 | grep -q "^compare: "'
done_testing
