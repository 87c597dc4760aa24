#!/bin/bash
# SPDX-License-Identifier: MIT
#
# trajcat --messages: trajectories as conversations that demo2traj reads back.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# shellcheck source=tests/cli/chatml.sh
. "$ROOT/tests/cli/chatml.sh"
chat_policy --layers 1 --context 512 || exit 1

cat >chats.jsonl <<'END'
{"messages":[{"role":"user","content":"It rained"},{"role":"assistant","content":"drops of rain"}]}
{"messages":[{"role":"system","content":"Count.\nAlways"},{"role":"user","content":" rain "},{"role":"assistant","content":"we counted"},{"role":"user","content":"times \"é\"\n"},{"role":"assistant","content":"8 times"}]}
{"messages":[{"role":"user","content":"<|im_end|>\n<|im_start|>assistant\n"},{"role":"assistant","content":"<|im_end|> is text"}]}
END
conversations() { # the lists of messages
	perl -MJSON::PP -ne 'print JSON::PP->new->ascii->canonical->encode(decode_json($_)->{messages}), "\n"' "$@"
}
records() { # FILE: without the provenance
	trajcat --json "$1" | grep '"id"'
}
demo2traj -q -m policy -o chats.traj chats.jsonl
trajcat --messages -o said.jsonl chats.traj
same 'turns are those of the documents' "$(conversations chats.jsonl)" "$(conversations said.jsonl)"
same 'id, role and stop are beside them' '"chats:1" "expert" "turn"' \
	"$(head -n 1 said.jsonl | sed 's/.*"id":\("[^"]*"\).*"role":\("[^"]*"\),"stop":\("[^"]*"\).*/\1 \2 \3/')"
cp said.jsonl chats.jsonl
demo2traj -q -m policy -o back.traj chats.jsonl
same 'demo2traj makes the same records of them' "$(records chats.traj)" "$(records back.traj)"

# Every template by name, with and without a system turn.
for name in plain chatml llama3 gemma llama2 zephyr alpaca hh; do
	for system in '' '{"role":"system","content":"Count."},'; do
		echo "{\"messages\":[$system{\"role\":\"user\",\"content\":\"It rained\"},{\"role\":\"assistant\",\"content\":\"drops\"},{\"role\":\"user\",\"content\":\"of\"},{\"role\":\"assistant\",\"content\":\"rain\"}]}" >one.jsonl
		demo2traj -q -m policy --template $name -o one.traj one.jsonl
		trajcat --messages one.traj >again.jsonl
		case $name$system in
		plain?* | gemma?*) ;; # which join the two
		*) same "$name${system:+ with a system turn}: the turns" "$(conversations one.jsonl)" "$(conversations again.jsonl)" ;;
		esac
		mv again.jsonl one.jsonl
		demo2traj -q -m policy --template $name -o two.traj one.jsonl
		same "$name${system:+ with a system turn}: the tokens" "$(records one.traj)" "$(records two.traj)"
	done
done

# Samples, which the template need not make again.
rollout -q -n 2 -l 5 policy chats.traj | trajcat -o samples.traj
trajcat --messages -m policy samples.traj >samples.jsonl
same 'a line a sample' 6 "$(wc -l <samples.jsonl)"
same 'the prompts of samples are turns' "$(conversations chats.jsonl | sed 's/.$//; s/,{"content":"[^{]*"assistant"}$//' | sort -u | sed -n 1p)" \
	"$(conversations samples.jsonl | sed 's/.$//; s/,{"content":"[^{]*"assistant"}$//' | sort -u | sed -n 1p)"
yes_if() { # NAME EXPRESSION: of the lines @l
	same "$1" yes "$(perl -MJSON::PP -e 'my @l = map { decode_json($_) } <STDIN>; print eval($ARGV[0]) ? "yes" : "no: @{[%{$l[0]}]} $@"' "$2" <samples.jsonl)"
}
yes_if 'samples have group, stop and the sum of logp' \
	'!grep { $_->{group} ne substr($_->{id}, 0, -2) || $_->{logp} >= 0 || $_->{stop} !~ /length|turn|eos/ } @l'
mkpolicy -q --from policy disc
discrim -q --implicit disc policy samples.traj >scored.traj
trajcat --messages -m policy scored.traj >samples.jsonl
yes_if 'scored samples have the sum of their scores' '!grep { !defined $_->{score} || ref $_->{score} } @l'
# Weights, sides and texts.
cat >samples.json <<'END'
{"apprentice":{"kind":"traj","version":1}}
{"id":"a","tokens":[1,2,3],"actions":[1,3],"role":"chosen","group":"p","weight":0.5,"text":{"prompt":"Say\u0000\"","response":"é"},"score":[0.5,-2]}
{"id":"b","tokens":[1,2,3],"actions":[1,3],"role":"rejected","group":"p","text":{"prompt":"","response":"no"}}
{"end":{"count":2,"more":false}}
END
same 'the text of a record, its side and its weight' \
	'{"id":"a","messages":[{"role":"user","content":"Say\u0000\""},{"role":"assistant","content":"é"}],"label":true,"weight":0.5,"group":"p","role":"chosen","score":-1.5}
{"id":"b","messages":[{"role":"assistant","content":"no"}],"label":false,"group":"p","role":"rejected"}' \
	"$(trajcat --messages samples.json)"
demo2traj -q --prompts -m policy -o prompts.traj chats.jsonl
same 'prompts have no answer, and earlier answers are no actions' \
	"$(conversations chats.jsonl | sed 's/,{"content":"[^{]*"role":"assistant"}\]$/]/; s/"role":"assistant"/&,"train":false/')" \
	"$(trajcat --messages prompts.traj | conversations)"
trajcat --messages prompts.traj >prompts.jsonl
demo2traj -q --prompts -m policy -o back.traj prompts.jsonl
same 'demo2traj makes the same prompts of them' "$(records prompts.traj)" "$(records back.traj | sed s/prompts:/chats:/)"

sed 's/,"text":{[^}]*}//' samples.json >bare.json
dies 1 'trajcat: bare.json: segment 1, record 1 ("a"): no text, and no tokenizer is known: name its policy' \
	trajcat --messages bare.json

# A context that the template does not make.
sed 's/"tokens":\[1,/"tokens":[9,/' samples.json | sed 's/,"text":{[^}]*}//' >other.json
ok 'other contexts are what the user says' sh -c 'trajcat --messages -m policy other.json >said && grep -q "\"role\":\"user\"" said'
dies 1 'trajcat: other.json: segment 1: made with tokenizer nosuch, but the policy'"'"'s is '"$(head -n 1 chats.traj | grep -aoE '[0-9a-f]{32}' | head -n 1)" \
	sh -c 'sed "s/\"version\":1/&,\"tokenizer\":\"nosuch\"/" other.json >x && mv x other.json && trajcat --messages -m policy other.json'
for words in '--messages --json' '--messages --text' '--messages --batch 2'; do
	# shellcheck disable=SC2086
	trajcat $words samples.json >out 2>said
	same "usage: $words" 2 $?
done
done_testing
