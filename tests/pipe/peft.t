#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Adapters that PEFT saved, and the log-probabilities that it computes with
# them (tests/peer/README.md), against what our tools compute.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

for f in llama gpt2; do
	ok "a $f" mkpolicy -q --like $f --dim 8 --layers 2 --heads 2 --ff 12 --vocab 12 --context 16 $f
done
cat >probe <<-'END'
	{"apprentice":{"kind":"traj","version":1}}
	{"id":"a","role":"expert","tokens":[2,7,5,5,3,11,4],"actions":[1,7]}
	{"end":{"count":1,"more":false}}
END

# FILE EXPECTED: a row of log-probabilities for each action
cat >near.pl <<-'END'
	use strict; use warnings; use JSON::PP;
	my $each = 12;
	open my $f, '<', $ARGV[0] or die;
	my ($r) = grep { $_->{id} } map { decode_json $_ } <$f>;
	open my $g, '<', $ARGV[1] or die;
	my @want = map { [split] } <$g>;
	die 'rows' unless @want == 6 && @{$r->{teacher_token}} == 6 * $each;
	my $most = 0;
	for my $k (0 .. $#{$r->{teacher_token}}) {
		my $d = abs $r->{teacher_logp}[$k] - $want[int $k / $each][$r->{teacher_token}[$k]];
		$most = $d if !($d <= $most);
	}
	print "apart by $most\n";
	exit !($most < 1e-4);
END

for dir in "$ROOT"/tests/peer/vectors/*; do
	name=${dir##*/}
	cp -R "$dir" "$name"
	ok "$name: read" discrim -q --json --export-topk 12 -o "$name.out" "$name" probe
	ok "$name: the log-probabilities of PEFT" perl near.pl "$name.out" "$name/logp"
	ok "$name: merged" mkpolicy -q --from "$name" "$name.m"
	discrim -q --json --export-topk 12 -o "$name.out" "$name.m" probe
	ok "$name: the same merged" perl near.pl "$name.out" "$name/logp"
	ok "$name: a step" sh -c "divgrad -q -d fkl $name probe | apply-update -q --lr 0.1 $name >metrics"
	discrim -q --json --export-topk 12 -o "$name.out" "$name" probe
	ok "$name: changes them" sh -c "! perl near.pl $name.out $name/logp"
done
done_testing
