#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Policies with adapters in every tool: they begin equal to their base, and no tool
# changes the base; perl computes their gradient from that of the whole weights; a killed run goes on to the same bytes.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

for n in one two three four; do
	echo "{\"prompt\": \"Say $n.\", \"response\": \" I say $n, and $n again.\"}"
done >demos.jsonl

step() { # DIR
	head -c 20000 "$1/adapter_model.safetensors" |
		grep -ao 'apprentice.step":"[0-9]*' | tr -dc '0-9'
}

cat >chain.pl <<-'END'
	use strict; use warnings; use JSON::PP;
	sub slurp { open my $f, '<:raw', $_[0] or die "$_[0]: $!"; local $/; <$f> }
	sub tensors { # FILE: name => [shape, numbers]
		my $all = slurp $_[0];
		my $n = unpack 'Q<', $all;
		my $h = decode_json substr $all, 8, $n;
		my %t;
		for (grep { $_ ne '__metadata__' } keys %$h) {
			my ($b, $e) = @{$h->{$_}{data_offsets}};
			$t{$_} = [$h->{$_}{shape}, [unpack 'f<*', substr $all, 8 + $n + $b, $e - $b]];
		}
		return \%t;
	}
	sub gradient {
		my %g;
		for (split /\n/, slurp $_[0]) {
			my $r = decode_json $_;
			push @{$g{$r->{name}}}, @{$r->{data}} if $r->{name};
		}
		return \%g;
	}
	my ($dir, $small, $whole, $transposed, $scale) = @ARGV;
	my ($ab, $d, $dw) = (tensors("$dir/adapter_model.safetensors"), gradient($small), gradient($whole));
	my ($apart, $size, $count) = (0, 0, 0);
	die 'other tensors' if "@{[sort keys %$ab]}" ne "@{[sort keys %$d]}";
	for my $a (grep /lora_A/, keys %$ab) {
		my ($b, $w) = ($a, $a);
		$b =~ s/lora_A/lora_B/;
		$w =~ s/^base_model\.model\.(.*)\.lora_A/$1/;
		my ($r, $in) = @{$ab->{$a}[0]};
		my ($out) = @{$ab->{$b}[0]};
		my ($A, $B, $W) = ($ab->{$a}[1], $ab->{$b}[1], $dw->{$w});
		die "$w: shape" if @$W != $in * $out;
		my (@da, @db);
		for my $o (0 .. $out - 1) { for my $i (0 .. $in - 1) {
			my $g = $scale * $W->[$transposed ? $i * $out + $o : $o * $in + $i];
			for my $k (0 .. $r - 1) {
				$da[$k * $in + $i] += $g * $B->[$o * $r + $k];
				$db[$o * $r + $k] += $g * $A->[$k * $in + $i];
			}
		} }
		for ([$d->{$a}, \@da], [$d->{$b}, \@db]) {
			my ($x, $y) = @$_;
			die 'elements' if @$x != @$y;
			for (0 .. $#$y) {
				$apart += ($x->[$_] - $y->[$_]) ** 2;
				$size += $y->[$_] ** 2;
			}
			$count += @$y;
		}
	}
	die 'nothing to compare with' unless $size > 1e-6;
	print "$count numbers, apart by ", sqrt($apart / $size), "\n";
	exit !(sqrt($apart / $size) < 1e-5);
	END

