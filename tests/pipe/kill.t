#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Tools killed at arbitrary moments: directories hold a whole step, the same
# command goes on from it, and the end is that of a run left in peace, bit for
# bit.  In a pipe, all tools after the one that died fail and all before it end.
#
# A tool that is to be killed has input that does not end, or that is held back
# by a FIFO, so it is at work then on a machine of any speed.
. "$(dirname "$0")/../lib.sh"
TOOLS='trajcat rollout discrim divgrad apply-update'
export OMP_NUM_THREADS=1

# shellcheck source=tests/demos.sh
. "$ROOT/tests/demos.sh"
mkpolicy -q --like llama --dim 16 --layers 2 --tokenizer-from demos.jsonl --vocab 300 start || exit 1
mkpolicy -q --from start judge || exit 1
demo2traj -q -m start -o demos.traj demos.jsonl || exit 1

fresh() { # DIR ...: copies of start, and of judge for those that end in -disc
	for d; do
		rm -rf "$d"
		case $d in
		*-disc) cp -R judge "$d" ;;
		*) cp -R start "$d" ;;
		esac
	done
}
step() { # DIR: what its weights say
	n=$(od -An -tu8 -N8 "$1/model.safetensors" | tr -d ' ')
	tail -c +9 "$1/model.safetensors" | head -c "$n" | sed 's/.*"apprentice.step":"\([0-9]*\)".*/\1/'
}
alike() { # DIR DIR: same files, same bytes
	diff -r "$1" "$2"
}
as() { # NAME COMMAND...: leaves NAME.pid and NAME.status
	name=$1
	shift
	sh -c 'echo $$ >"$0.pid" && exec "$@"' "$name" "$@"
	echo $? >"$name.status"
}
at_least() {
	[ "$(step "$1")" -ge "$2" ]
}

# Many steps, the one that commits every third killed again and again.  The
# divgrad before it follows the others too.
ENDLESS=1000000
sft() { # DIR STEPS [WHEN]: so many, from the one where it is
	from=$(step "$1")
	trajcat -q --repeat $ENDLESS --batch 4 --skip $((4 * from)) --head $((4 * $2)) demos.traj |
		divgrad -q -d fkl --follow "$1" |
		as apply-update apply-update -q --lr 1e-3 --ema 0.9 --commit "${3:-step}" "$1" >>"$1.jsonl" 2>>words
}
fresh calm parts rough
back=0
for more in 3 4 5 6; do
	at=$(step rough)
	rm -f apply-update.pid
	sft rough $ENDLESS steps:3 2>/dev/null &
	await at_least rough $((at + more))
	kill -9 "$(cat apply-update.pid)"
	wait $!
	[ "$(step rough)" -ge $((at + more)) ] || back=$((back + 1))
	measure -q -p rough demos.traj >/dev/null 2>>words || back=$((back + 1))
done
same 'apply-update, killed four times, always leaves a whole step' 0 $back
sft rough 5 1000000
end=$(step rough)
sft calm "$end"
same 'a run without kills makes all steps' "0 $end" "$(cat apply-update.status) $(step calm)"
ok 'the end is the same, bit for bit' alike calm rough
sft parts $((end / 3))
sft parts $((end - end / 3))
ok 'two parts of it are the whole, bit for bit' alike calm parts

# The same of a discriminator, which is fitted once a segment.
trajcat -q --repeat 5 --batch 4 demos.traj |
	rollout -q -n 2 -l 8 -o rolls.traj start
fit() { # DIR FITS
	from=$(step "$1")
	trajcat -q --repeat $ENDLESS --batch 8 --skip $((8 * from)) --head $((8 * $2)) rolls.traj |
		as discrim discrim -q -e demos.traj -p start "$1" 2>>words | trajcat -q >/dev/null 2>&1
}
fresh calm-disc parts-disc rough-disc
bad=0
for more in 2 3 4; do
	at=$(step rough-disc)
	rm -f discrim.pid
	fit rough-disc $ENDLESS 2>/dev/null &
	await at_least rough-disc $((at + more))
	kill -9 "$(cat discrim.pid)"
	wait $!
	[ "$(step rough-disc)" -ge $((at + more)) ] || bad=$((bad + 1))
	measure -q -p rough-disc demos.traj >/dev/null 2>>words || bad=$((bad + 1))
done
same 'discrim, killed three times, always leaves a language model' 0 $bad
fit rough-disc 2
end=$(step rough-disc)
fit calm-disc "$end"
same 'a discriminator left in peace' "0 $end" "$(cat discrim.status) $(step calm-disc)"
ok 'the end is the same, bit for bit' alike calm-disc rough-disc
fit parts-disc $((end / 2))
fit parts-disc $((end - end / 2))
ok 'two parts of it are the whole, bit for bit' alike calm-disc parts-disc

