#!/bin/sh
# SPDX-License-Identifier: MIT
# mkpolicy --template: a policy with the template that it is trained with, whose
# answers end as the template says.
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/cli/chatml.sh
. "$ROOT/tests/cli/chatml.sh"

for n in 1 2 3 4 5 6 7 8; do
	echo "{\"prompt\": \"How often did it rain, $n?\", \"response\": \"It rained $n times.\"}"
done >demos.jsonl
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from tok start
ends() { # POLICY: the tokens that end a sequence
	f=$1/generation_config.json
	[ -e "$f" ] || f=$1/config.json
	tr -d '\n ' <"$f" | sed -n 's/.*"eos_token_id":\([^"}]*[]0-9]\).*/\1/p'
}
says() { # MODEL DEMO2TRAJ-OPTIONS: what demo2traj says of the template, and the tokens
	model=$1
	shift
	demo2traj --json -m "$model" "$@" demos.jsonl 2>words | grep -o '"tokens":[^]]*' | cksum
}

same 'what it says' 'mkpolicy: chat: template chatml, which ends an answer with <|im_end|>' \
	"$(mkpolicy --from start --template chatml chat 2>&1 | tail -n 1)"
same 'its end ends a sequence' '[1,281]' "$(ends chat)"
same 'its base has only its own' 1 "$(ends start)"
same 'it is used as if it were named' "$(says start --template chatml)" "$(says chat)"
same 'which needs no word' 1 "$(wc -l <words)"
same 'a base says how to get there' 1 "$(says start --template chatml >/dev/null; grep -c 'mkpolicy --from start --template chatml NEW' words)"
same 'prompts end where an answer begins' "$(printf '{"messages":[{"role":"user","content":"a"}]}' |
	demo2traj -q --json --prompts -m start --template chatml - | grep -o '"tokens":[^]]*')" \
	"$(printf '{"messages":[{"role":"user","content":"a"}]}' | demo2traj -q --json --prompts -m chat - | grep -o '"tokens":[^]]*')"
ok 'a new policy' mkpolicy -q --like qwen2 --dim 16 --layers 1 --tokenizer-from tok --template chatml new
same 'of the same end' '[1,281]' "$(ends new)"
ok 'adapters' mkpolicy -q --from start --lora 2 --template chatml tuned
same 'end so too' '[1,281]' "$(ends tuned)"
same 'and are used so' "$(says chat)" "$(says tuned)"
ok 'merged' mkpolicy -q --from tuned merged
same 'they keep it' "$(says chat) [1,281]" "$(says merged) $(ends merged)"
ok 'to GGUF' mkpolicy -q --from chat --gguf chat.gguf
ok 'from GGUF' mkpolicy -q --from chat.gguf back
same 'it stays' "$(says chat)" "$(says back)"
ok 'from GGUF with another' mkpolicy -q --from chat.gguf --template zephyr other
same 'which is the only one' 0 "$(grep -c im_start other/chat_template.jinja other/tokenizer_config.json | grep -vc ':0$')"
same 'it is used' "$(says start --template zephyr)" "$(says other)"

# A file, in the place of a template of the base.
printf '%s' '{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}' >mine.jinja
sed -i 's/^{/{"chat_template": "x", /' chat/tokenizer_config.json
ok 'a file' mkpolicy -q --from chat --template mine.jinja own
ok 'as it is' cmp mine.jinja own/chat_template.jinja
same 'another one in the config is gone' 0 "$(grep -c chat_template own/tokenizer_config.json)"
ok 'and nothing else' grep -q '"add_bos_token"' own/tokenizer_config.json
same 'a template without a token at its end' \
	'mkpolicy: bare: template bare.jinja; no special token of the tokenizer ends an answer, so answers have no end' \
	"$(printf '{%% for m in messages %%}{{ m.content }}\n{%% endfor %%}' >bare.jinja
	mkpolicy --from start --template bare.jinja bare 2>&1 | tail -n 1)"
same 'adds no end' 1 "$(ends bare)"

before=$(echo *)
dies 2 'mkpolicy: template nosuch: neither a file nor one of: plain chatml llama3 gemma llama2 zephyr alpaca hh' \
	mkpolicy --from start --template nosuch x
printf '{%% for %%}' >bad.jinja
dies 2 "mkpolicy: $(mkpolicy --from start --template bad.jinja x 2>&1 | sed -n '1s/^mkpolicy: //p')" mkpolicy --from start --template bad.jinja x
ok 'names file and line' sh -c 'mkpolicy --from start --template bad.jinja x 2>&1 | grep -q "bad.jinja.*line 1"'
dies 2 'mkpolicy: --template does not go with --gguf' mkpolicy --from start --gguf --template chatml x
mkpolicy -q --like llama --dim 8 --layers 1 lone
dies 1 'mkpolicy: a chat template needs a tokenizer, and there is none' mkpolicy --from lone --template chatml x
rm -r lone bad.jinja
same 'refusals leave nothing' "$before" "$(echo *)"
done_testing