for f in llama gpt2 qwen2; do
	case $f in gpt2) turned=1 ;; *) turned=0 ;; esac
	ok "$f: a base" mkpolicy -q --like $f --dim 16 --layers 2 \
		--tokenizer-from demos.jsonl --vocab 280 $f
	cp -R $f base
	ok "$f: adapters" mkpolicy -q --from $f --lora 3 --lora-alpha 4.5 $f.a
	ok "$f: demo2traj reads the tokenizer of a policy with adapters" demo2traj -q -m $f.a -o demos demos.jsonl
	same "$f: fresh adapters have the likelihood of the base" "$(measure -q -p $f demos)" "$(measure -q -p $f.a demos)"
	rollout -q --text 'Say one.' -l 8 $f >one
	rollout -q --text 'Say one.' -l 8 $f.a >two
	ok "$f: fresh adapters sample as the base" cmp one two
	ok "$f: adapters train" sh -c "trajcat -q --repeat 5 demos |
		divgrad -q -d fkl --follow $f.a | apply-update -q --lr 0.01 --keep 1 $f.a >metrics"
	same "$f: the policy is at step 5" 5 "$(step $f.a)"
	measure -q -p $f demos >before
	measure -q -p $f.a demos >after
	ok "$f: training lowers nll_token" perl -MJSON::PP -e 'my ($x, $y) = map { open F, $_; decode_json(<F>)->{nll_token} } @ARGV;
		exit !($y < $x - 0.1)' before after
	ok "$f: training leaves the base as it was" diff -r $f base
	ok "$f: adapters merge" mkpolicy -q --from $f.a $f.m
	ok "$f: the merged policy has the files of its base" sh -c "! test -e $f.m/adapter_config.json && cmp $f/config.json $f.m/config.json &&
		cmp $f/tokenizer.json $f.m/tokenizer.json"
	measure -q -p $f.m demos >merged
	ok "$f: the merged policy has the same likelihood, to rounding" perl -MJSON::PP -e '
		my ($x, $y) = map { open F, $_; decode_json(<F>)->{nll_token} } @ARGV;
		exit !(abs($x - $y) < 1e-5)' after merged
	same "$f: the kept step has the same likelihood" "$(cat after)" "$(measure -q -p $f.a/step-000005 demos)"
	divgrad -q --json -d fkl -o small $f.a demos
	divgrad -q --json -d fkl -o whole $f.m demos
	ok "$f: gradients of adapters follow from the merged policy's" perl chain.pl $f.a small whole $turned 1.5
	rm -rf base
done
same 'a gradient has only tensors of adapters' '' "$(grep '"name"' small | grep -v 'lora_[AB].weight')"

# alpha / sqrt(4) = 2 alpha / 4.
mkpolicy -q --from llama --lora 4 --lora-alpha 3 --rslora rooted
mkpolicy -q --from llama --lora 4 --lora-alpha 6 divided
for p in rooted divided; do
	divgrad -q -d fkl $p demos | apply-update -q --lr 0.01 $p >metrics
	measure -q -p $p demos >$p.measured
	tail -c 9000 $p/adapter_model.safetensors >$p.data
done
ok 'rank-stabilized adapters are divided by the root of their rank' cmp rooted.data divided.data
ok 'and count so in a forward pass' cmp rooted.measured divided.measured

# Modules that are trained whole, in every tool.
mkpolicy -q --from llama --lora 2 --lora-targets v_proj --lora-save embed_tokens,lm_head,norm saved
rollout -q --text 'Say one.' -l 8 saved >two
rollout -q --text 'Say one.' -l 8 llama >one
ok 'copies begin as the base' cmp one two
ok 'they are trained' sh -c "trajcat -q --repeat 5 demos |
	divgrad -q -d fkl --follow saved | apply-update -q --lr 0.01 saved >metrics"
ok 'they are merged' mkpolicy -q --from saved saved.m
measure -q -p saved demos >after
measure -q -p saved.m demos >merged
ok 'the merged policy has the same likelihood, to rounding' perl -MJSON::PP -e '
	my ($x, $y) = map { open F, $_; decode_json(<F>)->{nll_token} } @ARGV;
	exit !(abs($x - $y) < 1e-5)' after merged
for c in f32 bf16 int8; do
	ok "$c: words of copies" rollout -q --text 'Say one.' -l 8 --compute $c saved
done
tensor() { # FILE NAME: the checksum of its bytes
	perl -MJSON::PP -e 'my ($file, $name) = @ARGV; open my $f, "<:raw", $file or die; local $/; my $all = <$f>;
		my $n = unpack "Q<", $all; my ($b, $e) = @{decode_json(substr $all, 8, $n)->{$name}{data_offsets}};
		print substr $all, 8 + $n + $b, $e - $b' "$1" "$2" | cksum
}
for t in model.embed_tokens.weight model.norm.weight lm_head.weight; do
	copy=$(tensor saved/adapter_model.safetensors base_model.model.$t)
	same "the merged $t is the copy" "$copy" "$(tensor saved.m/model.safetensors $t)"
	ok 'which was trained' test "$copy" != "$(tensor llama/model.safetensors $t)"
done

# A step of adapters takes the header of the base's weights alone.
cp -R llama blank
mkpolicy -q --from blank --lora 2 blank.a
cp -R blank.a blank.b
divgrad -q -d fkl -o grad blank.a demos
apply-update -q blank.a grad >metrics
size=$(wc -c <llama/model.safetensors)
n=$(od -An -tu8 -N8 llama/model.safetensors | tr -d ' ')
head -c $((n + 8)) llama/model.safetensors >blank/model.safetensors
truncate -s "$size" blank/model.safetensors
ok 'a step beside a base whose weights are gone' sh -c 'apply-update -q blank.b grad >metrics'
ok 'is the same step' cmp blank.a/adapter_model.safetensors blank.b/adapter_model.safetensors

