#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Tools killed at arbitrary moments: directories hold a whole step, the same
# command goes on from it, and the end is that of a run left in peace, bit for
# bit.  In a pipe, all tools after the one that died fail and all before it end.
. "$(dirname "$0")/../lib.sh"
TOOLS='trajcat rollout discrim divgrad apply-update'
export OMP_NUM_THREADS=1

for n in one two three four five six seven eight; do
	printf '{"prompt": "Say %s.", "response": " I say %s, and %s again."}\n' $n $n $n
done >demos.jsonl
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
until_true() { # COMMAND...: within 20 seconds
	k=0
	while ! "$@" 2>/dev/null; do
		k=$((k + 1))
		[ $k -lt 400 ] || return
		sleep 0.05
	done
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

# Many steps, the one that commits killed again and again.
SFT=120
sft() { # DIR STEPS: so many, from the one where it is
	from=$(step "$1")
	trajcat -q --repeat 100 --batch 4 --skip $((4 * from)) --head $((4 * $2)) demos.traj |
		divgrad -q -d fkl --follow "$1" |
		as apply-update apply-update -q --lr 1e-3 "$1" >>"$1.jsonl" 2>>words
}
fresh calm parts rough
sft calm $SFT
same 'a run left in peace' "0 $SFT" "$(cat apply-update.status) $(step calm)"
sft parts 47
sft parts $((SFT - 47))
ok 'two parts of it are the whole, bit for bit' alike calm parts
kills=0 back=0
while at=$(step rough) && [ "$at" -lt $SFT ] && [ $kills -lt 8 ]; do
	rm -f apply-update.pid
	sft rough $((SFT - at)) 2>/dev/null &
	until_true at_least rough $((at + 3 + kills % 5))
	kill -9 "$(cat apply-update.pid)" 2>/dev/null
	wait $!
	kills=$((kills + 1))
	[ "$(step rough)" -ge "$at" ] || back=$((back + 1))
	measure -q -p rough demos.traj >/dev/null 2>>words || back=$((back + 1))
done
ok 'apply-update was killed several times' test $kills -ge 3
same 'and never left less than a whole step' 0 $back
[ "$(step rough)" -ge $SFT ] || sft rough $((SFT - $(step rough)))
ok 'the end is the same, bit for bit' alike calm rough

# The same of a discriminator, which is fitted once a segment.
FITS=60
trajcat -q --repeat 50 --batch 4 demos.traj |
	rollout -q -n 2 -l 8 -o rolls.traj start
fit() { # DIR FITS
	from=$(step "$1")
	trajcat -q --batch 8 --skip $((8 * from)) --head $((8 * $2)) rolls.traj |
		as discrim discrim -q -e demos.traj -p start "$1" 2>>words | trajcat -q >/dev/null 2>&1
}
fresh calm-disc parts-disc rough-disc
fit calm-disc $FITS
same 'a discriminator left in peace' "0 $FITS" "$(cat discrim.status) $(step calm-disc)"
fit parts-disc 31
fit parts-disc $((FITS - 31))
ok 'two parts of it are the whole' alike calm-disc parts-disc
kills=0 bad=0
while at=$(step rough-disc) && [ "$at" -lt $FITS ] && [ $kills -lt 5 ]; do
	rm -f discrim.pid
	fit rough-disc $((FITS - at)) 2>/dev/null &
	until_true at_least rough-disc $((at + 2 + kills))
	kill -9 "$(cat discrim.pid)" 2>/dev/null
	wait $!
	kills=$((kills + 1))
	measure -q -p rough-disc demos.traj >/dev/null 2>>words || bad=$((bad + 1))
done
ok 'discrim was killed several times' test $kills -ge 3
same 'and always left a language model' 0 $bad
[ "$(step rough-disc)" -ge $FITS ] || fit rough-disc $((FITS - $(step rough-disc)))
ok 'the end is the same' alike calm-disc rough-disc

# Those that only read leave everything as it was; what they had written is no
# stream, and a file of theirs is whole or not there.
records() {
	{ trajcat -q --json "$1" || gradcat -q --json "$1"; } 2>/dev/null | grep -v '^{"apprentice"' | cksum
}
trajcat -q --repeat 1000 -o many.traj demos.traj
for tool in rollout divgrad; do
	cp -R start reader
	case $tool in
	rollout) set -- rollout -q -n 200 -l 200 -o out reader demos.traj ;;
	divgrad) set -- divgrad -q -d fkl -o out reader many.traj ;;
	esac
	rm -f out $tool.pid
	as $tool "$@" 2>/dev/null &
	until_true test -s $tool.pid
	sleep 0.1
	kill -9 "$(cat $tool.pid)"
	wait $!
	ok "$tool, killed, leaves no file of that name" test ! -e out
	ok 'and the policy as it was' alike start reader
	ok 'the same command does its work' "$@"
	mv out first
	"$@"
	same 'which is the same again' "$(records first)" "$(records out)"
	rm -rf reader
done

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
	until_true at_least live 4
	kill -9 "$(cat "$victim.pid")"
	until_true test -s apply-update.status -a -s trajcat.status -a -s rollout.status \
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
	same 'the same command goes on from there' "0 0 0 0 0 $((at + 2))" "$(statuses) $(step live)"
	same 'and has one optimiser file' "optimizer-$((at + 2)).safetensors" "$(cd live && echo optimizer*)"
done
done_testing
