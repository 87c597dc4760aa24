#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --print of each method: shell that, run in an empty folder, makes the same
# policies as the method, byte for byte.
. "$(dirname "$0")/../lib.sh"

# shellcheck source=tests/demos.sh
. "$ROOT/tests/demos.sh"
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from demos.jsonl --vocab 300 start || exit 1
demo2traj -q -m start -o demos.traj demos.jsonl || exit 1
cp -R start teacher && LC_ALL=C sed -i 's/"apprentice.id":"[0-9a-f]\{32\}"/"apprentice.id":"0123456789abcdef0123456789abcdef"/' \
	teacher/model.safetensors
trajcat -q --repeat 10 --batch 4 demos.traj | divgrad -q -d fkl --follow teacher |
	apply-update -q --lr 1e-2 teacher >/dev/null || exit 1
here=$PWD

policies() { # RUN: the weights below it, each with its place, but for what is saved on the way
	(cd "$1" && find . -name '*model.safetensors' ! -path '*/saved/*' | sort | while read -r f; do
		echo "$f $(cksum <"$f")"
	done)
}
printed() { # METHOD OPTION ... DATA: both in a folder of one name
	method=$1
	shift
	rm -rf run "$method.run"
	apprentice "$method" --print --run "$here/run" "$@" >script && [ ! -e run ] || return
	apprentice "$method" -q --run "$here/run" "$@" && mv run "$method.run" || return
	rm -rf empty && mkdir empty && (cd empty && bash ../script) || return
	[ -z "$(ls -A empty)" ] || { echo 'it leaves files where it runs' && return 1; }
	grep -q ' | *$' script || { echo 'no pipe in it' && return 1; }
	policies "$method.run" >one && policies run >two && [ -s one ] && diff one two
}
policy=$here/start demos=$here/demos.jsonl pairs=$here/pairs.jsonl
for method in sft dpo adversarial spin joint distill reward best-of-n match real; do
	case $method in
	sft) set -- --epochs 2 --batch 3 --held 1/4 "$policy" "$demos" ;;
	dpo) set -- --batch 3 "$policy" "$pairs" ;;
	adversarial) set -- --rounds 2 --prompts 4 --samples 2 --margin -1000 --held 1/4 --disc-epochs 1 "$policy" "$demos" ;;
	spin) set -- --rounds 2 --batch 4 "$policy" "$demos" ;;
	joint) set -- --steps 4 --batch 3 --pairs 2 "$policy" "$demos" "$pairs" ;;
	distill) set -- --teacher "$here/teacher" --steps 4 --prompts 3 --given 2 "$policy" "$demos" ;;
	reward)
		program='sed -u "/^{.id/s/}\$/,\"score\":[0.5]}/; s/^{.apprentice.:{/&\"ratio\":\"reward\",/"'
		set -- --program "$program" --rounds 2 --prompts 3 --samples 2 --scale none "$policy" "$demos"
		;;
	best-of-n) set -- --judge "$here/teacher" --base "$policy" --rounds 2 --prompts 3 --samples 2 "$policy" "$demos" ;;
	match) set -- --rounds 2 --prompts 4 --window 4 "$policy" "$demos" ;;
	real) set -- --rounds 1 --margin -1000 --prompts 4 --held 1/4 "$policy" "$demos" ;;
	esac
	ok "$method --print runs to the same bytes" printed $method "$@"
done
for by in agreement logp/token; do
	ok "best-of-n --by $by --print runs to the same bytes" printed best-of-n --by $by --rounds 2 --prompts 3 --samples 3 "$policy" "$demos"
done
ok 'distill --sampler teacher --print runs to the same bytes' printed distill --sampler teacher \
	--teacher "$here/teacher" --teacher "$policy" --steps 4 --prompts 3 --given 2 "$policy" "$demos"
ok 'sft --print ends in the average' printed sft --epochs 2 --batch 3 --ema 0.5 "$policy" "$demos"
ok 'sft --print keeps the best step' printed sft --epochs 4 --batch 3 --lr 1 --loss-bound 0 \
	--schedule constant --held 1/4 --eval-every 3 "$policy" "$demos"
same 'which is not the last' '8 no' "$(grep -c step run/metrics.jsonl) $(cmp -s run/best/model.safetensors run/policy/model.safetensors || echo no)"
ok 'sft --print keeps the best average' printed sft --epochs 6 --batch 3 --lr 3e-2 --ema 0.5 --held 1/4 --eval-every 4 "$policy" "$demos"
ok 'sft --print keeps the last average' printed sft --epochs 2 --batch 3 --ema 0.5 --held 1/4 --keep last "$policy" "$demos"
ok 'spin --print keeps the best step' printed spin --rounds 2 --batch 4 --held 1/4 --eval-every 3 "$policy" "$demos"
ok 'dpo --print keeps the best step' printed dpo --batch 3 --held 1/4 "$policy" "$pairs"
mkpolicy -q --from start --lora 2 adapted
ok 'sft --print of the average of adapters that are trained on' printed sft --batch 3 --ema 0.5 "$here/adapted" "$demos"
ok 'sft --print of adapters' printed sft --lora 2 --batch 3 "$policy" "$demos"
done_testing
