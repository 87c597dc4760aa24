#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mkpolicy: what it makes, from what, and what it refuses.
. "$(dirname "$0")/../lib.sh"

key() { # DIR KEY: a value of its config.json, as it stands there
	sed -n "s/^ *\"$2\": \\(.*[^,]\\),*\$/\\1/p" "$1/config.json"
}

header() { # DIR: the JSON header of its weights
	n=$(od -An -tu8 -N8 "$1/model.safetensors" | tr -d ' ')
	tail -c +9 "$1/model.safetensors" | head -c "$n"
}

id() {
	header "$1" | sed 's/.*"apprentice.id":"\([^"]*\)".*/\1/'
}

data() { # DIR: the bytes of its weights
	n=$(od -An -tu8 -N8 "$1/model.safetensors" | tr -d ' ')
	tail -c "+$((n + 9))" "$1/model.safetensors" | cksum
}

has() { # DIR TENSOR DTYPE SHAPE
	header "$1" | grep -qF "\"$2\":{\"dtype\":\"$3\",\"shape\":[$4],"
}

n=0
while [ $n -lt 300 ]; do
	n=$((n + 1))
	echo "The $n times that it rained we counted $((n * 7)) drops of rain."
done >text.txt

# Families, and the sizes that are not given.
families=$(mkpolicy --like nosuch p 2>&1 | sed -n 's/.*not one of//p' | tr -d ,)
for f in $families; do
	ok "a $f" mkpolicy -q --like "$f" --dim 16 --layers 2 "$f"
	same "$f: its family" "\"$f\"" "$(key "$f" model_type)"
	same "$f: its files" 'config.json generation_config.json model.safetensors' "$(cd "$f" && echo *)"
	same "$f: step 0" 1 "$(header "$f" | grep -cF '"apprentice.step":"0"')"
	same "$f: its vocabulary" 512 "$(key "$f" vocab_size)"
	same "$f: end of text" 1 "$(key "$f" eos_token_id)"
done
ok 'llama: embedding' has llama model.embed_tokens.weight F32 512,16
ok 'llama: feed-forward' has llama model.layers.1.mlp.up_proj.weight F32 48,16
ok 'llama: head' has llama lm_head.weight F32 512,16
ok 'qwen2: biases' has qwen2 model.layers.0.self_attn.v_proj.bias F32 16
ok 'qwen3: norms of heads' has qwen3 model.layers.0.self_attn.q_norm.weight F32 16
ok 'gpt2: fused and transposed' has gpt2 transformer.h.1.attn.c_attn.weight F32 16,48
ok 'gpt2: positions' has gpt2 transformer.wpe.weight F32 256,16
same 'gpt2: feed-forward' 64 "$(key gpt2 n_inner)"
ok 'a policy of given sizes' mkpolicy -q --like llama --dim 192 --layers 1 --kv-heads 1 \
	--ff 100 --context 4194304 --vocab 50 --tied --dtype bf16 sizes
same 'heads are 64 wide by default' 3 "$(key sizes num_attention_heads)"
same 'the context given' 4194304 "$(key sizes max_position_embeddings)"
ok 'one key head, stored as bf16' has sizes model.layers.0.self_attn.k_proj.weight BF16 64,192
ok '--tied: no lm_head' sh -c '! grep -q lm_head sizes/model.safetensors'
same 'config.json names the dtype' '"bfloat16"' "$(key sizes torch_dtype)"

