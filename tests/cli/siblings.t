#!/bin/bash
# SPDX-License-Identifier: MIT
# Relatives of inputs from public bug reports: what is near a case that went
# wrong once must be right too.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

for n in 1 2 3 4 5 6 7 8; do
	echo "{\"prompt\": \"How often did it rain, $n?\", \"response\": \"It rained $n times.\"}"
done >demos.jsonl
mkpolicy -q --like llama --dim 8 --layers 1 --tokenizer-from demos.jsonl --vocab 280 policy
shown() { demo2traj -q -m "${model:-policy}" "$@" | trajcat --text -m policy | sed 1d | tr -d '\n'; }
tokens() { demo2traj -q --json -m "${model:-policy}" "$@" | sed -n 's/.*"tokens":\[\([^]]*\).*/\1/p'; }
turn() { printf '{"role":"%s","content":"%s"}' "$1" "$2"; }

# A prompt that stands twice.
echo "{\"prompt\":[$(turn user q)],\"chosen\":[$(turn user q),$(turn assistant a)],\"rejected\":[$(turn user q),$(turn assistant b)]}" >lists.jsonl
same 'a prompt list that both sides hold is said once' 'q[a</s>]1r rejected eosq[b</s>]' \
	"$(shown lists.jsonl | sed 's/lists:1r/1r/')"
echo "{\"prompt\":\"q\",\"completion\":[$(turn user q),$(turn assistant a)],\"label\":true}" >kto.jsonl
same 'a prompt text that the completion holds too' 'q[a</s>]' "$(shown kto.jsonl)"

# Null is absent.
for f in prompt completion response chosen rejected messages conversations instruction output question text; do
	case $f in
	prompt | completion | response | instruction | output) more='"question":"q","answer":"a"' ;;
	*) more='"prompt":"q","response":"a"' ;;
	esac
	echo "{\"$f\":null,$more}" >null.jsonl
	same "$f: null" 'q[a</s>]' "$(shown null.jsonl)"
done
echo '{"messages":[],"prompt":"q","response":"a"}' >none.jsonl
same 'no messages beside a prompt' 'q[a</s>]' "$(shown none.jsonl)"

# A first field of blanks.
printf 'completion\tprompt\n  \tq\n' >blanks.tsv
printf 'completion,prompt\n"  ",q\n' >blanks.csv
printf 'completion,prompt\n\t ,q\n' >tab.csv
same 'blanks in a first field (TSV)' 'q[  </s>]' "$(shown blanks.tsv)"
same 'blanks in a first field (CSV)' 'q[  </s>]' "$(shown blanks.csv)"
same 'a tab too' 'q[	 </s>]' "$(shown tab.csv)"

# Where the beginning of a sequence comes from.
begins() { # WHAT EXPECTED SED-OF-CONFIG [SED-OF-TOKENIZER]
	rm -rf bos
	cp -R policy bos
	sed -i "$3" bos/tokenizer_config.json
	sed -i "${4:-}" bos/tokenizer.json
	echo '{"prompt":"q","response":"a"}' >one.jsonl
	same "$1" "$2" "$(model=bos tokens one.jsonl | sed 's/^0,.*/one/; s/^[1-9].*/none/')"
}
key='s/  "add_bos_token": [a-z]*,//'
llama='s/PreTrainedTokenizerFast/LlamaTokenizer/'
template='s/"post_processor":[^}]*}/"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}}/'
begins 'a tokenizer that says nothing adds no BOS' none "$key"
begins 'a LlamaTokenizer that says nothing adds one' one "$key;$llama"
begins 'null is nothing' one "s/\"add_bos_token\": false/\"add_bos_token\": null/;$llama"
begins 'false is no' none "$llama"
begins 'a TemplateProcessing alone adds one' one "$key" "$template"
begins 'and only one' one "s/\"add_bos_token\": false/\"add_bos_token\": true/" "$template"

# Where a template comes from.
cp -R policy named
mkdir named/additional_chat_templates
echo '{% for m in messages %}X{{ m.content }}{% endfor %}{{ eos_token }}' >named/additional_chat_templates/brief.jinja
echo "{\"messages\":[$(turn user q),$(turn assistant a)]}" >chat.jsonl
same 'a further template of the policy, by name' 'XqX[a</s>]' "$(model=named shown --template brief chat.jsonl)"
echo '{"chat_template":"{% for m in messages %}Y{{ m.content }}{% endfor %}{{ eos_token }}"}' >named/chat_template.json
same "a processor's template" 'YqY[a</s>]' "$(model=named shown chat.jsonl)"

# Ids beyond the tokenizer, and weights that add up to nothing.
mkpolicy -q --like llama --dim 8 --layers 1 --tokenizer-from policy --vocab 400 wide
segment() { # WEIGHT WEIGHT
	local x i=0
	echo '{"apprentice":{"kind":"traj","version":1}}'
	for x; do
		i=$((i + 1))
		echo "{\"id\":\"$i\",\"role\":\"expert\",\"tokens\":[0,70,390,71,1],\"actions\":[2,5],\"weight\":$x}"
	done
	echo "{\"end\":{\"count\":$#,\"more\":false}}"
}
segment 1 >ids
ok 'measure takes an id beyond the tokenizer' measure -q -p wide ids
ok 'divgrad takes it' sh -c 'divgrad -q -d fkl wide ids | gradcat -q >grad'
ok 'as text it is nothing' sh -c 'trajcat --text -m wide ids | grep -q "^<s>D\\[E</s>\\]$"'
segment 0 0 >zero
ok 'weights of 0 are a step of a gradient of zeros' sh -c 'divgrad -q -d fkl wide zero | gradcat -q >grad'
for w in '1 -1' '-1 -1' '1 -2'; do
	# shellcheck disable=SC2086 # two words
	segment $w >less
	ok "weights $w are refused" sh -c '! divgrad -q -d fkl wide less >grad 2>words && grep -q "add up to .* expected more than 0" words'
done

# Values that a smaller type cannot hold.
mkpolicy -q --like llama --dim 16 --layers 1 --vocab 64 big
at=$(($(od -An -tu8 -N8 big/model.safetensors | tr -d ' ') + 8))
put() { printf %b "$1" | dd of="$2" bs=1 seek=$at conv=notrunc status=none; }
cp -R big small
mkpolicy -q --from small --lora 2 tuned
put "\\0377\\0377\\0177\\0177" big/model.safetensors
put "\\0000\\0120\\0303\\0107" small/model.safetensors
for type in bf16 f16; do
	ok "the largest float in $type is refused" sh -c "! mkpolicy --from big --dtype $type x 2>words && grep -q 'tensor model.embed_tokens.weight' words && ! [ -e x ]"
done
ok 'merging adapters into halves, too' sh -c "! mkpolicy --from tuned --dtype f16 x 2>words && grep -q 'tensor model.embed_tokens.weight' words && ! [ -e x ]"
ok 'bf16 holds a hundred thousand' mkpolicy -q --from small --dtype bf16 wider
mkpolicy -q --like llama --dim 16 --layers 1 --vocab 64 --dtype f16 half
segment 1 | sed 's/390/39/; s/70,/7,/; s/71,/8,/' >demo
ok 'a step that leaves halves behind is refused' sh -c '! (divgrad -q -d fkl half demo | apply-update -q --lr 1e6 half >out 2>words) && grep -q "half" words'
ok 'and the policy is as it was' measure -q -p half demo
done_testing
