#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What every tool has from lib/cli: help, version, wrong usage, -v,
# descriptors, pending output, signals, terminals.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/terminal.sh"
VERSION=$(sed -n 's/^#define APPRENTICE_VERSION "\(.*\)"/\1/p' "$ROOT/lib/cli/version.h")

begins() { # PREFIX COMMAND...: its standard output begins with PREFIX
	prefix=$1
	shift
	case $("$@") in
	"$prefix"*) ;;
	*) return 1 ;;
	esac
}

too_long() { # lines of stdin over 80 columns, and a text of over 75 lines
	awk 'length > 80; END { if (NR > 75) print NR " lines" }'
}

says() { # STATUS PATTERN COMMAND...: one line on stderr matches
	status=$1 pattern=$2
	shift 2
	"$@" >/dev/null 2>said
	[ $? -eq "$status" ] && grep -qE "$pattern" said && return
	cat said
	return 1
}

for path in "$BIN"/*; do
	tool=${path##*/}
	[ "$tool" != apprentice ] || continue # which is not one: tests/pipe/door.t
	ok "$tool -h begins with its usage" begins "usage: $tool " "$tool" -h
	same "$tool -h fits a screen" '' "$("$tool" -h | too_long)"
	same "$tool -h prints nothing on stderr" '' "$("$tool" -h 2>&1 >/dev/null)"
	same "$tool --help prints what -h prints" "$("$tool" -h)" "$("$tool" --help)"
	same "$tool -V" "$tool $VERSION" "$("$tool" -V)"
	same "$tool --version" "$tool $VERSION" "$("$tool" --version)"
	dies 2 "$tool: unknown option --no-such-option
hint: $tool -h lists the options" "$tool" --no-such-option
	dies 2 "$tool: unknown option -Y
hint: $tool -h lists the options" "$tool" -Y
	dies 2 "$tool: unknown option --versio
hint: did you mean --version?" "$tool" --versio
	dies 2 "$tool: unknown option -verbose
hint: did you mean --verbose?" "$tool" -verbose
	dies 2 "$tool: --quiet: takes no value" "$tool" --quiet=yes
	dies 1 "$tool: output: No space left on device" sh -c "$tool -h >/dev/full"
	case $tool in
	trajcat | gradcat | measure) ;; # these read standard input by default
	*) ok "$tool without operands is wrong usage" says 2 "^$tool: " "$tool" ;;
	esac
done

dies 2 'mkpolicy: --dim 0: not between 1 and 1000000' mkpolicy --dim 0 p
dies 2 'rollout: -n x: not a whole number' rollout -n x p
dies 2 'rollout: -l -5: not a whole number' rollout -l -5 p
dies 2 'rollout: -s 1.5: not a whole number' rollout -s 1.5 p
dies 2 'rollout: -j 0: not between 1 and 1024' rollout -j 0 p

# Options without effect.
preferences='an objective that is not of preferences'
divergence='an objective that is not a divergence'
while IFS=: read -r words why; do
	# shellcheck disable=SC2086
	dies 2 "${words%% *}: $why" $words