# Seeds and ids.
ok 'the same command again' mkpolicy -q --like llama --dim 16 -j 2 again
same 'the same seed: the same weights' "$(data llama)" "$(data again)"
ok 'the same seed: another id' test "$(id llama)" != "$(id again)"
same_id=0123456789abcdef0123456789abcdef
ok "an id" mkpolicy -q --like llama --dim 16 --id $same_id named
same "the id that was asked for" $same_id "$(id named)"
same "an id changes no weights" "$(data llama)" "$(data named)"
ok "a copy of an id" mkpolicy -q --from llama --id $same_id named2
same "the same id again: the same file" "$(cksum <named/model.safetensors)" "$(cksum <named2/model.safetensors)"
ok "adapters of an id" mkpolicy -q --from llama --lora 2 --id $same_id named3
ok "adapters have the id" grep -aq "\"apprentice.id\":\"$same_id\"" named3/adapter_model.safetensors
dies 2 "mkpolicy: --id 12: not 32 hexadecimal digits" mkpolicy --like llama --id 12 x
dies 2 "mkpolicy: --id does not go with --gguf" mkpolicy --from llama --gguf --id $same_id x
same 'an id has 32 digits' 32 "$(id again | tr -d '\n' | wc -c)"
ok '-s 2' mkpolicy -q --like llama --dim 16 -s 2 seed
ok 'another seed: other weights' test "$(data llama)" != "$(data seed)"
same 'the summary of a new policy' 'mkpolicy: summed: LlamaForCausalLM, 512 tokens, 19760 parameters as f16' \
	"$(mkpolicy --like llama --dim 16 --layers 1 --dtype f16 summed 2>&1)"

# Tokenizers.
ok 'a tokenizer trained on a text' mkpolicy -q --like llama --dim 16 --vocab 300 --tokenizer-from text.txt t
same 'the files of a policy with tokenizer' 'config.json generation_config.json model.safetensors tokenizer.json tokenizer_config.json' \
	"$(cd t && echo *)"
echo '{"prompt": "It rained", "response": " 7 times"}' >one.jsonl
ok 'demo2traj reads the trained tokenizer' demo2traj -q -m t -o one.traj one.jsonl
ok 'the tokenizer of another policy' mkpolicy -q --like gpt2 --dim 32 --tokenizer-from t u
ok 'a tokenizer is copied byte by byte' cmp t/tokenizer.json u/tokenizer.json
same 'a copied tokenizer sets the vocabulary' 300 "$(key u vocab_size)"
ok '--vocab above the size of the tokenizer' mkpolicy -q --like gpt2 --dim 32 --tokenizer-from t --vocab 320 v
ok 'the embedding has --vocab rows' has v transformer.wte.weight F32 320,32
dies 1 'mkpolicy: a vocabulary of 100: t has 300 tokens' \
	mkpolicy --like gpt2 --tokenizer-from t --vocab 100 w

# From another.
ok '--from' mkpolicy -q --from t copy
same 'a copy has the same weights' "$(data t)" "$(data copy)"
ok 'a copy has another id' test "$(id t)" != "$(id copy)"
ok 'a copy has the same tokenizer' cmp t/tokenizer.json copy/tokenizer.json
sed 's/^{/{ "task_specific_params": {"a": [1, null]},/' copy/config.json >c && mv c copy/config.json
ok '--head score' mkpolicy -q --from copy --head score disc
ok 'a discriminator has score.weight' has disc score.weight F32 1,16
ok 'a discriminator has no lm_head' sh -c '! grep -q lm_head disc/model.safetensors'
same 'a discriminator is a classifier' '["LlamaForSequenceClassification"]' "$(key disc architectures)"
same 'a discriminator has one label' 1 "$(key disc num_labels)"
same 'keys of config.json that change nothing are kept' '{"a":[1,null]}' "$(key disc task_specific_params)"
same 'the base is untouched' "$(data t)" "$(data copy)"
ok '--dtype bf16' mkpolicy -q --from t --dtype bf16 half
ok 'a copy of a bf16 policy' mkpolicy -q --from half half2
same 'bf16 weights are copied unchanged' "$(data half)" "$(data half2)"
ok 'a copy of a bf16 policy is bf16' has half2 lm_head.weight BF16 300,16
ok 'DIR with a slash at the end' mkpolicy -q --from t slash/
ok 'DIR/ is made' test -f slash/model.safetensors

# Adapters.
ok '--lora 4' mkpolicy -q --from t --lora 4 tuned/
same 'the files of adapters' 'adapter_config.json adapter_model.safetensors generation_config.json tokenizer.json tokenizer_config.json' \
	"$(cd tuned && echo *)"
