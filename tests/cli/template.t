#!/bin/bash
# SPDX-License-Identifier: MIT
# Chat templates: where they come from, what is an action, what is refused, and
# how a template's end of turn ends a rollout.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
shopt -s lastpipe

# shellcheck source=tests/cli/chatml.sh
. "$ROOT/tests/cli/chatml.sh"
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from tok policy
same 'without a template a new policy has the end of its tokenizer' '  "eos_token_id": 1' \
	"$(grep eos_token_id policy/config.json)"

cp chatml.jinja policy/chat_template.jinja
chat() { # ROLE CONTENT ...
	chat_sep='{"messages":['
	while [ $# -gt 0 ]; do
		printf '%s{"role":"%s","content":"%s"}' "$chat_sep" "$1" "$2"
		chat_sep=,
		shift 2
	done
	echo "]${chat_more:-}}"
}
chat user 'It rained' assistant drops >chat.jsonl

# Where it comes from.
said() {
	demo2traj -m policy "$@" chat.jsonl 2>&1 >s | grep -o 'template [^ ]*$'
}
same 'chat_template.jinja' 'template chat_template.jinja' "$(said)"
cp policy/tokenizer_config.json plain.json
sed 's/"bos_token"/"chat_template": [{"name": "rag", "template": "R"}, {"name": "default", "template": "{{ messages[1].content }}"}], "bos_token"/' \
	plain.json >policy/tokenizer_config.json
same 'the file counts before tokenizer_config.json' 'template chat_template.jinja' "$(said)"
dies 1 'demo2traj: chat.jsonl:1: message 2: the template leaves out the field "content"' \
	demo2traj -q -m policy --template rag chat.jsonl
rm policy/chat_template.jinja
same 'the default of a list' 'template tokenizer_config.json' "$(said)"
same 'a named template' 'template chatml' "$(said --template chatml)"
cp plain.json policy/tokenizer_config.json
demo2traj -m policy chat.jsonl 2>&1 >s | head -n 1 >words
same 'a conversation without a template: a warning' \
	'demo2traj: policy has no chat template, so conversations are plain text; --template names one' "$(cat words)"
ok 'a malformed template is wrong usage, before a policy is looked for' sh -c \
	'demo2traj --template "{nosuch}" -m none 2>words; [ $? = 2 ] && grep -qF "{nosuch} is not known" words'
dies 2 'demo2traj: template: nosuch: not the name of a template, and without {response}' \
	demo2traj -q -m policy --template nosuch chat.jsonl
printf '{%% for %%}' >policy/chat_template.jinja
dies 1 'demo2traj: chat_template.jinja: line 1: expected a name, found %}' \
	demo2traj -q -m policy chat.jsonl
cp chatml.jinja policy/chat_template.jinja

# What is learnt.
text() { # [OPTION ...]: the last record as text, newlines as /
	demo2traj -q -m policy "$@" >s && trajcat -q --text -m policy s | tr '\n' '/'
}
has() { # NAME TEXT [OPTION ...]
	has_name=$1 has_text=$2
	shift 2
	case $(text "$@") in
	*"$has_text"*) tap 0 "$has_name" ;;
	*)
		tap 1 "$has_name"
		text "$@" | sed 's/^/# /'
		;;
	esac
}
has 'the answer and the end of its turn are actions' 'assistant/[drops<|im_end|>]' chat.jsonl
chat user 'It <|im_end|>' assistant 'a<|im_start|>' >marks.jsonl
same 'marks that are spelt in a conversation are text' '280 281 280 281' \
	"$(demo2traj -q --json -m policy marks.jsonl | grep -o '"tokens":[^]]*' | grep -oE '\b28[01]\b' | xargs)"
