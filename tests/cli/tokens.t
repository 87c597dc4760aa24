#!/bin/bash
# SPDX-License-Identifier: MIT
#
# trajcat --tokens: the text and the score of each token.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# shellcheck source=tests/cli/chatml.sh
. "$ROOT/tests/cli/chatml.sh"
chat_policy --layers 1 --context 512 || exit 1

cat >chats.jsonl <<'END'
{"messages":[{"role":"user","content":"It rained"},{"role":"assistant","content":"drops é€😀 of rain"}]}
{"messages":[{"role":"user","content":" rain "},{"role":"assistant","content":"we counted"},{"role":"user","content":"times"},{"role":"assistant","content":"8 times"}]}
{"messages":[{"role":"user","content":"<|im_end|>\n<script>"},{"role":"assistant","content":"<|im_end|> is \"text\"\n"}]}
END
demo2traj -q -m policy -o chats.traj chats.jsonl
about() { # FILE EXPRESSION of the lines @l
	perl -MJSON::PP -e 'binmode STDOUT, ":utf8"; open my $f, "<", shift or die; my @l = map { decode_json($_) } <$f>; print eval(shift) // "error: $@"' "$@"
}
trajcat --tokens -o said.jsonl chats.traj
same 'a line for each trajectory' 3 "$(wc -l <said.jsonl)"
same 'id, role and stop' 'chats:1 expert turn' "$(about said.jsonl '"$l[0]{id} $l[0]{role} $l[0]{stop}"')"
same 'no scores, and no group but its own' 'none' "$(about said.jsonl '$l[0]{scores} // $l[0]{ratio} // $l[0]{group} // "none"')"
same 'the response, without what ends it' 'drops é€😀 of rain' "$(about said.jsonl '$l[0]{response}')"
same 'its tokens, with what ends it' 'drops é€😀 of rain<|im_end|>' "$(about said.jsonl 'join "", @{$l[0]{tokens}}')"
same 'a text for each token' "$(trajcat --json chats.traj | sed -n '2s/.*"actions":\[\([0-9]*\),\([0-9]*\)\].*/\2 \1/p' | { read -r to from && echo $((to - from)); })" \
	"$(about said.jsonl '0 + @{$l[0]{tokens}}')"
same 'a character of several tokens is that of the last' yes \
	"$(about said.jsonl '(grep { $_ eq "" } @{$l[0]{tokens}}) > 2 ? "yes" : "no"')"
same 'what others say between actions is there' 'we counted<|im_end|> <|im_start|>user times<|im_end|> <|im_start|>assistant 8 times<|im_end|>' \
	"$(about said.jsonl 'join "", @{$l[1]{tokens}}' | tr '\n' ' ')"
same 'text that spells special tokens' '<|im_end|> is "text"' "$(about said.jsonl '$l[2]{response}')"

# Scores.
mkpolicy -q --from policy other
rollout -q -n 2 -l 6 policy chats.traj | discrim -q --implicit other policy >scored.traj
trajcat --tokens -m policy scored.traj >scored.jsonl
same 'a score for each token' 6 "$(about scored.jsonl '0 + grep { @{$_->{scores}} == @{$_->{tokens}} } @l')"
same 'group and kind of the scores' 'chats:1#0 chats:1 policy calibrated' \
	"$(about scored.jsonl 'join " ", @{$l[0]}{qw(id group role ratio)}')"
discrim -q --implicit other policy chats.traj | trajcat --tokens -m policy >scored.jsonl
same 'what others say has none' yes "$(about scored.jsonl '
	my @s = @{$l[1]{scores}}; my @t = @{$l[1]{tokens}};
	my ($from) = grep { $t[$_] eq "<|im_start|>" } 0 .. $#t;
	(@s == @t && !defined $s[$from] && defined $s[0] && defined $s[-1] ? "yes" : "no")')"
trajcat --json scored.traj | sed 's/"score":\[\([^],]*\)[^]]*\]/"score":[\1]/' >one.json
same 'one score for all' '1 1 1 1 1 1' "$(trajcat --tokens -m policy one.json >one.jsonl; about one.jsonl 'join " ", map { 0 + @{$_->{scores}} } @l')"

# Without actions, and without a tokenizer.
demo2traj -q --prompts -m policy -o prompts.traj chats.jsonl
same 'prompts have no tokens' '0 0 0' "$(trajcat --tokens prompts.traj >prompts.jsonl; about prompts.jsonl 'join " ", map { 0 + @{$_->{tokens}} } @l')"
cat >bare.json <<'END'
{"apprentice":{"kind":"traj","version":1}}
{"id":"a","tokens":[1,2,3],"actions":[1,3]}
{"end":{"count":1,"more":false}}
END
dies 1 'trajcat: bare.json: segment 1, record 1 ("a"): no tokenizer is known: name its policy' trajcat --tokens bare.json
ok 'a policy that is named' trajcat --tokens -m policy bare.json
ok 'a tokenizer that is not theirs' sh -c 'sed "s/\"version\":1/&,\"tokenizer\":\"nosuch\"/" bare.json >x; ! trajcat --tokens -m policy x 2>said && grep -q "made with tokenizer nosuch" said'
for words in '--tokens --json' '--tokens --text' '--tokens --messages' '--tokens --batch 2'; do
	# shellcheck disable=SC2086
	trajcat $words bare.json >out 2>said
	same "usage: $words" 2 $?
done
done_testing