setting() { # DIR KEY: a value of its adapter_config.json
	sed -n "s/^ *\"$2\": \(.*[^,]\),*\$/\1/p" "$1/adapter_config.json"
}
tensor() { # DIR N: name and shape of its N-th tensor
	n=$(od -An -tu8 -N8 "$1/adapter_model.safetensors" | tr -d ' ')
	tail -c +9 "$1/adapter_model.safetensors" | head -c "$n" |
		grep -o '"base_model[^]]*\]' | sed 's/:{.*shape"//' | head -n "$2" | tail -n 1
}
same 'the types in adapter_config.json' '"LORA" "CAUSAL_LM" "none"' \
	"$(setting tuned peft_type) $(setting tuned task_type) $(setting tuned bias)"
same 'r is the rank' 4 "$(setting tuned r)"
same 'alpha is twice the rank' 8 "$(setting tuned lora_alpha)"
same 'the base is named by its full path' "\"$PWD/t\"" "$(setting tuned base_model_name_or_path)"
same 'all matrices of layers have adapters' '["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]' \
	"$(setting tuned target_modules)"
same 'llama: fan_in_fan_out' false "$(setting tuned fan_in_fan_out)"
same 'A is [rank, in]' '"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight":[4,16]' "$(tensor tuned 1)"
same 'B is [out, rank]' '"base_model.model.model.layers.1.mlp.down_proj.lora_B.weight":[16,4]' "$(tensor tuned 28)"
ok 'adapters of gpt2' mkpolicy -q --from u --lora 2 --lora-alpha 1.5 tuned2
same '--lora-alpha' 1.5 "$(setting tuned2 lora_alpha)"
same 'gpt2: fan_in_fan_out' true "$(setting tuned2 fan_in_fan_out)"
same 'gpt2: matrices with adapters' '["c_attn", "c_proj", "c_fc"]' "$(setting tuned2 target_modules)"
same 'gpt2: B of the fused matrix' '"base_model.model.transformer.h.0.attn.c_attn.lora_B.weight":[96,2]' "$(tensor tuned2 2)"
ok '--rslora' mkpolicy -q --from t --lora 4 --rslora rooted
same 'adapters are not rank-stabilized by default' false "$(setting tuned use_rslora)"
same '--rslora writes use_rslora' true "$(setting rooted use_rslora)"
ok '--lora-targets' mkpolicy -q --from t --lora 4 --lora-targets v_proj,mlp.up_proj,v_proj chosen
same 'chosen targets, each once' '["v_proj", "mlp.up_proj"]' "$(setting chosen target_modules)"
same 'no other matrix has adapters' 'mlp.up_proj self_attn.v_proj' \
	"$(grep -ao '[a-z_]*\.[a-z_]*\.lora_A' chosen/adapter_model.safetensors | sed 's/.lora_A//' | sort -u | tr '\n' ' ' | sed 's/ $//')"
ok '--lora-save' mkpolicy -q --from t --lora 4 --lora-save lm_head,norm,lm_head kept
same '--lora-save writes modules_to_save' '["lm_head", "norm"]' "$(setting kept modules_to_save)"
same 'no module is saved by default' null "$(setting tuned modules_to_save)"
same 'all its norms and its head are in the file' 6 \
	"$(grep -ao 'base_model[a-z_.0-9]*\(norm\|head\).weight' kept/adapter_model.safetensors | grep -c .)"