# Those that only read leave everything as it was; what they had written is no
# stream, and a file of theirs is whole or not there.
records() {
	{ trajcat -q --json "$1" || gradcat -q --json "$1"; } 2>/dev/null | grep -v '^{"apprentice"' | cksum
}
trajcat -q --json --batch 4 demos.traj >two
sed '/^{"end"/q' two >one
mkfifo held
for tool in rollout divgrad; do
	cp -R start reader
	case $tool in
	rollout) set -- rollout -q -n 2 -l 20 -o out reader ;;
	divgrad) set -- divgrad -q -d fkl -o out reader ;;
	esac
	rm -f out $tool.pid
	as $tool "$@" held 2>/dev/null &
	exec 3>held
	cat one >&3
	await test -s "out.tmp.$(cat $tool.pid)"
	kill -9 "$(cat $tool.pid)"
	exec 3>&-
	wait $!
	ok "$tool, killed between two segments, leaves no file of that name" test ! -e out
	ok "$tool, killed, leaves the policy as it was" alike start reader
	ok "$tool runs again after the kill" "$@" two
	same "$tool removes the temporary file of the killed run" out "$(echo out*)"
	mv out first
	"$@" two
	same "$tool writes the same a second time" "$(records first)" "$(records out)"
	rm -rf reader
done

# A pipe that is repeated as it is, until it is at its last step.
until_end() { # DIR
	as trajcat trajcat -q --shuffle --seed 3 --repeat 150 --batch 3 --resume "$1" demos.traj |
		as divgrad divgrad -q -d fkl --follow "$1" |
		as apply-update apply-update -q --lr 1e-3 --schedule cosine --steps 450 --until 450 "$1" >>"$1.jsonl"
}
fresh whole pieces
rm -f whole.jsonl pieces.jsonl
ok 'a pipe with --resume and --until' until_end whole
more=0
for victim in apply-update divgrad trajcat apply-update; do
	more=$((more + 70))
	rm -f ./*.pid
	until_end pieces 2>/dev/null &
	await at_least pieces $more
	kill -9 "$(cat $victim.pid)"
	wait $!
done
ok 'the same command ends it' until_end pieces
same 'at the same step' '450 450' "$(step whole) $(step pieces)"
ok 'in the same bytes' alike whole pieces
for run in whole pieces; do
	same "$run: a line of metrics for each step, once, in order" "$(seq 450 | xargs)" \
		"$(sed 's/^{"step":\([0-9]*\),.*}$/\1/' $run.jsonl | xargs)"
done
until_end pieces 2>said
same 'once more: nothing is left to do' 0 "$(cat apply-update.status)"
ok 'and nothing changes' alike whole pieces

# The whole pipe, on and on; one of it dies.
pipe() { # REPEAT
	as trajcat trajcat -q --repeat "$1" --batch 4 demos.traj |
		as rollout rollout -q -n 2 -l 8 --follow live |
		as discrim discrim -q -e demos.traj -p live live-disc |
		as divgrad divgrad -q -d js --follow live |
		as apply-update apply-update -q --lr 1e-3 live >>live.jsonl
}
statuses() {
	for t in $TOOLS; do
		cat "$t.status"
	done | paste -sd ' '
}
for victim in $TOOLS; do
	fresh live live-disc
	rm -f ./*.pid ./*.status
	pipe 1000000 2>/dev/null &
	await at_least live 4
	kill -9 "$(cat "$victim.pid")"
	await test -s apply-update.status -a -s trajcat.status -a -s rollout.status \
		-a -s discrim.status -a -s divgrad.status
	wait $!
	found='' wanted=ended
	for t in $TOOLS; do
		status=$(cat "$t.status")
		if [ "$t" = "$victim" ]; then
			found="$found killed" wanted=1
			continue
		fi
		[ $wanted = ended ] && [ "$status" -gt 0 ] && status=ended
		[ "$status" = $wanted ] || found="$found $t:$status"
	done
	same "$victim is killed: those before it end, those after it fail" ' killed' "$found"
	at=$(step live)
	pipe 1 2>>words
	same "$victim was killed: the next run goes on from there" "0 0 0 0 0 $((at + 2))" "$(statuses) $(step live)"
	same "$victim was killed: one optimizer file is left" "optimizer-$((at + 2)).safetensors" "$(cd live && echo optimizer*)"
done
done_testing
