#!/bin/sh
# SPDX-License-Identifier: MIT
#
# dropout: --dropout of divgrad and of discrim: what masks depend on, what they
# leave alone, and what is refused.
. "$(dirname "$0")/../lib.sh"

mkpolicy -q --like llama --dim 16 --layers 2 --vocab 40 --heads 2 p &&
	mkpolicy -q --like gpt2 --dim 16 --layers 2 --vocab 40 --heads 2 -s 2 disc &&
	mkpolicy -q --from p --lora 2 adapted || exit 1
cp -R p later

stream() { # ROLE RECORD ...: "ID TOKENS", of which the first six are given
	role=$1
	shift
	echo '{"apprentice":{"kind":"traj","version":1}}'
	for r; do
		id=${r%% *} tokens=${r#* }
		n=$(echo "$tokens" | tr , '\n' | wc -l)
		echo "{\"id\":\"$id\",\"group\":\"${id%#*}\",\"role\":\"$role\",\"tokens\":[$tokens],\"actions\":[6,$n]}"
	done
	echo "{\"end\":{\"count\":$#,\"more\":false}}"
}
a='a#0 1,2,3,4,5,6,7,8' b='a#1 1,2,3,4,5,6,9,9,9' c='c 9,8,7,6,5,4,3,2,1,0' d='d 3,3,3,3,3,3,3,30'
stream expert "$a" "$b" "$c" "$d" >demos
stream expert "$d" "$c" "$b" "$a" >backwards
stream expert "$a" "$b" >some
stream expert "$c" "$d" >rest
stream expert 'other 1,2,3,4,5,6,7,8' "$b" "$c" "$d" >renamed

of() { # FILE OPTION ...: gradient of fine-tuning
	file=$1
	shift
	divgrad -q --json -d fkl -o "$file" "$@"
}
sums() { grep '^{"name"' "$1"; }
apart() { # LEAST MOST FILE FILE: |x - y| / |y| is between
	perl -MJSON::PP -e '
		my ($least, $most) = splice @ARGV, 0, 2;
		my @g = map { my %g; open my $f, "<", $_ or die "$_: $!";
			while (<$f>) { my $r = decode_json $_; $g{"$r->{name} $r->{offset}"} = $r->{data} if $r->{name} } \%g } @ARGV;
		die "other tensors" if "@{[sort keys %{$g[0]}]}" ne "@{[sort keys %{$g[1]}]}";
		my ($d, $n) = (0, 0);
		for my $t (keys %{$g[1]}) { for (0 .. $#{$g[1]{$t}}) {
			$d += ($g[0]{$t}[$_] - $g[1]{$t}[$_]) ** 2; $n += $g[1]{$t}[$_] ** 2 } }
		die "nothing to compare with" unless $n > 0;
		printf "apart by %g\n", sqrt($d / $n);
		exit !(sqrt($d / $n) >= $least && sqrt($d / $n) <= $most)' -- "$@"
}

# What masks depend on.
of plain p demos && of zero --dropout 0 p demos
same '--dropout 0 drops nothing' "$(sums plain)" "$(sums zero)"
ok '--dropout' of base --dropout 0.3 --seed 5 p demos
ok 'it changes the gradient' apart 0.05 2 base plain
of again --dropout 0.3 --seed 5 -j 3 --recompute p demos
same 'threads and --recompute change no byte' "$(sums base)" "$(sums again)"
of one --dropout 0.3 --seed 5 --micro 1 p demos
ok 'nor do micro-batches, but for rounding' apart 0 1e-6 one base
of order --dropout 0.3 --seed 5 p backwards
ok 'nor does the order of records' apart 0 1e-6 order base
of x --dropout 0.3 --seed 5 p some && of y --dropout 0.3 --seed 5 p rest && gradcat -q --json -o sum x y
ok 'sums of parts add up to the whole' apart 0 1e-6 sum base
of seed --dropout 0.3 --seed 6 p demos
ok 'another seed drops others' apart 0.05 2 seed base
of first --dropout 0.3 p demos && of explicit --dropout 0.3 --seed 1 p demos
same 'the seed is 1 unless it is given' "$(sums first)" "$(sums explicit)"
of id --dropout 0.3 --seed 5 p renamed
ok 'another id drops others' apart 0.01 2 id base
of p.step p demos && apply-update -q --lr 0 later p.step >/dev/null
of step --dropout 0.3 --seed 5 later demos
ok 'another step of the same weights drops others' apart 0.05 2 step base
ok 'in BF16 the same are dropped' sh -c "divgrad -q --json -d fkl --compute bf16 --dropout 0.3 --seed 5 -o bf16 p demos"
ok 'so the gradient is near' apart 1e-4 0.1 bf16 base
of lora adapted demos && of lora.1 --dropout 0.3 adapted demos && of lora.2 --dropout 0.3 --micro 1 adapted demos
ok 'adapters' apart 0.05 5 lora.1 lora
ok 'adapters, in other micro-batches' apart 0 1e-6 lora.2 lora.1

# Other objectives.
ok 'iq' divgrad -q -d iq:0.1 --future 0.9 --dropout 0.1 -o out p demos
ok 'a teacher' divgrad -q -d js --teacher adapted --dropout 0.1 -o out p demos
ok 'an entropy and a reference' divgrad -q -d fkl --entropy 0.1 --ref later --kl 0.1 --dropout 0.1 -o out p demos
sed 's/"id":"a#0".*"role":"expert"/"id":"a#0","group":"a","role":"chosen"/
	s/"id":"a#1".*"role":"expert"/"id":"a#1","group":"a","role":"rejected"/' some >pairs
ok 'preferences' divgrad -q -d dpo --ref later --dropout 0.1 -o out p pairs

# discrim: in a fit, and in no score.
rollout -q --json -n 2 -l 4 -o rolls p demos
fit() { # FILE OPTION ...: fit a copy; the scores
	file=$1
	shift
	rm -rf copy && cp -R disc copy && discrim -q --json -e demos -p p -o "$file" "$@" copy rolls
}
scores() { grep -o '"score":\[[^]]*\]' "$1"; }
fit plain.traj --steps 3 && fit zero.traj --steps 3 --dropout 0
same 'discrim --dropout 0 drops nothing' "$(scores plain.traj)" "$(scores zero.traj)"
ok 'discrim --dropout' fit base.traj --steps 3 --dropout 0.3
[ "$(scores plain.traj)" != "$(scores base.traj)" ]
tap $? 'it changes the fit'
rm -rf fitted && cp -R copy fitted
discrim -q --json -p p -o scored.traj fitted rolls
same 'scores are those of the whole discriminator' "$(scores scored.traj)" "$(scores base.traj)"
fit again.traj --steps 3 --dropout 0.3 -j 3
same 'the same fit, with other threads' "$(scores base.traj)" "$(scores again.traj)"
stats() { head -n 1 "$1" | grep -o '"discrim[^,}]*'; }
same 'statistics are from before the fit, of the whole discriminator' "$(stats plain.traj)" "$(stats base.traj)"
fit other.traj --steps 3 --dropout 0.3 --seed 2
[ "$(scores other.traj)" != "$(scores base.traj)" ]
tap $? 'another seed drops others'
fit stopped.traj --steps 3 --dropout 0.3 --until-accuracy 0
discrim -q --json -p p -o scored.traj disc rolls
same 'a fit that is accurate enough drops nothing' "$(scores scored.traj)" "$(scores stopped.traj)"
ok 'a head that learns from preferences' sh -c 'mkpolicy -q --from p --head score head &&
	discrim -q --fit --loss bt --dropout 0.2 --seed 3 -o out head pairs'

# What is refused.
divgrad -q -d fkl --dropout 0.1 p rolls 2>err >/dev/null
same 'samples under fkl: a policy gradient takes no dropout' \
	'1 divgrad: dropout does not go with a policy gradient, whose samples come from the policy with nothing dropped' "$? $(cat err)"
divgrad -q --plan -d fkl --dropout 0.1 p rolls 2>err >/dev/null
same '--plan refuses them, too' 1 $?
dies 2 'divgrad: --dropout has no effect with an objective that gives credit to samples' divgrad -d js --dropout 0.1 p demos
dies 2 'divgrad: --dropout has no effect with an objective that gives credit to samples' divgrad -d reward --dropout 0.1 p demos
dies 2 'divgrad: --dropout has no effect with an objective that gives credit to samples' \
	divgrad -d fkl --estimator demos --dropout 0.1 p demos
dies 2 'divgrad: --dropout has no effect with --future, which gives credit to samples' \
	divgrad -d js --teacher p --future 1 --dropout 0.1 p demos
dies 2 'divgrad: -s has no effect without --dropout' divgrad -d fkl --seed 2 p demos
dies 2 'divgrad: --dropout 1: not between 0 and 0.999' divgrad -d fkl --dropout 1 p demos
dies 2 'divgrad: --dropout -0.1: not between 0 and 0.999' divgrad -d fkl --dropout -0.1 p demos
dies 2 'discrim: --dropout has no effect without -e or --fit' discrim -p p --dropout 0.1 disc rolls
dies 2 'discrim: --dropout 1: not between 0 and 0.999' discrim -e demos -p p --dropout 1 disc rolls
done_testing