ok '--from merges copies' mkpolicy -q --from kept kept.m
same 'new copies merged are the base' "$(data t)" "$(data kept.m)"
ok '--lora-targets all-linear' mkpolicy -q --from t --lora 4 --lora-targets all-linear every
same 'all-linear is the default' "$(setting tuned target_modules)" "$(setting every target_modules)"
ok 'the same adapters again' mkpolicy -q --from t --lora 4 tuned3
content() { # DIR
	n=$(od -An -tu8 -N8 "$1/adapter_model.safetensors" | tr -d ' ')
	tail -c "+$((n + 9))" "$1/adapter_model.safetensors" | cksum
}
same 'the same seed: the same adapters' "$(content tuned)" "$(content tuned3)"
ok 'adapters with -s 5' mkpolicy -q --from t --lora 4 -s 5 tuned4
ok 'another seed: other adapters' test "$(content tuned)" != "$(content tuned4)"
same 'the summary of adapters' 'mkpolicy: tuned5: LlamaForCausalLM, 1280 parameters in adapters, 16336 in the base' \
	"$(mkpolicy --from t --lora 2 tuned5 2>&1)"
ok '--from adapters merges them' mkpolicy -q --from tuned merged
same 'new adapters merged are the base' "$(data t)" "$(data merged)"
ok 'merge and store as bf16' mkpolicy -q --from tuned --dtype bf16 merged2
same 'new adapters merged as bf16 are the base as bf16' "$(data half)" "$(data merged2)"
ok 'merge with --head score' mkpolicy -q --from tuned --head score merged3
ok 'the merged discriminator has score.weight' has merged3 score.weight F32 1,16

# A base whose EOS is only in config.json.
cp -R t plain && rm plain/generation_config.json
ok 'adapters of a base without generation_config.json' mkpolicy -q --from plain --lora 1 tuned6
same 'adapters have a generation_config.json with its EOS' '"eos_token_id": [1]' "$(grep -o '"eos_token_id".*' tuned6/generation_config.json)"

# Refusals, which leave nothing.
: >said
before=$(echo *)
dies 1 'mkpolicy: t: exists already' mkpolicy --from u t
dies 1 'mkpolicy: text.txt: exists already' mkpolicy --from u text.txt
dies 1 'mkpolicy: none: No such file or directory' mkpolicy --from none x
dies 1 'mkpolicy: text.txt: not a GGUF file' mkpolicy --from text.txt x
dies 1 'mkpolicy: none: No such file or directory' mkpolicy --like llama --tokenizer-from none x
dies 1 'mkpolicy: no/x: No such file or directory' mkpolicy --from t no/x
dies 1 'mkpolicy: a width of 7 makes heads 7 wide, and rotation needs an even width' \
	mkpolicy --like llama --dim 7 x
dies 1 'mkpolicy: a width of 16 is no multiple of 3 heads' \
	mkpolicy --like llama --dim 16 --heads 3 x
dies 1 'mkpolicy: 3 key heads do not divide 4 heads' \
	mkpolicy --like llama --heads 4 --kv-heads 3 x
dies 1 'mkpolicy: gpt2 has as many key heads as heads, 4' \
	mkpolicy --like gpt2 --heads 4 --kv-heads 2 x
dies 2 'mkpolicy: --dim 1000000000: not between 1 and 1000000' \
	mkpolicy --like llama --dim 1000000000 x
dies 2 'mkpolicy: --layers 1000000000: not between 1 and 4096' \
	mkpolicy --like llama --layers 1000000000 x
absurd() {
	mkpolicy --like llama --dim 1000000 --layers 4096 --ff 1000 x 2>said
	[ $? -eq 1 ] && grep -q '^mkpolicy: .* parameters do not fit .* MiB of memory$' said
}
ok 'a policy larger than memory' absurd
# 1.5 times memory in F32 is 0.75 times it in BF16: that begins, and no more.
half() {
	words=$(($(getconf _PHYS_PAGES) * $(getconf PAGESIZE) * 3 / 131072))
	for dtype in f32 bf16; do
		(trap '' XFSZ && ulimit -f 8 && mkpolicy --like llama --dim 8192 --layers 1 \
			--kv-heads 1 --ff 1 --vocab $words --dtype $dtype x)
	done 2>said
	grep -q '^mkpolicy: .* parameters do not fit .* MiB of memory$' said && grep -q ': File too large$' said
}
ok 'weights count as they are stored' half
dies 1 'mkpolicy: a rank of 17 is more than the width of t, 16' mkpolicy --from t --lora 17 x
dies 1 'mkpolicy: tuned: has adapters itself
hint: mkpolicy --from tuned NEW merges them into a base' \
	mkpolicy --from tuned --lora 2 x