done <<-END
	apply-update --floor 0.1 p:--floor has no effect without --schedule
	apply-update --steps 9 p:--steps has no effect without --schedule
	apply-update --optimizer sgd --betas 0.9,0.9 p:--betas has no effect without --optimizer adamw or --optimizer lion
	apply-update --optimizer lion --eps 1e-6 p:--eps has no effect without --optimizer adamw
	rollout --exact p:--exact has no effect without --compute bf16 or --compute int8
	rollout --compute f32 --exact p:--exact has no effect without --compute bf16 or --compute int8
	rollout --every 2 p:--every has no effect without --follow
	rollout --greedy --top-k 3 p:--top-k and --top-p have no effect at temperature 0
	rollout --temperature 0 --top-p 0.5 p:--top-k and --top-p have no effect at temperature 0
	rollout --text a --keep-text p:--text does not go with --keep-text
	discrim --lr 1 d:--lr has no effect without -e or --fit
	discrim --until-accuracy 1 d:--until-accuracy has no effect without -e or --fit
	discrim --fit --seed 3 d:-s has no effect without -e or --dropout
	discrim -e demos --fit d:--fit does not go with -e
	discrim --export-topk 3 --level token d:--level does not go with --export-topk
	divgrad -d js --every 2 p:--every has no effect without --follow
	divgrad -d js --lag 2 p:--lag has no effect without --follow
	divgrad -d js --smooth 0.1 p:--smooth has no effect with $preferences
	divgrad -d reward --regularizer js p:--regularizer has no effect with an objective that has no reference
	divgrad -d reward --clip 3 p:--clip has no effect with $divergence
	divgrad -d prefix --cached-teacher p:--cached-teacher has no effect with $divergence
	divgrad -d spin --level token p:--level has no effect with an objective that gives no credit
	divgrad -d prefix --baseline mean p:--baseline has no effect with an objective that gives no credit
	divgrad -d js --future 0.5 p:--future has no effect without --level token
	divgrad -d js --entropy 1 --kl 1 p:--kl has no effect without --ref
	gradcat --norms --cos 1 2:--cos does not go with --norms
	measure --micro 3:--micro has no effect without -p
	mkpolicy --from p --layers 3 q:--layers has no effect without --like
	trajcat -m p:-m has no effect without --text or --messages or --tokens
	trajcat --seed 3:-s has no effect without --shuffle
	trajcat --text --json:--text does not go with --json
	trajcat --text --batch 3:--text does not go with --batch
	trajcat --groups:--groups has no effect without --shuffle or --repeat or --batch or --skip or --head
END

# A policy and a stream for the rest.
for n in one two three four; do
	printf '{"prompt": "Say %s.", "response": " I say %s."}\n' $n $n
done >demos.jsonl
ok 'a policy' mkpolicy -q --like llama --dim 8 --layers 1 \
	--tokenizer-from demos.jsonl --vocab 260 policy
ok 'a stream' demo2traj -q -m policy -o demos.traj demos.jsonl

# -v: every tool says what the run took; steps and segments get a line each.
took='took [0-9.]* s, [0-9.]* s of processor time on [0-9]* threads*, [0-9]* MiB of memory'
verbose() { # PATTERN COMMAND...: the pattern's lines, and the last one, are printed with -v only
	pattern=$1 tool=$2
	shift 2
	"$tool" -v "$@" >/dev/null 2>verbose || return
	"$tool" "$@" >/dev/null 2>normal || return
	grep -qxE "$tool: $took" verbose && grep -qE "^$tool: $pattern" verbose &&
		! grep -qxE "$tool: $took" normal && ! grep -qE "^$tool: $pattern" normal
}
cp -R policy other
sed 's/.*/&&/' demos.jsonl >bad.jsonl && cat demos.jsonl >>bad.jsonl
trajcat --batch 2 -o two.traj demos.traj
ok 'demo2traj -v names what it skips' verbose 'skipped: bad.jsonl' \
	demo2traj -m policy --on-error skip bad.jsonl
ok 'rollout -v: a line for each segment' verbose 'segment 2: 2 samples$' rollout -l 2 policy two.traj
ok 'discrim -v' verbose took discrim --implicit policy other two.traj
ok 'discrim -v: the statistics of each segment' \
	sh -c 'rollout -q -l 2 policy two.traj | discrim -v -e demos.traj -p policy other 2>&1 >/dev/null |
		grep -c "^discrim: loss" | grep -x 3'
ok 'divgrad -v: a line for each segment' verbose 'segment 2: 2 trajectories$' divgrad -d fkl other two.traj
divgrad -q -d fkl -o two.grad other two.traj
ok 'gradcat -v: a line for each segment' verbose 'segment 2$' gradcat two.grad
ok 'apply-update -v: a line for each step' sh -c \
	'apply-update -v --stale 9 other two.grad 2>&1 >/dev/null | grep -c "^apply-update: step .*: lr" | grep -x 2'
ok 'trajcat -v counts' verbose '4 trajectories$' trajcat two.traj
ok 'measure -v' verbose took measure two.traj
ok 'mkpolicy -v: the sizes' sh -c 'mkpolicy -v --like llama sized 2>&1 | grep "2 layers of width 64"'
same 'with -q -v nothing is printed' '' "$(trajcat -q -v two.traj 2>&1 >/dev/null)"

