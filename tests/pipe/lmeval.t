#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What lm-evaluation-harness asks of serve (tests/peer/lmeval.jsonl, recorded by
# lmeval.py beside it), and what it reads from the answers: the sums of the
# log-probabilities of all tokens but the first and the drawn one are those of
# measure, whether they are the likeliest, and the texts are those of rollout.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

if ! command -v curl >/dev/null; then
	skip 'requests of lm-evaluation-harness' 'no curl here'
	done_testing
fi
# shellcheck source=tests/demos.sh
. "$ROOT/tests/demos.sh"
mkpolicy -q --like llama --dim 32 --layers 2 --tokenizer-from demos.jsonl --vocab 300 policy
demo2traj -q -m policy demos.jsonl | trajcat -q --repeat 6 --batch 4 |
	divgrad -q -d fkl --follow policy | apply-update -q --lr 1e-2 policy >metrics
serve --port 0 policy 2>said &
pid=$!
await grep -q http said || cat said
url=$(sed -n 's/^serve: \(http.*\)/\1/p' said)

perl -MJSON::PP -ne '
	my $r = decode_json($_);
	my $kind = $r->{path} eq "/tokenize" ? "tokenize" : $r->{body}{echo} ? "score" : "text";
	open my $f, ">", "$kind.json" or die;
	print $f encode_json($r->{body});' "$ROOT/tests/peer/lmeval.jsonl"
post() { curl -s --max-time 100 -H 'Content-Type: application/json' -H 'Authorization: Bearer ' -d "@$2" "$url$1"; }

# The tokenizer of the server.
same 'it learns the end token' '"eos_token":"</s>"' "$(curl -s "$url/tokenizer_info" | grep -o '"eos_token":"[^"]*"')"
ok 'it gets a list of tokens' sh -c "$(declare -f post); url=$url; post /tokenize tokenize.json | grep -q '\"tokens\":\\[[0-9]'"

# Log-likelihoods: token_logprobs[1:-1] of each choice.
post /v1/completions score.json >score
perl -MJSON::PP -MList::Util=max,sum0 -0777 -e '
	open my $q, "<", "score.json"; open my $r, "<", "score";
	my ($asked, $got) = (decode_json(<$q>), decode_json(<$r>));
	open my $t, ">", "tokens"; open my $g, ">", "got";
	for my $i (0 .. $#{$asked->{prompt}}) {
		my $ids = $asked->{prompt}[$i];
		my $c = (sort { $a->{index} <=> $b->{index} } @{$got->{choices}})[$i];
		my ($lp, $top) = @{$c->{logprobs}}{"token_logprobs", "top_logprobs"};
		@$lp == @$ids + 1 && @$top == @$lp or die "as many as tokens and one\n";
		my $greedy = !grep { $lp->[$_] != max values %{$top->[$_]} } 1 .. $#$ids;
		printf $t "%s\n", join ",", @$ids;
		printf $g "%.9g %s\n", -sum0(@$lp[1 .. $#$ids]), $greedy ? "greedy" : "other";
	}'
while IFS= read -r ids; do
	n=$(echo "$ids" | tr ',' '\n' | wc -l)
	{
		echo '{"apprentice":{"kind":"traj","version":1}}'
		echo "{\"id\":\"a\",\"role\":\"expert\",\"tokens\":[$ids],\"actions\":[1,$n]}"
		echo '{"end":{"count":1,"more":false}}'
	} >one.json
	nll=$(measure -p policy one.json | perl -MJSON::PP -0777 -ne 'printf "%.9g", decode_json($_)->{nll_trajectory}')
	discrim -q --json --export-topk 1 policy one.json | perl -MJSON::PP -e '
		my ($nll, @ids) = (shift, split /,/, shift);
		shift @ids;
		while (<STDIN>) {
			my $best = decode_json($_)->{teacher_token} or next;
			print "$nll ", "@$best" eq "@ids" ? "greedy" : "other", "\n";
		}' "$nll" "$ids"
done <tokens >want
same 'log-likelihoods are those of measure' "$(cat want)" "$(cat got)"
same 'of each prompt' "$(grep -o ']' score.json | wc -l)" "$(($(wc -l <got) + 1))"

# Texts.
post /v1/completions text.json >text
perl -MJSON::PP -0777 -e '
	open my $q, "<", "text.json"; open my $r, "<", "text";
	my ($asked, $got) = (decode_json(<$q>), decode_json(<$r>));
	open my $p, ">", "prompts"; open my $t, ">", "texts";
	print $p encode_json({ tokens => $_ }), "\n" for @{$asked->{prompt}};
	print $t "$_->{text}\n" for sort { $a->{index} <=> $b->{index} } @{$got->{choices}};'
while IFS= read -r tokens; do
	prompt=$(curl -s -d "$tokens" "$url/detokenize" | perl -MJSON::PP -0777 -ne 'print decode_json($_)->{prompt}')
	rollout -q --greedy -l 24 --stop ' again' --stop '</s>' --text "$prompt" policy
done <prompts >texts.want
same 'texts are those of rollout' "$(cat texts.want)" "$(cat texts)"
kill $pid
wait $pid
same 'the server ends well' 0 $?
done_testing