dies 2 'mkpolicy: --lora 0: not between 1 and 1048576' mkpolicy --from t --lora 0 x
dies 2 'mkpolicy: --lora-alpha 0: not between 1e-06 and 1e+09' \
	mkpolicy --from t --lora 2 --lora-alpha 0 x
dies 2 'mkpolicy: --lora-alpha has no effect without --lora' mkpolicy --from t --lora-alpha 2 x
dies 1 'mkpolicy: t: w_proj: no matrix in the layers has this name; their names are q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj' \
	mkpolicy --from t --lora 2 --lora-targets q_proj,w_proj x
dies 1 'mkpolicy: u: : no matrix in the layers has this name; their names are c_attn, c_proj, c_fc' \
	mkpolicy --from u --lora 2 --lora-targets c_attn, x
dies 1 'mkpolicy: t: lm_head: no matrix in the layers has this name; their names are q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj' \
	mkpolicy --from t --lora 2 --lora-targets lm_head x
dies 1 'mkpolicy: key "modules_to_save": wte is no module of a llama policy' \
	mkpolicy --from t --lora 2 --lora-save wte x
dies 1 'mkpolicy: key "modules_to_save": wte is the head too, and would part from it' \
	mkpolicy --from u --lora 2 --lora-save wte x
dies 1 'mkpolicy: key "modules_to_save": model.layers.0.self_attn.q_proj.weight has adapters' \
	mkpolicy --from t --lora 2 --lora-save q_proj x
dies 2 'mkpolicy: --lora-save has no effect without --lora' mkpolicy --from t --lora-save norm x
dies 2 'mkpolicy: --rslora has no effect without --lora' mkpolicy --from t --rslora x
dies 2 'mkpolicy: --lora-targets has no effect without --lora' mkpolicy --from t --lora-targets q_proj x
dies 2 'mkpolicy: --lora has no effect without --from' mkpolicy --lora 2 --like llama x
dies 2 'mkpolicy: --lora does not go with --head' mkpolicy --lora 2 --from t --head score x
dies 2 'mkpolicy: --lora does not go with --dtype' mkpolicy --lora 2 --from t --dtype bf16 x
dies 2 'mkpolicy: missing operand: DIR, the directory to make, or FILE' mkpolicy --like llama
dies 2 'mkpolicy: y: one directory is made, not more' mkpolicy --like llama x y
dies 2 'mkpolicy: missing option: --like, --from or --average' mkpolicy x
dies 2 'mkpolicy: --from does not go with --like' mkpolicy --like llama --from t x
dies 2 'mkpolicy: --dim has no effect without --like' mkpolicy --from t --dim 8 x

# Means of several.
mkpolicy -q --from t --dtype bf16 t.b
mkpolicy -q --like llama --dim 16 --vocab 300 --tokenizer-from text.txt -s 2 's,2'
ok '--average of one and itself' mkpolicy -q --average t,t mean
same 'is the same' "$(data t)" "$(data mean)"
same 'its tokenizer and config' 0 "$(cmp t/tokenizer.json mean/tokenizer.json && cmp t/config.json mean/config.json; echo $?)"
ok 'a name with a comma' mkpolicy -q --average 't,s\,2' mean2
ok 'the mean of two is neither' sh -c '! cmp -s t/model.safetensors mean2/model.safetensors && ! cmp -s s,2/model.safetensors mean2/model.safetensors'
ok 'the mean of two, again, with an id' mkpolicy -q --average 's\,2,t' --id $same_id mean3
same 'the order changes no weights' "$(data mean2)" "$(data mean3)"
same 'the id that was asked for: the mean' $same_id "$(id mean3)"
ok 'types that differ' mkpolicy -q --average t.b,t mean4
ok 'the mean of two types is f32' has mean4 model.norm.weight F32 16
ok 'the mean of one type has it' mkpolicy -q --average t.b,t.b mean5
same 'the mean in bf16' "$(data t.b)" "$(data mean5)"
mkpolicy -q --from t --lora 2 t.a
ok 'adapters are multiplied out' mkpolicy -q --average t.a,t mean6
same 'the mean with new adapters is the base' "$(data t)" "$(data mean6)"
rm -rf mean2 mean3 mean4 mean5 mean6
dies 1 'mkpolicy: u: its tokenizer is not that of llama' mkpolicy --average llama,u x
dies 1 'mkpolicy: v: tensor transformer.wte.weight has shape [320, 32], in u [300, 32]' mkpolicy --average u,v x
dies 1 'mkpolicy: nosuch: No such file or directory' mkpolicy --average t,nosuch x
dies 2 'mkpolicy: --average t: expected two policies or more, with commas between them' mkpolicy --average t x
dies 2 'mkpolicy: --average does not go with --from' mkpolicy --average t,t --from t x
dies 2 'mkpolicy: --average does not go with --head' mkpolicy --average t,t --head score x
dies 2 'mkpolicy: --gguf has no effect without --from' mkpolicy --average t,t --gguf x

