#!/bin/sh
# SPDX-License-Identifier: MIT
#
# GGUF files: out and back gives the same policy, whose tokens and samples are
# the same; all types of numbers are read as the Python package gguf reads
# them (tests/peer/blocks.py); adapters go out alone or merged.
. "$(dirname "$0")/../lib.sh"
DATA=${DATA:-$ROOT/../shared/data}

data() { # DIR: the bytes of its weights
	n=$(od -An -tu8 -N8 "$1/model.safetensors" | tr -d ' ')
	tail -c "+$((n + 9))" "$1/model.safetensors" | cksum
}
key() { # DIR KEY: a value of its config.json
	sed -n "s/^ *\"$2\": \\(.*[^,]\\),*\$/\\1/p" "$1/config.json"
}
has() { # FILE WORD...: the file has all these words
	file=$1
	shift
	for word; do
		grep -aqF "$word" "$file" || return
	done
}

n=0
while [ $n -lt 200 ]; do
	n=$((n + 1))
	echo "{\"prompt\": \"Is it $n?\", \"response\": \" It is $((n * 7)), not $n.\"}"
done >demos.jsonl

# All families, out and back.
mkpolicy -q --like llama --dim 32 --layers 2 --heads 4 --kv-heads 2 --tokenizer-from demos.jsonl \
	--vocab 300 llama
families=$(mkpolicy --like nosuch p 2>&1 | sed -n 's/.*not one of//p' | tr -d ,)
for f in $families; do
	[ -d "$f" ] || mkpolicy -q --like "$f" --dim 32 --layers 2 --heads 4 --tokenizer-from llama "$f"
	if ! mkpolicy -q --from "$f" --gguf "$f.gguf" 2>said && grep -q 'has no form in GGUF here$' said; then
		skip "$f: a GGUF file" 'no architecture of llama.cpp in the table'
		continue
	fi
	rm -f "$f.gguf"
	ok "$f: a GGUF file" mkpolicy -q --from "$f" --gguf "$f.gguf"
	ok "$f: and back" mkpolicy -q --from "$f.gguf" "$f.back"
	same "$f: the same weights" "$(data "$f")" "$(data "$f.back")"
	[ "$f" = mistral ] || # llama.cpp has no other name for it than llama
		same "$f: the same family" "$(key "$f" model_type)" "$(key "$f.back" model_type)"
	for p in "$f" "$f.back"; do
		demo2traj -q --json -m "$p" demos.jsonl | grep -o '"tokens":[^]]*' >"$p.tokens"
		rollout -q --greedy -l 20 --text 'Is it 7?' "$p" >"$p.text"
	done
	ok "$f: the same tokens" cmp "$f.tokens" "$f.back.tokens"
	ok "$f: the same samples" cmp "$f.text" "$f.back.text"
done
same 'the summary' 'mkpolicy: x.gguf: LlamaForCausalLM, 300 tokens, 42400 parameters as q8_0' \
	"$(mkpolicy --from llama --gguf --dtype q8_0 x.gguf 2>&1)"
same 'a quantized file becomes F32' 'mkpolicy: x: LlamaForCausalLM, 300 tokens, 42400 parameters as f32' \
	"$(mkpolicy --from x.gguf x 2>&1)"
ok 'matrices in Q8_0 are smaller' test "$(wc -c <x.gguf)" -lt "$(($(wc -c <llama.gguf) / 2))"
for type in f16 bf16; do
	ok "a file in $type" mkpolicy -q --from llama --gguf --dtype $type $type.gguf
	mkpolicy -q --from $type.gguf $type
	mkpolicy -q --from llama --dtype $type $type.direct
	same "$type: the same as without the file" "$(data $type.direct)" "$(data $type)"
done
ok 'a discriminator from a file' mkpolicy -q --from llama.gguf --head score judge
ok 'its head' grep -q score.weight judge/model.safetensors

# What the config says.
cp -R llama scaled
sed -i -e 's/"rope_scaling": null/"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}/' \
	-e 's/"eos_token_id": 1/"eos_token_id": [1, 5]/' \
	-e 's/"rms_norm_eps": [^,]*/"rms_norm_eps": 1e-05/' scaled/config.json
ok 'rotations of llama3' mkpolicy -q --from scaled --gguf scaled.gguf
ok 'are factors' has scaled.gguf rope_freqs.weight
ok 'and settings again' mkpolicy -q --from scaled.gguf scaled.back
same 'the factor' 8.0 "$(grep -o '"factor": [0-9.]*' scaled.back/config.json | cut -d ' ' -f 2)"
same 'a short epsilon' 1e-05 "$(key scaled.back rms_norm_eps)"
same 'all tokens that end a response' '[1, 5]' "$(key scaled.back eos_token_id)"

