#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --dropout and --disc-dropout of the methods: they have an effect, whatever
# the threads it is the same, and --print and run.json have it.
. "$(dirname "$0")/../lib.sh"

for n in one two three four five six seven eight; do
	printf '{"prompt": "Say %s.", "response": " %s"}\n' $n $n >&3
	printf '{"prompt": "Say %s.", "chosen": " %s", "rejected": " no %s"}\n' $n $n $n
done 3>demos.jsonl >pairs.jsonl
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from demos.jsonl --vocab 270 start &&
	mkpolicy -q --from start -s 2 other || exit 1

weights() { # POLICY: a checksum of the tensors
	perl -0777 -ne 'print substr $_, 8 + unpack "Q<", $_' "$1/model.safetensors" | cksum
}
run() { # NAME METHOD OPTION ...
	name=$1 method=$2
	shift 2
	apprentice "$method" -q --warmup 0 --lr 1e-2 --run "$name" "$@"
}
acts() { # PART METHOD OPTION ... DATA: dropout acts on a part of the run
	part=$1 method=$2
	shift 2
	option=--dropout
	[ "$part" = policy ] || option=--disc-dropout
	run plain "$method" "$@" && run one "$method" $option 0.2 -j 1 "$@" && run two "$method" $option 0.2 -j 2 "$@" || return
	[ "$(weights plain/"$part")" != "$(weights one/"$part")" ] || { echo 'no effect' && return 1; }
	[ "$(weights one/"$part")" = "$(weights two/"$part")" ] || { echo 'threads matter' && return 1; }
	grep -q "\"${option#--}\": 0.2" one/run.json && grep -q "\"${option#--}\": null" plain/run.json
}

ok sft acts policy sft --batch 4 start demos.jsonl
apprentice sft --warmup 0 --lr 1e-2 --dropout 0.2 --batch 4 --print --run shown start demos.jsonl >shown.sh
ok 'the printed pipe runs' bash shown.sh
same '--print prints a pipe that drops the same' "$(weights one/policy)" "$(weights shown/policy)"
ok 'sft --plan' apprentice sft --plan --dropout 0.2 start demos.jsonl
rm -r plain one two
ok dpo acts policy dpo --batch 4 start pairs.jsonl
rm -r plain one two
ok spin acts policy spin --rounds 1 --batch 4 --max-new 4 start demos.jsonl
rm -r plain one two
ok joint acts policy joint --steps 2 --batch 4 --pairs 4 start demos.jsonl pairs.jsonl
rm -r plain one two
ok distill acts policy distill --teacher other --steps 2 --prompts 4 --given 2 --max-new 4 start demos.jsonl
rm -r plain one two
ok best-of-n acts policy best-of-n --judge other --base start --rounds 2 --prompts 4 --samples 2 --max-new 4 start demos.jsonl
rm -r plain one two
ok 'best-of-n beside demonstrations' acts policy best-of-n --by agreement --rounds 2 --prompts 4 --samples 3 --max-new 4 start demos.jsonl
rm -r plain one two
ok adversarial acts disc adversarial --rounds 2 --prompts 4 --samples 2 --steps 2 --max-new 4 --no-gate \
	--disc-epochs 1 start demos.jsonl
same 'its fit of the discriminator drops, too' 1 "$(grep -c '"dropout": 0.2' one/fit/run.json)"
rm -r plain one two
ok real apprentice real -q --lr 1e-2 --run real --epochs 1 --disc-epochs 1 --dropout 0.2 --disc-dropout 0.1 --rounds 1 --prompts 4 --samples 2 \
	--steps 2 --max-new 4 --held 1/4 --margin -1000 start demos.jsonl
same 'real: what each part drops' '"dropout": 0.2, "dropout": 0.1, "dropout": 0.2, "disc-dropout": 0.1,' \
	"$(for part in sft fit more rounds; do grep -o '"[a-z-]*dropout": .*' real/$part/run.json; done | xargs -d '\n')"
dies 2 'apprentice distill: --dropout does not go with --future: it gives credit to samples' \
	apprentice distill --teacher other --future 1 --dropout 0.1 start demos.jsonl
dies 2 'apprentice sft: --dropout 1: not between 0 and 0.999' apprentice sft --dropout 1 start demos.jsonl
dies 2 'apprentice reward: unknown option --dropout' apprentice reward --program cat --dropout 0.1 start demos.jsonl
done_testing