# The average that a training keeps, and adapters that are not merged.
dies 1 'mkpolicy: t: step 0: it keeps no average of its weights
hint: apply-update --ema D t keeps one, from its next step on' mkpolicy --from t --ema x
dies 2 'mkpolicy: --ema has no effect without --from' mkpolicy --like llama --ema x
dies 2 'mkpolicy: --ema does not go with --lora' mkpolicy --from t --ema --lora 2 x
ok '--adapters' mkpolicy -q --from t.a --adapters --id $same_id t.c
ok 'a copy of adapters has their config' cmp t.a/adapter_config.json t.c/adapter_config.json
same 'the copy has the same tensors' "$(tail -c 1000 t.a/adapter_model.safetensors | cksum)" "$(tail -c 1000 t.c/adapter_model.safetensors | cksum)"
ok 'the copy has the id' grep -aq "\"apprentice.id\":\"$same_id\"" t.c/adapter_model.safetensors
ok 'adapters of adapters merge' mkpolicy -q --from t.c mean7
same 'into the same' "$(data t)" "$(data mean7)"
dies 1 'mkpolicy: t: has no adapters' mkpolicy --from t --adapters x
dies 2 'mkpolicy: --adapters does not go with --head' mkpolicy --from t.a --adapters --head score x
rm -rf mean mean7 t.a t.b t.c 's,2'

# A value that the type does not hold; 1e5 is 00 50 c3 47.
cp -R t large
n=$(od -An -tu8 -N8 large/model.safetensors | tr -d ' ')
printf '\000\120\303\107' | dd of=large/model.safetensors bs=1 seek=$((n + 8)) conv=notrunc 2>/dev/null
dies 1 'mkpolicy: x: tensor model.embed_tokens.weight: 100000 does not fit F16' \
	mkpolicy --from large --dtype f16 x
ok 'bfloat16 does' mkpolicy -q --from large --dtype bf16 large.b
printf '\377\377\177\177' | dd of=large/model.safetensors bs=1 seek=$((n + 8)) conv=notrunc 2>/dev/null
dies 1 'mkpolicy: x: tensor model.embed_tokens.weight: 3.40282e+38 does not fit BF16' \
	mkpolicy --from large --dtype bf16 x
mkpolicy -q --from large --lora 2 large.a
dies 1 'mkpolicy: x: tensor model.embed_tokens.weight: 3.40282e+38 does not fit F16' \
	mkpolicy --from large.a --dtype f16 x
rm -rf large large.a large.b
same 'refusals leave no files' "$before" "$(echo *)"

# What a killed one left is removed by the next.
sh -c 'mkdir x.tmp.$$ && echo >x.tmp.$$/config.json'
ok 'mkpolicy runs again after a kill' mkpolicy -q --like llama --dim 16 --layers 1 x
same 'mkpolicy removes what the killed run left' x "$(echo x*)"
done_testing
