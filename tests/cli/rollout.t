#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rollout: options and messages, what it makes of a record, and --text.
. "$(dirname "$0")/../lib.sh"

# shellcheck disable=SC2016 # what $ stands for is perl's business
yes 'a cat sat on the mat and a dog ran' | head -n 20 >text.txt
mkpolicy -q --like llama --dim 16 --layers 2 --vocab 275 --tokenizer-from text.txt p || exit 1

# segment RECORD...: a segment of the text twin
segment() {
	echo '{"apprentice": {"kind": "traj", "version": 1}}'
	for r; do echo "$r"; done
	echo "{\"end\": {\"count\": $#, \"more\": false}}"
}

one='{"id": "p", "tokens": [65, 66, 67, 68], "actions": [1, 2, 3, 4]}'
segment "$one" >one.json

# Usage is checked before anything is opened.
dies 2 "rollout: missing operand: POLICY, the policy's directory" rollout
dies 2 'rollout: --lag has no effect without --follow' rollout --lag 1 none
dies 2 'rollout: --text does not go with --json' rollout --text a --json none
dies 2 'rollout: --greedy is a temperature of 0, not 2' rollout --greedy --temperature 2 none
for wrong in '-n 0' '-n x' '-l 0' '--temperature -1' '--top-p 0' '--top-p 1.5' '--memory 1Q' '--memory -1'; do
	# shellcheck disable=SC2086
	rollout $wrong none >out 2>err
	same "$wrong is wrong usage" 2 $?
done

# One record: the last span is replaced, earlier ones become given.
segment '{"mine": [1], "id": "p", "score": [1.5], "text": {"prompt": "x"}, "tokens": [65, 66, 67, 68], "actions": [1, 2, 3, 4], "logp": [-1, -1], "logq": [-1, -1], "meta": {"a": 1}}' >keys.json
ok 'a record is sampled' rollout -q --json -n 2 -l 3 -o out.json p keys.json
same 'a header, two samples and an end' 4 "$(wc -l <out.json)"
same 'keys are kept in place, replaced or dropped' 'mine id tokens actions logp meta group role stop' \
	"$(sed -n 2p out.json | perl -MJSON::PP -e '
		my $line = <>;
		my %at = map { $_ => index $line, "\"$_\":" } keys %{decode_json $line};
		print join " ", sort { $at{$a} <=> $at{$b} } keys %at')"
ok '--with-demos' rollout -q --json -n 2 -l 3 --with-demos -o both.json p keys.json
same '--with-demos writes a record before its samples' "$(sed -n 2p keys.json | sed 's/[: ,]//g')" "$(sed -n 2p both.json | sed 's/[: ,]//g')"
same '--with-demos does not change samples' "$(grep '"p#' out.json)" "$(grep '"p#' both.json)"
ok '--keep-text of a policy that says any bytes' sh -c 'rollout -q --json --keep-text -n 20 -l 20 -s 3 p one.json >any.json'
ok '--keep-text is UTF-8' trajcat -q -o any.traj any.json
ok '--keep-text replaces bytes that are not UTF-8' grep -q '"response":".*�' any.json
field() { # FILE CODE: perl on each record $r
	perl -MJSON::PP -ne '$r = decode_json $_; next if $r->{apprentice} || $r->{end}; '"$2"'' "$1"
}
same 'ids, group, role' 'p#0 p policy, p#1 p policy, ' "$(field out.json 'print "$r->{id} $r->{group} $r->{role}, "')"
same 'samples keep their prompt' '65 66 67, 65 66 67, ' "$(field out.json 'print "@{$r->{tokens}}[0 .. 2], "')"
same 'the span is the response' '' "$(field out.json '
	($s, $e) = @{$r->{actions}};
	print "wrong" if $s != 3 || $e != @{$r->{tokens}} || $e - $s != @{$r->{logp}} || $e - $s > 3')"
same 'stop says how it ended' '' "$(field out.json '
	print "wrong" if $r->{stop} ne "eos" && ($r->{stop} ne "length" || @{$r->{tokens}} != 6)')"
ok '--top-k' rollout -q --json --top-k 5 -l 3 -o bent.json p one.json
same '--top-k: logq is as long as logp' 1 "$(field bent.json 'print @{$r->{logq}} == @{$r->{logp}}')"
ok '--greedy' rollout -q --json --greedy -l 3 -o greedy.json p one.json
same '--greedy: logq is 0' '' "$(field greedy.json 'print "wrong" if grep $_ != 0, @{$r->{logq}}')"

