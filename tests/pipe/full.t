#!/bin/sh
# SPDX-License-Identifier: MIT
#
# On a full disk tools exit with status 1 and name the file, on stdout and with
# -o.  If it fills while a step is committed, the policy stays as it was.
. "$(dirname "$0")/../lib.sh"

for n in one two three four; do
	printf '{"prompt": "Say %s.", "response": " I say %s."}\n' $n $n
done >demos.jsonl
ok 'a policy' mkpolicy -q --like llama --dim 8 --layers 1 \
	--tokenizer-from demos.jsonl --vocab 260 policy
ok 'a discriminator' mkpolicy -q --from policy disc
ok 'trajectories' demo2traj -q -m policy -o demos.traj demos.jsonl
ok 'a gradient' divgrad -q -d fkl -o a.grad policy demos.traj

full() { # WHAT COMMAND...: exits 1 and says why
	what=$1
	shift
	"$@" 2>said
	tap_status=$?
	[ $tap_status -eq 1 ] && grep -q "^$what: .*No space left on device\$" said && return
	echo "status $tap_status"
	cat said
	return 1
}

to_full() {
	"$@" >/dev/full
}

try() { # TOOL ARG...
	ok "$1 >/dev/full" full "$1" to_full "$@"
	tool=$1
	shift
	ok "$tool -o /dev/full" full "$tool" "$tool" -o /dev/full "$@"
	ok "$tool: /dev/full is what it was" test -c /dev/full
}

try demo2traj -m policy demos.jsonl
try trajcat demos.traj
try trajcat --json demos.traj
try rollout -l 4 policy demos.traj
try discrim --implicit disc policy demos.traj
try divgrad -d fkl policy demos.traj
try gradcat a.grad
try measure -p policy demos.traj
ok 'apply-update >/dev/full' full apply-update to_full apply-update --lr 0.1 policy a.grad
ok 'the next run first writes the line that had no room' \
	sh -c 'apply-update -q --until 1 policy a.grad >line'
same 'and only that' '{"step":1,' "$(cut -c 1-10 line)"
ok 'rollout --text >/dev/full' full rollout to_full rollout --text 'Say' -l 4 policy

# A disk that fills while a step is committed: files may not pass 4 KiB.  What
# was there before is there still, and nothing else.
small() {
	(trap '' XFSZ && ulimit -f 8 && exec "$@")
}
too_large() { # FILE COMMAND...
	what=$1
	shift
	small "$@" >/dev/null 2>said
	tap_status=$?
	[ $tap_status -eq 1 ] && grep -qF "$what: File too large" said && return
	echo "status $tap_status"
	cat said
	return 1
}
ok 'a gradient of the policy as it is now' divgrad -q -d fkl -o b.grad policy demos.traj
cp -R policy before
ok 'apply-update, no room for a step' too_large policy/optimizer-2.safetensors \
	apply-update policy b.grad
ok 'the policy is as it was' diff -r before policy
rollout -q -l 4 -o rolls.traj policy demos.traj
cp -R disc disc-before
ok 'discrim, no room for a step' too_large disc/optimizer-1.safetensors \
	discrim -e demos.traj -p policy disc rolls.traj
ok 'the discriminator is as it was' diff -r disc-before disc
ok 'mkpolicy, no room' too_large /model.safetensors mkpolicy --from policy new
ok 'mkpolicy without room leaves nothing' test ! -e new
ok 'mkpolicy --gguf, no room' too_large x.gguf mkpolicy --from policy --gguf x.gguf
same 'it names the file once' 'mkpolicy: x.gguf: File too large' "$(cat said)"
# A file limit whose signal is not ignored ends the tool while it writes.
by_signal() {
	(ulimit -f 8 && exec "$@") >/dev/null 2>said
	test "$(kill -l $?)" = XFSZ
}
ok 'apply-update is killed by the limit' by_signal apply-update policy b.grad
ok 'mkpolicy is killed by the limit' by_signal mkpolicy --from policy new
ok 'trajcat -o is killed by the limit' by_signal trajcat --repeat 1000 -o many demos.traj
same 'only mkpolicy leaves a temporary folder' 'new.tmp 1' \
	"$(echo new* | sed 's/[.0-9]*$//') $(find . -name 'new.tmp.*' -o -name 'many*' | wc -l)"
ok 'mkpolicy with room removes its own' mkpolicy -q --from policy new
same 'the new policy is the only folder' new "$(echo new*)"
ok 'with room again, apply-update goes on' apply-update -q policy b.grad
same 'apply-update removes temporary files of the killed run' 'policy/*.tmp.*' "$(echo policy/*.tmp.*)"
done_testing
