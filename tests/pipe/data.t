#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Real models and real demonstrations, where they are there: in DATA, by
# default a folder beside the project's.  On prompts that were held out, fine-
# tuning makes the demonstrations likelier; adversarial rounds run after it.
. "$(dirname "$0")/../lib.sh"
DATA=${DATA:-$ROOT/../shared/data}
STORIES=$DATA/demos/tinystories/prompt-response.jsonl.gz
export OMP_NUM_THREADS=1 # the pipes have processes enough

figure() { # COLUMN ROW: of the table that compare writes
	sed -n "s/^$2  *//p" said | tr -s ' ' | cut -d ' ' -f "$1"
}

less() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && b != "" && a + 0 < b + 0) }' ||
		{ echo "$1 is not less than $2" && false; }
}

run() { # MODEL: a short one, whatever the gate says
	gzip -dc "$STORIES" | head -n "$demos" >few.jsonl
	apprentice real -q --margin -1000 --read "--max-tokens $tokens --on-error skip" --held 1/8 --epochs 1 \
		--disc-epochs 1 --batch 8 --lr "$rate" --rounds 1 --prompts 4 --samples 4 --steps 2 \
		--max-new 12 --run "$1" "$DATA/models/$1" few.jsonl >said 2>words || { cat said words && false; }
}

try() { # MODEL
	if ! [ -e "$DATA/models/$1/model.safetensors" ] || ! [ -e "$STORIES" ]; then
		skip "$1 on demonstrations" "no model or no demonstrations in $DATA"
		return
	fi
	ok "$1: a whole run" run "$1"
	ok "$1: fine-tuning lowers held-out nats a token" less "$(figure 1 SFT)" "$(figure 1 'as it came')"
	ok "$1: and a trajectory" less "$(figure 6 SFT)" "$(figure 6 'as it came')"
	same "$1: the steps of a round, none skipped" 2 "$(grep -c '"skipped":false' "$1/rounds/metrics.jsonl")"
	ok "$1: they moved the policy" less 100 "$(cmp -l "$1/sft/policy/model.safetensors" \
		"$1/rounds/policy/model.safetensors" | head -n 1000 | wc -l)"
	ok "$1: and the discriminator" less 100 "$(cmp -l "$1/fit/policy/model.safetensors" \
		"$1/rounds/disc/model.safetensors" | head -n 1000 | wc -l)"
}

demos=300 tokens=100 rate=1e-4
try stories260K
demos=48 tokens=32 rate=1e-2
try tiny-gpt2-16d
done_testing
