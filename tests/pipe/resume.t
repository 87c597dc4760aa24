#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs that are stopped by signals, to the whole group as a terminal or a
# scheduler sends them, and go on: the end is that of a run left in peace, byte
# for byte, with a line of metrics for each step.
. "$(dirname "$0")/../lib.sh"
export OMP_NUM_THREADS=1

for n in one two three four five six seven eight nine ten; do
	printf '{"prompt": "Say %s.", "response": " I say %s, and %s again."}\n' $n $n $n >&3
	printf '{"prompt": "Say %s.", "chosen": " I say %s.", "rejected": " I never say %s."}\n' $n $n $n
done 3>demos.jsonl >pairs.jsonl
mkpolicy -q --like llama --dim 16 --layers 2 --tokenizer-from demos.jsonl --vocab 300 start || exit 1

lines() { # RUN
	{ cat "$1/metrics.jsonl" || :; } 2>/dev/null | wc -l
}
interrupted() { # RUN LINES SIGNAL COMMAND...: the signal comes when there are so many
	where=$1 lines=$2 signal=$3
	shift 3
	perl -e 'setpgrp; $SIG{INT} = "DEFAULT"; exec @ARGV' "$@" >said 2>&1 &
	job=$!
	while kill -0 "$job" 2>/dev/null && [ "$(lines "$where")" -lt "$lines" ]; do
		sleep 0.01
	done
	kill -s "$signal" -- "-$job" 2>/dev/null
	wait "$job" 2>/dev/null
	stopped=$?
}
left() { # processes of a group
	for p in /proc/[0-9]*/stat; do
		sed -n "s/.*) [A-Y] [0-9]* $1 .*/x/p" "$p" 2>/dev/null
	done
}
rough() { # METHOD OPTION ... DATA
	method=$1
	shift
	apprentice "$method" -q --run "calm-$method" "$@" || return
	total=$(lines "calm-$method") part=0 stops=0
	for name in INT TERM KILL INT KILL; do
		part=$((part + 1))
		interrupted "rough-$method" $((total * part / 7 + 1)) $name \
			apprentice "$method" -q --run "rough-$method" "$@"
		[ "$stopped" -eq 0 ] || stops=$((stops + 1))
		if [ $name = INT ] && [ "$stopped" -ne 0 ]; then
			[ "$stopped" -eq 130 ] || { echo "SIGINT: status $stopped" && return 1; }
			# None, if it had just been called.
			tail -n 1 said | grep -vqE \
				"^apprentice: stopped( at step [0-9]+ of $total)?; the same command goes on\$" &&
				cat said && return 1
			[ -z "$(left "$job")" ] || { echo 'processes are left' && return 1; }
		fi
	done
	apprentice "$method" -q --run "rough-$method" "$@" || return
	echo "$stops stops, $total steps"
	[ $stops -ge 2 ] && [ "$(lines "rough-$method")" -eq "$total" ] &&
		same_bytes "calm-$method" "rough-$method"
}
same_bytes() { # RUN RUN
	for f in "$1"/policy/*.safetensors "$1"/policy/*.json; do
		cmp "$f" "$2/policy/${f##*/}" || return
	done
	sed 's/"\(time\|seconds\)":[0-9.e+-]*,*//g' "$1/metrics.jsonl" >one
	sed 's/"\(time\|seconds\)":[0-9.e+-]*,*//g' "$2/metrics.jsonl" >two
	cmp one two && { [ ! -e "$1/held.jsonl" ] || cmp "$1/held.jsonl" "$2/held.jsonl"; } &&
		{ [ ! -e "$1/best" ] || diff -r "$1/best" "$2/best"; } &&
		{ [ ! -e "$1/average" ] || diff -r "$1/average" "$2/average"; } &&
		{ [ ! -e "$1/samples.jsonl" ] || cmp "$1/samples.jsonl" "$2/samples.jsonl"; }
}

ok 'sft ends as if it had never been stopped' rough sft --epochs 60 --batch 4 --lr 3e-3 start demos.jsonl
rm -r calm-* rough-*
ok 'sft, with evaluations, a best step and dropout' rough sft --epochs 40 --batch 4 --lr 3e-3 --held 1/4 \
	--eval-every 17 --dropout 0.1 start demos.jsonl
ok 'dpo ends as if it had never been stopped' rough dpo --epochs 40 --batch 4 --lr 1e-3 start pairs.jsonl
ok 'adversarial ends as if it had never been stopped' rough adversarial --rounds 20 --steps 2 --prompts 6 \
	--samples 4 --lr 1e-3 --no-gate --disc-epochs 2 --disc-dropout 0.1 start demos.jsonl
ok 'its discriminator does, too' cmp calm-adversarial/disc/model.safetensors \
	rough-adversarial/disc/model.safetensors
ok 'distill ends as if it had never been stopped' rough distill --teacher calm-sft/policy --steps 60 --prompts 4 \
	--given 3 start demos.jsonl
rm -r calm-distill rough-distill
ok 'distill --sampler teacher does, too' rough distill --sampler teacher --teacher calm-sft/policy --teacher start \
	--steps 60 --prompts 4 --given 3 start demos.jsonl
ok 'spin ends as if it had never been stopped' rough spin --rounds 3 --epochs 6 --batch 4 start demos.jsonl
ok 'joint ends as if it had never been stopped' rough joint --steps 60 --batch 3 --pairs 4 start demos.jsonl pairs.jsonl
ok 'best-of-n ends as if it had never been stopped' rough best-of-n --judge calm-sft/policy --base start \
	--rounds 50 --prompts 5 --samples 4 start demos.jsonl
