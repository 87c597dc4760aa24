#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Policies of all families as transformers writes them, and the
# log-probabilities and gradients that it computes with them
# (tests/peer/README.md), against what our tools compute.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# DIR: weights of tests/peer/families.py's generator, of the tensors in
# DIR/expected, and a stream with its tokens.
cat >make.pl <<-'END'
	use strict; use warnings;
	my $dir = shift;
	my ($state, $at, $data, $added, @header, @tokens) = (1, 0, '');
	sub draw { $state = ($state * 1103515245 + 12345) % 2**31; 0.6 * ($state / 2**31 - 0.5) }
	open my $f, '<', "$dir/expected" or die;
	while (<$f>) {
		my ($what, @x) = split;
		$added = $x[0] if $what eq 'gain';
		@tokens = @x if $what eq 'tokens';
		next unless $what eq 'tensor';
		my ($name, @shape) = @x;
		my ($n, $gain) = (1, $name =~ /norm.*weight$/ ? $added : 0);
		$n *= $_ for @shape;
		$data .= pack 'f<', $gain + draw() for 1 .. $n;
		push @header, sprintf '"%s":{"dtype":"F32","shape":[%s],"data_offsets":[%d,%d]}',
			$name, join(',', @shape), $at, length $data;
		$at = length $data;
	}
	my $header = '{' . join(',', @header) . '}';
	open my $g, '>:raw', "$dir/model.safetensors" or die;
	print $g pack('Q<', length $header), $header, $data;
	open my $p, '>', "$dir/probe" or die;
	printf $p qq({"apprentice":{"kind":"traj","version":1}}\n{"id":"a","role":"expert",) .
		qq("tokens":[%s],"actions":[1,%d]}\n{"end":{"count":1,"more":false}}\n),
		join(',', @tokens), scalar @tokens;
END

# DIR LOGP GRADIENT: both within 1e-4 of DIR/expected?
cat >near.pl <<-'END'
	use strict; use warnings; use JSON::PP;
	my ($dir, $logp, $gradient) = @ARGV;
	my (%rows, %norm, %element, %found, $scale);
	open my $f, '<', "$dir/expected" or die;
	while (<$f>) {
		my ($what, $at, @x) = split;
		$rows{$at} = \@x if $what eq 'logp';
		next unless $what eq 'gradient';
		$norm{$at} = shift @x;
		$element{$at} = { map { split /:/ } @x };
	}
	sub records { open my $g, '<', $_[0] or die; map { decode_json $_ } <$g> }
	my ($worst, $worst_slope) = (0, 0);
	my ($r) = grep { $_->{id} } records($logp);
	my $V = @{$rows{0}};
	for my $k (0 .. $#{$r->{teacher_token}}) {
		my $row = $rows{int $k / $V} or next;
		my $d = abs $r->{teacher_logp}[$k] - $row->[$r->{teacher_token}[$k]];
		$worst = $d if !($d <= $worst);
	}
	for (records($gradient)) {
		next unless defined $_->{name};
		my $to = $found{$_->{name}} ||= [];
		@$to[$_->{offset} .. $_->{offset} + $#{$_->{data}}] = @{$_->{data}};
	}
	die 'tensors' unless join(' ', sort keys %found) eq join(' ', sort keys %norm);
	for (values %norm) { $scale = $_ if !defined $scale || $_ > $scale }
	for my $name (keys %norm) {
		my $sum = 0;
		$sum += $_ ** 2 for @{$found{$name}};
		for my $d (sqrt($sum) - $norm{$name},
			map { $found{$name}[$_] - $element{$name}{$_} } keys %{$element{$name}}) {
			$worst_slope = abs $d if !(abs $d <= $worst_slope);
		}
	}
	print "apart by $worst, gradients by ", $worst_slope / $scale, "\n";
	exit !($worst < 1e-4 && $worst_slope < 1e-4 * $scale);
END

for dir in "$ROOT"/tests/peer/families/*; do
	name=${dir##*/}
	cp -R "$dir" "$name"
	perl make.pl "$name"
	ok "$name: read" discrim -q --json --export-topk 120 -o "$name.out" "$name" "$name/probe"
	ok "$name: its gradient" divgrad -q --json -d fkl -o "$name.grad" "$name" "$name/probe"
	ok "$name: as transformers computes it" perl near.pl "$name" "$name.out" "$name.grad"
	ok "$name: copied" mkpolicy -q --from "$name" "$name.m"
	discrim -q --json --export-topk 120 -o "$name.out" "$name.m" "$name/probe"
	divgrad -q --json -d fkl -o "$name.grad" "$name.m" "$name/probe"
	ok "$name: the same from the copy" perl near.pl "$name" "$name.out" "$name.grad"
done

# The same language model inside a larger one, which has other tensors too.
mkdir inside
{
	printf '{"model_type": "larger", "vision_config": {}, "text_config": '
	cat mistral/config.json
	echo '}'
} >inside/config.json
{
	sed 's/\(tensor\|gradient\) /&language_model./' mistral/expected
	echo 'tensor vision_tower.patch.weight 2 3 1 1'
} >inside/expected
perl make.pl inside
ok 'a model inside another: read' discrim -q --json --export-topk 120 -o inside.out inside inside/probe
divgrad -q --json -d fkl -o inside.grad inside inside/probe
ok 'a model inside another: the same' perl near.pl inside inside.out inside.grad
dies 1 'apply-update: inside: training would drop the parts of this model that do not read text
hint: train a copy: mkpolicy --from inside NEW' apply-update inside inside.grad
mkpolicy --from inside alone 2>said
same 'what is left out is said' 'mkpolicy: inside: 1 tensors of other parts of the model are left out' \
	"$(grep -v parameters said)"
discrim -q --json --export-topk 120 -o alone.out alone inside/probe
divgrad -q --json -d fkl -o alone.grad alone inside/probe
ok 'a copy stands alone' perl near.pl mistral alone.out alone.grad
same 'it has the config of the language model' '"mistral"' \
	"$(sed -n 's/^ *"model_type": \(.*\),$/\1/p' alone/config.json)"
cp -R mistral stranger
echo 'tensor vision_tower.patch.weight 2 3 1 1' >>stranger/expected
perl make.pl stranger
dies 1 'measure: stranger/model.safetensors: tensor vision_tower.patch.weight: not one of a mistral policy' \
	measure -p stranger stranger/probe

# A head that is tied, but stored.
mkpolicy -q --like llama --dim 8 --layers 1 --heads 2 --vocab 8 untied
sed 's/"tie_word_embeddings": false/"tie_word_embeddings": true/' untied/config.json >c && mv c untied/config.json
dies 1 'mkpolicy: untied/model.safetensors: tensor lm_head.weight: differs from model.embed_tokens.weight, to which "tie_word_embeddings" ties it' \
	mkpolicy --from untied x
done_testing