# A sample depends only on seed and id.
records() { rollout -q --json -l 8 "$@" | field - 'print "$r->{id} @{$r->{tokens}}\n"'; }
other='{"id": "q", "tokens": [70], "actions": []}'
segment "$one" "$other" >both.json
segment "$other" >other.json
same 'a record is sampled alike in any segment' "$(records p both.json)" "$(records p one.json; records p other.json)"
same 'samples do not depend on threads' "$(records -j 1 p both.json)" "$(records -j 3 p both.json)"
same 'samples do not depend on --memory' "$(records -n 3 p both.json)" "$(records -n 3 --memory 32K p both.json)"
[ "$(records -n 3 -s 2 p both.json)" != "$(records -n 3 p both.json)" ]
tap $? 'another seed gives other samples'

# Other tools compute the recorded log-probabilities again, to the bit: the
# log-ratio of a copy to its policy is 0.
mkpolicy -q --from p copy
ratios() { discrim -q --json copy "$@" | field - 'print $_ + 0, "\n" for @{$r->{score}}' | sort -u; }
rollout -q -n 3 -l 8 -o exact.traj p both.json
same 'log-probabilities are those of the other tools' 0 "$(ratios exact.traj)"
for type in bf16 int8; do
	rollout -q -n 3 -l 8 --compute $type --exact -o rounded.traj p both.json
	same "--compute $type --exact records the log-probabilities of the f32 policy" 0 "$(ratios rounded.traj)"
	same "--compute $type --exact: logq is near logp" 'near' \
		"$(trajcat --json rounded.traj | field - '
			for (0 .. $#{$r->{logp}}) {
				$d += abs $r->{logq}[$_] - $r->{logp}[$_];
				$n++;
			}
			END { print $d > 0 && $d / $n < .05 ? "near" : "off by $d in $n" }')"
	same "--compute $type without --exact records logp only" "$(trajcat --json rounded.traj |
		field - 'print "$_ " for @{$r->{logq}}')" \
		"$(rollout -q --json -n 3 -l 8 --compute $type p both.json |
		field - 'print "$_ " for @{$r->{logp}}, @{$r->{logq} // []}')"
done

# Refusals.
segment '{"id": "e", "tokens": [65], "actions": []}' '{"id": "none", "tokens": [], "actions": []}' >empty.json
rollout p empty.json >out 2>err
same 'an empty prompt is refused' '1 1' "$? $(grep -c 'record 2 ("none")' err)"
segment "{\"id\": \"long\", \"tokens\": [65$(yes ', 66' | head -n 5000 | tr -d '\n')], \"actions\": []}" >long.json
rollout p long.json >out 2>err
same 'a prompt beyond the context is refused' '1 1' "$? $(grep -c 'record 1 ("long")' err)"
ok '--cut takes a prompt beyond the context' rollout -q --cut -l 4 -o cut.traj p long.json
segment '{"id": "v", "tokens": [65, 100000], "actions": []}' >vocab.json
rollout p vocab.json >out 2>err
same 'a token beyond the vocabulary is refused' '1 1' "$? $(grep -c 'v' err)"
rollout --memory 10 p one.json >out 2>err
same 'too little memory is refused, with how much it takes' '1 1' \
	"$? $(grep -c 'needs [0-9]* bytes' err)"
dies 1 'rollout: nothing to do: no records' rollout -q -o out p - <<-END
	$(segment)
END

# --text.
ok '--text' rollout -q --text 'a cat' -l 5 -s 3 -o a.txt p
ok '--text again' rollout -q --text 'a cat' -l 5 -s 3 -o b.txt p
same '--text ends with a newline' '\n' "$(tail -c 1 a.txt | od -An -c | tr -d ' ')"
ok '--text is the same again' cmp a.txt b.txt
ok '--text writes the same to a pipe' sh -c "rollout -q --text 'a cat' -l 5 -s 3 p | cmp - a.txt"
ok '--text with an empty prompt' rollout -q --text '' -l 2 p

