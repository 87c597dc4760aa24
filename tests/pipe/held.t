#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What is held out: which prompts, and what is said of them.
. "$(dirname "$0")/../lib.sh"

for n in $(seq 40); do
	label=$([ $((n % 2)) -eq 0 ] && echo true || echo false)
	printf '{"prompt": "Number %s", "completion": " %s", "label": %s}\n' "$n" "$n" "$label" >&3
	printf '{"prompt": "Number %s", "response": " %s"}\n{"prompt": "Number %s", "response": " or %s"}\n' "$n" "$n" "$n" "$n" >&4
	printf '{"prompt": "", "chosen": " %s", "rejected": " no %s"}\n' "$n" "$n" >&5
done 3>labels.jsonl 4>demos.jsonl 5>bare.jsonl
mkpolicy -q --like llama --dim 8 --layers 1 --tokenizer-from demos.jsonl --vocab 264 start || exit 1

# The commands of --print that make the data are those of a run.
divided() { # RUN METHOD OPTION ...: demos.traj and held.traj in the folder RUN
	run=$1 method=$2
	shift 2
	apprentice "$method" --print --run "$run" "$@" >printed || return
	sed '/^mkpolicy /q' printed >data.sh
	bash data.sh
}
prompts() { # STREAM: a line each, with its label
	trajcat --json "$1" | sed -n 's/.*"role":"\([a-z]*\)".*"prompt":"\([^"]*\)".*/\2 \1/p' | sort -u
}

# kto's labels alternate.
ok 'labels that alternate' divided labels dpo -d kto --held 1/4 start labels.jsonl
same 'a quarter of the prompts is held out' 10 "$(prompts labels/held.traj | wc -l | tr -d ' ')"
same 'the rest is trained on' 30 "$(prompts labels/demos.traj | wc -l | tr -d ' ')"
same 'both labels are held out' 'chosen rejected' "$(prompts labels/held.traj | sed 's/.* //' | sort -u | xargs)"
sort -R --random-source=labels.jsonl labels.jsonl >mixed.jsonl
ok 'in another order' divided mixed dpo -d kto --held 1/4 start mixed.jsonl
same 'the same prompts are held out' "$(prompts labels/held.traj)" "$(prompts mixed/held.traj)"

# Both demonstrations of a prompt go the same way.
ok 'two demonstrations of each prompt' divided demos sft --held 1/9 start demos.jsonl
same 'five prompts of forty, one in nine, with all theirs' '10 70' "$(
	for f in held demos; do trajcat --json "demos/$f.traj" | grep -c '^{"id"'; done | xargs)"
same 'no prompt is on both sides' '' "$(
	{ prompts demos/held.traj && prompts demos/demos.traj; } | sort | uniq -d)"
ok 'one in more than there are' divided few sft --held 1/1000 start demos.jsonl
same 'is one' 1 "$(prompts few/held.traj | wc -l | tr -d ' ')"

# Pairs without a prompt are divided by pair.
ok 'pairs without a prompt' divided bare dpo --held 1/4 start bare.jsonl
same 'ten of forty are held out, with both sides' '10 chosen 10 rejected' "$(
	trajcat --json bare/held.traj | grep -o '"role":"[a-z]*"' | sort | uniq -c | tr -dc 'a-z0-9 \n' | sed 's/role//' | xargs)"

# A file of held-out demonstrations that are trained on, too.
head -n 7 demos.jsonl >four.jsonl
overlap() { # HELD
	rm -rf over && apprentice sft --run over --held "$1" start demos.jsonl 2>&1 | grep '^warning: '
}
same 'prompts that are trained on, too' 'warning: four.jsonl: 4 of its 4 prompts are trained on, too' "$(overlap four.jsonl)"
sed '1,6d; s/Number/Figure/' demos.jsonl | cat four.jsonl - >some.jsonl
same 'some of those held out' 'warning: some.jsonl: 4 of its 41 prompts are trained on, too' "$(overlap some.jsonl)"
sed 's/Number/Figure/' demos.jsonl >none.jsonl
same 'none of those held out' '' "$(overlap none.jsonl)"
for share in 10% 0.1 .1; do
	dies 2 "apprentice sft: --held $share: not a file, and not 1/N, one prompt in N
hint: as a share: --held 1/10" apprentice sft --held $share start demos.jsonl
done
done_testing