# Other files.
ok 'all types of numbers' mkpolicy -q --from "$ROOT/tests/peer/blocks.gguf" blocks
same 'are read as by others' "$(cat "$ROOT/tests/peer/blocks.sum")" "$(data blocks)"
(printf 'GGUF\002' && tail -c +6 "$ROOT/tests/peer/blocks.gguf") >two.gguf
ok 'version 2' mkpolicy -q --from two.gguf two
same 'has the same numbers' "$(data blocks)" "$(data two)"
head -c 60000 "$ROOT/tests/peer/blocks.gguf" >cut.gguf
before=$(echo *)
dies 1 'mkpolicy: cut.gguf: tensor output.weight: its 16384 bytes do not fit the file' \
	mkpolicy --from cut.gguf y
dies 1 'mkpolicy: demos.jsonl: not a GGUF file' mkpolicy --from demos.jsonl y

# Adapters.
mkpolicy -q --from llama --lora 4 tuned
demo2traj -q -m tuned demos.jsonl | trajcat -q --head 8 | divgrad -q -d fkl tuned |
	apply-update -q --lr 0.1 tuned >metrics
ok 'adapters alone' mkpolicy -q --from tuned --gguf --adapters tuned.gguf
ok 'are called as llama.cpp calls them' has tuned.gguf adapter.lora.alpha blk.1.attn_q.weight.lora_a \
	blk.1.attn_q.weight.lora_b blk.0.ffn_down.weight.lora_b
ok 'and have no other weights' sh -c '! grep -aqE "attn_norm|token_embd" tuned.gguf'
ok 'adapters merged' mkpolicy -q --from tuned --gguf merged.gguf
mkpolicy -q --from merged.gguf merged.back
mkpolicy -q --from tuned merged
same 'are the merged policy' "$(data merged)" "$(data merged.back)"
rm -rf tuned.gguf merged.gguf merged merged.back tuned metrics
dies 1 'mkpolicy: llama: has no adapters' mkpolicy --from llama --gguf --adapters y
dies 1 'mkpolicy: llama.gguf: exists already' mkpolicy --from llama --gguf llama.gguf
dies 1 'mkpolicy: judge: a scalar head has no form in GGUF' mkpolicy --from judge --gguf y
dies 2 'mkpolicy: --dtype q8_0: only with --gguf' mkpolicy --from llama --dtype q8_0 y
dies 2 'mkpolicy: --gguf has no effect without --from' mkpolicy --like llama --gguf y
dies 2 'mkpolicy: --adapters has no effect without --from' mkpolicy --like llama --adapters y
cp -R llama words
sed -i 's/"add_prefix_space":false,"trim_offsets":true,"use_regex":true},"post/"add_prefix_space":true,"trim_offsets":true,"use_regex":true},"post/' words/tokenizer.json
dies 1 'mkpolicy: words/tokenizer.json: normalizer and pre_tokenizer: no pretokenizer of GGUF is like these' \
	mkpolicy --from words --gguf y
rm -r words
same 'refusals leave nothing' "$before" "$(echo *)"

# Published tokenizers, by their own names.
rm -rf qwen3 qwen3.gguf qwen3.back
for t in llama2 mistral-v1 qwen3; do
	if [ ! -d "$DATA/tokenizers/$t" ]; then
		skip "$t" "no $DATA"
		continue
	fi
	mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from "$DATA/tokenizers/$t" "$t"
	ok "$t: out and back" sh -c "mkpolicy -q --from $t --gguf $t.gguf && mkpolicy -q --from $t.gguf $t.back"
	for p in "$t" "$t.back"; do
		gzip -dc "$DATA/text/tinyshakespeare.txt.gz" | head -c 300000 | tr -d '\042\134' | grep . |
			sed 's/\(.*\)/{"prompt": "\1", "response": "\1 ü 你 \1"}/' |
			demo2traj -q --json --template plain -m "$p" | grep -o '"tokens":[^]]*' >"$p.tokens"
	done
	ok "$t: the same tokens" cmp "$t.tokens" "$t.back.tokens"
	rm -rf "$t" "$t.gguf" "$t.back"
done

# The reference policy, where it has been fetched (examples/smollm2/get).
if [ -d "${SMOLLM2:-}" ]; then
	cat >asked <<-'END'
		{"apprentice":{"kind":"traj","version":1}}
		{"id":"a","role":"expert","tokens":[1,9690,198,2683,359,253,5356,5646,11173,3365,3511,308,34519,28,7018,411,407,19712,8182,2,198,1,4093,198,1780,314,260,3575,282,4649,47,2,198,1,520,9531,198,2],"actions":[37,38]}
		{"end":{"count":1,"more":false}}
	END
	ok 'SmolLM2: a file' mkpolicy -q --from "$SMOLLM2" --gguf smollm2.gguf
	ok 'SmolLM2: and back' mkpolicy -q --from smollm2.gguf smollm2
	same 'SmolLM2: the same weights' "$(data "$SMOLLM2")" "$(data smollm2)"
	same 'SmolLM2: it answers' 'The capital of France is Paris.' \
		"$(rollout -q --greedy -l 20 --keep-text --json smollm2 asked | grep -o 'The capital[^<"]*')"
else
	skip 'SmolLM2' 'SMOLLM2 does not name its directory'
fi
done_testing