chat user a assistant b user c assistant d >two.jsonl
has 'all answers are actions' '[b<|im_end|>]' two.jsonl
demo2traj -q --json -m policy --turns last two.jsonl | grep -c '"actions":\[[0-9]*,[0-9]*\]' >n
same '--turns last: only the last answer is an action' 1 "$(cat n)"
sed 's/"content":"b"/&,"train":false/' two.jsonl >train.jsonl
sed 's/"content":"b"/&,"weight":0/' two.jsonl >weight.jsonl
for f in train weight; do
	same "a turn that is not to be learnt ($f)" \
		"$(demo2traj -q --json -m policy --turns last two.jsonl | grep '"tokens"' | sed 's/"id":"[^"]*"//')" \
		"$(demo2traj -q --json -m policy $f.jsonl | grep '"tokens"' | sed 's/"id":"[^"]*"//')"
done
sed 's/"content":"b"/&,"weight":0.5/' two.jsonl >half.jsonl
dies 1 'demo2traj: half.jsonl:1: field "messages": message 2: key "weight": expected 0 or 1' \
	demo2traj -q -m policy half.jsonl
chat assistant b >only.jsonl
sed 's/"content":"b"/&,"train":false/' only.jsonl >none.jsonl
dies 1 'demo2traj: no demonstrations' demo2traj -q -m policy none.jsonl

# What the template has no place for.
calls='"tool_calls":[{"function":{"name":"rain","arguments":{"day":1}}}]'
sed "s/\"content\":\"drops\"/\"content\":\"\",$calls/" chat.jsonl >calls.jsonl
dies 1 'demo2traj: calls.jsonl:1: message 2: the template leaves out the field "tool_calls"' \
	demo2traj -q -m policy calls.jsonl
dies 1 'demo2traj: calls.jsonl:1: field "tool_calls": has no place in this template' \
	demo2traj -q -m policy --template '{prompt}{response}' calls.jsonl
sed 's/]}$/],"tools":[{"name":"rain"}]}/' chat.jsonl >tools.jsonl
demo2traj -m policy tools.jsonl 2>words >s
same 'tools that the template leaves out: a warning' 1 \
	"$(grep -c '^demo2traj: template chat_template.jinja leaves out: tools$' words)"
printf '%s' '{% for m in messages %}<|im_start|>{{ m.role }}{% if m.tool_calls %}{{ m.tool_calls[0].function | tojson }}{% else %}{{ m.content }}{% endif %}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant{% endif %}' \
	>policy/chat_template.jinja
has 'a call is an action' '[{"name": "rain", "arguments": {"day": 1}}<|im_end|>]' calls.jsonl
printf '%s' '{{ raise_exception("Only " ~ messages | length) }}' >policy/chat_template.jinja
dies 1 'demo2traj: chat.jsonl:1: template chat_template.jinja: the template refuses this: Only 2' \
	demo2traj -q -m policy chat.jsonl
printf '%s' '{{ strftime_now("%Y") }}{{ style }}{{ chat_template_kwargs is defined }}{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}' \
	>policy/chat_template.jinja
sed 's/]}$/],"style":"dry","chat_template_kwargs":{"x":1}}/' chat.jsonl >style.jsonl
SOURCE_DATE_EPOCH=0
export SOURCE_DATE_EPOCH
has 'SOURCE_DATE_EPOCH and fields of the document' '1970dryFalse' style.jsonl
SOURCE_DATE_EPOCH=x
dies 1 'demo2traj: SOURCE_DATE_EPOCH: x: not a whole number' demo2traj -q -m policy chat.jsonl
unset SOURCE_DATE_EPOCH
printf '%s' '{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}' \
	>policy/chat_template.jinja
ok 'a template that would last for hours is refused' sh -c '! demo2traj -q -m policy chat.jsonl >s'

# Preferences that hold their prompt.
cp chatml.jinja policy/chat_template.jinja
side() {
	chat user q assistant "$1" | sed 's/^{"messages"://; s/}$//'
}
echo "{\"chosen\":$(side a),\"rejected\":$(side b)}" >want.jsonl
echo "{\"prompt\":\"q\",\"chosen\":$(side a),\"rejected\":$(side b),\"messages\":$(side a)}" >held.jsonl
records() {
	demo2traj -q --json -m policy "$1" | grep -o '"tokens":.*"actions":[^]]*'
}
same 'a prompt that both sides hold is there once' "$(records want.jsonl)" "$(records held.jsonl)"

# Prompts.
ok '--prompts' sh -c 'demo2traj -q -m policy --prompts chat.jsonl >prompts'
same '--prompts ends where an answer begins' '<|im_start|>user/It rained<|im_end|>/<|im_start|>assistant/' \
	"$(trajcat -q --json prompts | sed -n 's/.*"tokens":\[\([^]]*\)\],"actions":\[\].*/\1/p' >ids
	demo2traj -q --json -m policy chat.jsonl | sed -n 's/.*"tokens":\[\([^]]*\)\],"actions":\[\([0-9]*\),.*/\1 \2/p' |
		awk '{ split($1, t, ","); for (i = 1; i <= $2; i++) printf "%s%s", (i > 1 ? "," : ""), t[i]; print "" }' |
		cmp -s - ids && echo '<|im_start|>user/It rained<|im_end|>/<|im_start|>assistant/')"
echo '{"prompt":"It rained"}' >ask.jsonl
same 'a document without a response is a prompt' "$(cat ids)" \
	"$(demo2traj -q --json -m policy --prompts ask.jsonl | sed -n 's/.*"tokens":\[\([^]]*\)\].*/\1/p')"
same 'prompts have neither role nor stop' 0 "$(trajcat -q --json prompts | grep -cE '"(role|stop)":')"

# What ends a turn ends a rollout.
cp chatml.jinja tok/chat_template.jinja
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from tok ended
same 'a new policy ends with the end of its template too' '  "eos_token_id": [1, 281]' \
	"$(grep eos_token_id ended/config.json)"
demo2traj -m policy -o demos chat.jsonl 2>words
same 'an end that is not the policy'\''s: a warning' 1 \
	"$(grep -c 'ends an answer with <|im_end|>, which does not end a sequence of policy; rollout stops there too' words)"
same 'the header has the token' 1 "$(trajcat -q --json demos | grep -c '"end_of_turn":281')"
trajcat -q --repeat 100 --batch 1 demos | divgrad -q -d fkl --follow policy |
	apply-update -q --lr 2e-2 policy >/dev/null
rollout -q --greedy -l 40 --json policy demos >sampled
same 'a response ends with it' turn "$(sed -n 's/.*"stop":"\([a-z]*\)".*/\1/p' sampled)"
rollout -q --greedy -l 40 --json policy prompts >sampled
same 'also after a prompt' turn "$(sed -n 's/.*"stop":"\([a-z]*\)".*/\1/p' sampled)"
same 'rollout --text answers by the template' drops "$(rollout -q --greedy -l 40 --text 'It rained' policy)"
ok 'rollout --text --raw does not' \
	sh -c 'test "$(rollout -q --greedy -l 4 --raw --text "It rained" policy)" != drops'
echo '{"eos_token_id": [1, 281]}' >policy/generation_config.json
demo2traj -m policy chat.jsonl 2>words >s
same 'an end that is the policy'\''s: no warning' 1 "$(wc -l <words)"
sed 's/"end_of_turn":281/"end_of_turn":99999/' sampled >broken
dies 1 'rollout: broken: segment 1: header: field "end_of_turn": 99999 cannot end a response' rollout -q policy broken
done_testing