# --stop.
dies 2 'rollout: --stop empty text' rollout --stop '' none
rollout -q --json --keep-text -n 40 -l 40 -o whole.json p both.json
said() { # FILE: of each record: id, stop, tokens, text
	field "$1" 'print "$r->{id} $r->{stop} @{$r->{tokens}} | ", unpack("H*", $r->{text}{response}), "\n"'
}
# Each response to FILE is that of whole.json, up to the token that completes a
# text of TEXT...; its text, up to the first of them.
stops_right() {
	stops_file=$1
	shift
	perl -MJSON::PP -e '
		use strict;
		my ($file, @texts) = @ARGV;
		sub records { open my $f, "<", shift; grep $_->{id}, map decode_json($_), <$f> }
		my %whole = map { $_->{id} => $_ } records("whole.json");
		my ($stopped, $inside) = (0, 0);
		for my $r (records($file)) {
			my $w = $whole{$r->{id}};
			my $full = $w->{text}{response};
			my ($first) = sort { $a <=> $b } grep { $_ >= 0 } map { index $full, $_ } @texts;
			my $n = $#{$r->{tokens}};
			die "$r->{id}: other tokens" if "@{$r->{tokens}}" ne "@{$w->{tokens}}[0 .. $n]";
			die "$r->{id}: other logp" if "@{$r->{logp}}" ne "@{$w->{logp}}[0 .. $#{$r->{logp}}]";
			if (!defined $first) {
				die "$r->{id}: is cut" if $r->{stop} ne $w->{stop} || $r->{text}{response} ne $full;
				next;
			}
			$stopped++;
			die "$r->{id}: stop $r->{stop}" if $r->{stop} ne "text";
			die "$r->{id}: text" if $r->{text}{response} ne substr $full, 0, $first;
		}
		print $stopped > 0 ? "right" : "nothing stopped";
	' "$stops_file" "$@" 2>&1
}
for texts in 'a' 'at' 'at a Z' 'c 0 /'; do
	# shellcheck disable=SC2086
	set -- $texts
	rollout -q --json --keep-text -n 40 -l 40 ${1:+--stop "$1"} ${2:+--stop "$2"} ${3:+--stop "$3"} -o stopped.json p both.json
	same "--stop $texts" right "$(stops_right stopped.json "$@")"
done
# The last token completes the text: without it, the response is longer.
length=$(field stopped.json '$r->{stop} eq "text" && $r->{id} =~ /^q/ and print $#{$r->{tokens}}, "\n"' | sort -n | head -n 1)
same '--stop ends a response no later than the text' length \
	"$(rollout -q --json --stop c --stop 0 --stop / -n 40 -l $((length - 1)) p both.json | field - 'print "$r->{stop}\n" if $r->{id} =~ /^q/' | sort -u)"
same '--stop and -l at the same token: text' text \
	"$(rollout -q --json --stop c --stop 0 --stop / -n 40 -l "$length" p both.json | field - 'print "$r->{stop}\n" if $r->{id} =~ /^q/' | sort -u | tail -n 1)"
same '--stop does not depend on threads and memory' "$(said stopped.json)" \
	"$(rollout -q --json --keep-text -n 40 -l 40 --stop c --stop 0 --stop / -j 3 --memory 64K p both.json >few.json; said few.json)"
rollout -q --stop a -n 40 -l 40 -o stopped.traj p both.json
ok 'other tools read records that a text ended' trajcat -q --where stop=text -o only.traj stopped.traj
rollout -q --text 'a cat' -l 40 -s 3 -o a.txt p
part=$(head -c 3 a.txt | tail -c 2)
rollout -q --text 'a cat' -l 40 -s 3 --stop "$part" -o b.txt p
same '--text ends before the text of --stop' "$(part=$part perl -0777 -pe 's/\Q$ENV{part}\E.*//s' a.txt | od -c)" "$(head -c -1 b.txt | od -c)"
cp -r p bare && rm bare/tokenizer.json
dies 1 "rollout: --stop needs the policy's tokenizer: bare/tokenizer.json: No such file or directory" rollout --stop a bare one.json