rm -r calm-best-of-n rough-best-of-n
ok 'best-of-n --by agreement does, with fine-tuning beside it' rough best-of-n --by agreement \
	--rounds 50 --prompts 5 --samples 4 start demos.jsonl
printf '#!/bin/sh\nexec sed -u "/^{.id/s/}\\$/,\\"score\\":[0.5]}/; s/^{.apprentice.:{/&\\"ratio\\":\\"reward\\",/"\n' >half
chmod +x half
ok 'reward ends as if it had never been stopped' rough reward --program ./half --rounds 50 --prompts 5 --samples 4 \
	--scale none start demos.jsonl
ok 'match ends as if it had never been stopped' rough match --rounds 50 --window 4 --every 4 --prompts 5 \
	start demos.jsonl
rm -r calm-* rough-*
ok 'adapters end as if they had never been stopped' rough sft --epochs 60 --batch 4 --lora 2 start demos.jsonl
rm -r calm-* rough-*
ok 'an average does, and its best step' rough sft --epochs 40 --batch 4 --lr 3e-3 --ema 0.9 --held 1/4 \
	--eval-every 17 start demos.jsonl
rm -r calm-* rough-*
ok 'an average of adapters does' rough sft --epochs 40 --batch 4 --lr 3e-3 --ema 0.9 --lora 2 start demos.jsonl

# real is of several runs, and is stopped in each.
stopped_in() { # PART LINES SIGNAL COMMAND ...
	part=$1 lines=$2 name=$3
	shift 3
	interrupted "rough-real/$part" "$lines" "$name" "$@"
	[ "$stopped" -eq 0 ] || stops=$((stops + 1))
	[ "$name$stopped" != INT0 ] && [ "$name" = INT ] || return 0
	[ "$stopped" -eq 130 ] || { echo "SIGINT: status $stopped" && return 1; }
	grep '^apprentice: ' said >stopped # by the signal, or between two parts
	at=$(sed -n 's/^apprentice: stopped in \([a-z]*\) at step \([0-9]*\) of [48]0; the same command goes on$/\1 \2/p' stopped)
	[ -z "$at" ] || [ -d "$(printf 'rough-real/%s/saved/%012d' "${at% *}" "${at#* }")" ] || ! cat said || return
	[ -n "$at" ] || grep -qx 'apprentice: stopped between its parts; the same command goes on' stopped || ! cat said || return
	[ "$(wc -l <stopped)" -eq 1 ] || ! cat said || return
	[ -z "$(left "$job")" ] || { echo 'processes are left' && return 1; }
}
rough_real() {
	set -- --epochs 20 --batch 4 --disc-epochs 40 --rounds 40 --steps 2 --prompts 4 --samples 4 --held 1/4 \
		--margin -1000 start demos.jsonl
	apprentice real -q --run calm-real "$@" >/dev/null || return
	set -- apprentice real -q --run rough-real "$@"
	stops=0
	stopped_in sft 7 INT "$@" && stopped_in fit 20 TERM "$@" && stopped_in more 5 KILL "$@" &&
		stopped_in rounds 4 INT "$@" && stopped_in rounds 14 KILL "$@" && "$@" >/dev/null || return
	for run in sft fit more rounds; do
		same_bytes calm-real/$run rough-real/$run || return
	done
	echo "$stops stops"
	[ $stops -ge 3 ] && cmp calm-real/table.txt rough-real/table.txt
}
ok 'real ends as if it had never been stopped' rough_real

# A folder that has moved meanwhile is the same run.
moved_real() {
	rm -rf rough-real
	set -- --epochs 20 --batch 4 --disc-epochs 40 --rounds 40 --steps 2 --prompts 4 --samples 4 --held 1/4 \
		--margin -1000 start demos.jsonl
	stopped_in rounds 4 INT apprentice real -q --run rough-real "$@" && [ "$(lines rough-real/rounds)" -lt 80 ] &&
		mv rough-real moved-real && apprentice real -q --run moved-real "$@" >/dev/null &&
		same_bytes calm-real/rounds moved-real/rounds && cmp calm-real/table.txt moved-real/table.txt
}
ok 'real goes on where it has moved to' moved_real
mkdir elsewhere && cp demos.jsonl elsewhere/held.jsonl && cp demos.jsonl held.jsonl
ok 'a file that is held out' apprentice sft -q --held held.jsonl --run held start demos.jsonl
ok 'may lie elsewhere' apprentice sft -q --held elsewhere/held.jsonl --run held start demos.jsonl
ok 'and gives the policy no other id' apprentice sft -q --held elsewhere/held.jsonl --run other start demos.jsonl
ok 'nor bytes' cmp held/policy/model.safetensors other/policy/model.safetensors
echo '{"prompt": "Say no.", "response": " No."}' >>held.jsonl
ok 'another one is refused' sh -c 'apprentice sft -q --held held.jsonl --run held start demos.jsonl 2>words
	[ $? -eq 2 ] && grep -q "^apprentice sft: data: held.jsonl has changed since the run began: " words'
ok 'and so is a share' sh -c 'apprentice sft -q --held 1/2 --run held start demos.jsonl 2>words
	[ $? -eq 2 ] && grep -q "^apprentice sft: held: " words'
done_testing