# -o FILE is whole or absent; a FILE that is not regular is written in place.
same '-o FILE gets what stdout would' "$(trajcat --json demos.traj | tail -n +2)" \
	"$(trajcat --json -o out demos.traj && tail -n +2 out)"
cp out before
ok 'trajcat -o fails on a cut stream' says 1 '^trajcat: ' sh -c \
	'head -c 100 demos.traj | trajcat --json -o out'
ok 'a failed run leaves the older -o file' cmp out before
same 'a failed run leaves nothing beside the -o file' 'out' "$(echo out*)"
ok '-o into a missing folder fails' says 1 '^trajcat: no/such/out.*: No such file or directory$' \
	trajcat -o no/such/out demos.traj
mkdir folder
dies 1 'trajcat: folder: is a directory' trajcat -o folder demos.traj
mkfifo pipe
cat pipe >through &
reader=$!
ok '-o takes a FIFO' trajcat --json -o pipe demos.traj
wait $reader
ok 'a FIFO stays a FIFO' test -p pipe
same '-o FIFO: all records pass' "$(trajcat --json demos.traj | tail -n +2)" "$(tail -n +2 through)"

# Signals end a tool at once, and remove what is pending.
for sig in INT TERM HUP QUIT XCPU XFSZ; do
	rm -f pipe && mkfifo pipe
	# A shell's background job ignores INT, so let perl undo that.
	perl -e '$SIG{$_} = "DEFAULT" for "INT", "HUP", "QUIT"; exec @ARGV' trajcat -o signalled pipe 2>said &
	job=$!
	exec 3<>pipe
	await test -e signalled.tmp.$job
	same "$sig: output is pending" "signalled.tmp.$job" "$(echo signalled.*)"
	kill -$sig $job
	wait $job 2>/dev/null
	same "$sig: ends the tool" $sig "$(kill -l $?)"
	exec 3>&-
	same "$sig: leaves no pending file" 'signalled*' "$(echo signalled*)"
	same "$sig: prints nothing" '' "$(cat said)"
done

# What a killed tool leaves is removed by the next with that -o.
mkfifo held
trajcat -o killed held 2>said &
job=$!
exec 3>held
await test -e killed.tmp.$job
kill -9 $job
exec 3>&-
wait $job 2>/dev/null
same 'KILL leaves the pending output' "killed.tmp.$job" "$(echo killed*)"
ok 'the next run succeeds' trajcat -o killed demos.traj
same 'the next run removes the file of the killed one' killed "$(echo killed*)"

# Nobody reads: quiet death by SIGPIPE.
(
	trajcat --repeat 10000 demos.traj 2>said
	echo $? >status
) | head -c 10 >/dev/null
same '| head ends it by SIGPIPE' PIPE "$(kill -l "$(cat status)")"
same '| head ends it quietly' '' "$(cat said)"

# Closed descriptors: nothing opened later is read or written in their place.
cp demos.traj kept
ok 'closed stdout is an error' says 1 '^trajcat: ' sh -c 'trajcat demos.traj >&-'
ok 'closed stdin is an error' says 1 '^trajcat: ' sh -c 'trajcat <&-'
ok 'closed stdin and stdout are an error' says 1 '^trajcat: ' sh -c 'trajcat demos.traj <&- >&-'
sh -c 'trajcat demos.traj <&- >&- 2>&-'
same 'all three descriptors closed: status 1' 1 $?
ok 'closed descriptors: no file was written to' cmp demos.traj kept
ok 'closed stdout with -o FILE is fine' sh -c 'trajcat -o out2 demos.traj >&-; [ -s out2 ]'

# Terminals; script(1) makes one.
if terminals; then
	json() { on_terminal 'trajcat --json demos.traj' | grep -q '^{"apprentice"'; }
	same 'binary is not written to a terminal' \
		'trajcat: will not write binary to a terminal; use --json, -o FILE or a pipe 2' \
		"$(on_terminal 'trajcat demos.traj' >words; status=$?; echo "$(tr -d '\r' <words) $status")"
	ok '--json is written to a terminal' json
else
	skip 'terminals' 'no script(1) or no pseudo-terminals here'
fi
same 'no escapes in a log' '' "$(measure -p policy demos.traj 2>&1 >/dev/null | tr -dc '\033\r')"
done_testing