# A killed run, and the same without.
mkpolicy -q --from llama --lora 2 run
cp -R run killed
trajcat -q --repeat 8 demos | divgrad -q -d fkl --follow run | apply-update -q --lr 0.01 run >metrics
mkfifo held
# shellcheck disable=SC2094
divgrad -q -d fkl --part --follow killed held 2>/dev/null |
	apply-update -q --part --lr 0.01 --commit step killed >metrics 2>/dev/null &
job=$!
exec 3>held
cat demos demos demos >&3
at_step() {
	# shellcheck disable=SC2317
	[ "$(step killed)" -eq "$1" ]
}
ok 'three of eight steps' await at_step 3
kill -9 $job
exec 3>&-
wait $job 2>/dev/null
at=$(step killed)
same 'killed at step 3' 3 "$at"
ok 'a killed run goes on' sh -c "trajcat -q --repeat $((8 - at)) demos |
	divgrad -q -d fkl --follow killed | apply-update -q --lr 0.01 killed"
ok 'the killed run ends with the same weights' cmp run/adapter_model.safetensors killed/adapter_model.safetensors
ok 'the killed run ends with the same optimizer file' cmp run/optimizer-8.safetensors killed/optimizer-8.safetensors

# In every type of weights the gradient's log-probabilities are the sampler's,
# also where modules are trained whole.
for policy in run saved; do
	cp -R $policy copy.$policy
	for type in f32 bf16 int8; do
		rollout -q -n 3 -l 8 --compute $type -o rolls $policy demos
		trajcat -q --as expert -o drawn rolls
		divgrad -q --json -d fkl --compute $type -o loss $policy drawn
		same "$policy, $type: the loss is that of the recorded log-probabilities, to the bit" yes \
			"$(trajcat -q --json rolls | cat - loss | perl -MJSON::PP -ne '
				$r = decode_json $_;
				$sum -= unpack "f", pack "f", $_ for @{$r->{logp} // []};
				$loss = $r->{apprentice}{stats}{"divgrad.loss"} // $loss if $r->{apprentice};
				END { print $sum > 1 && $sum == $loss ? "yes" : "$sum $loss" }')"
		discrim -q --json --compute $type -o scored copy.$policy rolls
		same "$policy, $type: the log-ratio to a copy is 0" 0 "$(perl -MJSON::PP -ne '
			print $_ + 0, "\n" for @{decode_json($_)->{score} // []}' scored | sort -u)"
	done
done
ok 'a reference and a teacher in int8' divgrad -q -d rkl --teacher copy.run --ref llama --kl 0.1 --compute int8 -o out run drawn

# Both players have adapters on one base.
ok 'a discriminator' mkpolicy -q --from llama --lora 4 disc
cp disc/adapter_model.safetensors disc.before
ok 'an adversarial round' sh -c 'trajcat -q --repeat 2 demos | rollout -q -n 2 -l 6 --follow run |
	discrim -q -e demos -p run disc | divgrad -q -d js --follow run | apply-update -q run >metrics'
same 'the policy has moved' 10 "$(step run)"
same 'the discriminator has moved' 2 "$(step disc)"
ok 'a round in int8' sh -c 'rollout -q -n 2 -l 6 --compute int8 run demos |
	discrim -q -e demos -p run --compute int8 disc | divgrad -q -d js --compute int8 run >out'
same 'a round in int8 fits the discriminator' 3 "$(step disc)"
ok 'the discriminator moved in its adapters' sh -c '! cmp -s disc/adapter_model.safetensors disc.before'
ok 'policy and discriminator with adapters score' sh -c 'discrim -q -p run disc demos >scored'
ok 'a discriminator with a head' mkpolicy -q --from llama --head score judge
ok 'a head can have adapters' mkpolicy -q --from judge --lora 2 judge.a
same 'its adapters are those of a classifier' 1 "$(grep -c '"task_type": "SEQ_CLS"' judge.a/adapter_config.json)"
ok 'the adapters of a head are fitted' sh -c 'rollout -q -n 2 -l 6 run demos | discrim -q -e demos -p run judge.a >scored'
same 'the fit commits a step' 1 "$(step judge.a)"
done_testing