# An ensemble: each response is that of one of the policies, drawn alone.
mkpolicy -q --like gpt2 --dim 16 --layers 2 --vocab 275 --tokenizer-from text.txt -s 2 q || exit 1
mkpolicy -q --like llama --dim 16 --layers 1 --vocab 275 --tokenizer-from text.txt -s 3 --context 24 r || exit 1
mkpolicy -q --like llama --dim 16 --layers 1 --vocab 276 --tokenizer-from text.txt wide || exit 1
mkpolicy -q --from p --head score scorer || exit 1
segment "$one" '{"id": "q", "tokens": [70, 71], "actions": []}' >two.json
for m in p q r; do rollout -q --json -n 20 -l 6 --temperature 0.9 -o "alone.$m" $m two.json; done
ok '--member' rollout -q --json -n 20 -l 6 --temperature 0.9 --member q --member r -o mixed p two.json
same '--member: each sample is that of the member it names' 'p q r' "$(perl -MJSON::PP -e '
	sub all_of { open my $f, "<", $_[0] or die; map { decode_json $_ } <$f> }
	my (%by, %used);
	for my $m (qw(p q r)) {
		my ($h, @r) = all_of("alone.$m"); pop @r;
		$by{"$h->{apprentice}{policy}{id}\@$h->{apprentice}{policy}{step}"} = [$m, { map { $_->{id} => $_ } @r }];
	}
	my ($h, @r) = all_of("mixed"); pop @r;
	die "records" if @r != 40;
	for my $r (@r) {
		my ($m, $alone) = @{$by{"$r->{member}{id}\@$r->{member}{step}"} // die "whose is $r->{id}?"};
		delete $r->{member};
		my $json = JSON::PP->new->canonical;
		die "$r->{id} is another" if $json->encode($r) ne $json->encode($alone->{$r->{id}});
		$used{$m}++;
	}
	print join " ", sort keys %used' 2>&1)"
same '--member: the header names the ensemble' 'yes' "$(head -n 1 mixed | perl -MJSON::PP -e '
	my $p = decode_json(<STDIN>)->{apprentice}{policy}; print $p->{id} =~ /^mix-[0-9a-f]{32}\z/ && $p->{step} == 0 ? "yes" : "no"')"
said_by() { grep '^{"id"\|"tokens"' "$1" | sort; }
rollout -q --json -n 20 -l 6 --temperature 0.9 --member q --member r -j 3 --memory 64K -o few p two.json
same '--member does not depend on threads and memory' "$(said_by mixed)" "$(said_by few)"
segment "$one" >half.1 && segment '{"id": "q", "tokens": [70, 71], "actions": []}' >half.2
cat half.2 half.1 | rollout -q --json -n 20 -l 6 --temperature 0.9 --member q --member r -o halves p
same '--member does not depend on segments and their order' "$(said_by mixed)" "$(said_by halves)"
rollout -q --json -n 20 -l 6 --temperature 0.9 --member q --member r -s 2 -o seed p two.json
ok 'another seed draws others' sh -c '! cmp -s mixed seed'
ok '--member of int8, exact' rollout -q --json -n 9 -l 6 --member q --compute int8 --exact -o exact p two.json
rollout -q --json -n 9 -l 6 --compute int8 --exact -o exact.p p two.json
rollout -q --json -n 9 -l 6 --compute int8 --exact -o exact.q q two.json
same '--exact: the logp of the member in F32' '' "$(sed 's/,"member":{[^}]*}//' exact | grep '^{"id"\|"tokens"' | while read -r line; do
	grep -qF "$line" exact.p exact.q || echo "$line"; done)"
ok '--stop and --keep-text of an ensemble' rollout -q --json --keep-text -n 40 -l 40 --stop a --member q -o stopped.json p both.json
ok 'a text ends some' grep -q '"stop":"text"' stopped.json
rollout -q --member q -n 4 -l 6 -o mixed.traj p two.json
trajcat -q --as expert --json -o demos.json mixed.traj
same 'demonstrations have no member' 0 "$(grep -c '"member"\|"logp"' demos.json)"
ok 'they are fine-tuned on' divgrad -q -d fkl -o g p demos.json
same 'they are not samples of one policy' 1 "$(discrim -q --implicit q p mixed.traj | divgrad -q -d rkl -o none p 2>&1 |
	grep -c '^divgrad: sampled by policy mix-[0-9a-f]*, but this is ')"
long=$(seq -s ', ' 60 90)
segment "{\"id\": \"p\", \"tokens\": [$long], \"actions\": []}" >long.json
dies 1 "rollout: long.json: segment 1, record 1 (\"p\"): field \"tokens\": a prompt of 31 tokens, the policy's context is 24" \
	rollout -q --member r p long.json
ok '--cut keeps what the smallest context holds' rollout -q --json --cut --member r -l 4 -n 4 p long.json
dies 1 'rollout: scorer: a classifier with a scalar head, which has no next-token distribution' rollout -q --member scorer p two.json
rollout -q --member wide -o none p two.json 2>err
same 'a member of another vocabulary is refused' '1 1' "$? $(grep -c '^rollout: wide and p: ' err)"
dies 2 'rollout: --member does not go with --follow' rollout --member q --follow p two.json
dies 2 'rollout: --text does not go with --member' rollout --text a --member q p
[ ! -e none ]
tap $? 'refusals make no file'

done_testing
