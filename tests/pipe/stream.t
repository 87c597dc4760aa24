#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Streams in pipes: a failure anywhere fails all that follow, without
# pipefail; a consumer that has gone ends all before it; a stream that is split
# and joined is the same; and a batch does not wait for the one after it.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

HEAD='{"apprentice":{"kind":"traj","version":1}}'

segment() { # true|false ID...
	more=$1
	shift
	echo "$HEAD"
	for id; do
		printf '{"id":"%s","tokens":[3,4,5],"actions":[1,3]}\n' "$id"
	done
	echo "{\"end\":{\"count\":$#,\"more\":$more}}"
}

records() {
	trajcat --json "$@" | grep '"id"'
}

{ segment true a b && segment true c && segment false d e; } >text
trajcat -o whole text
n=$(wc -c <whole)

# Every prefix, in the middle of a pipe of three.
bad=0 complete=0 k=0
while [ $k -lt "$n" ]; do
	head -c $k whole | trajcat 2>/dev/null | trajcat >out 2>/dev/null && bad=$((bad + 1))
	trajcat out >/dev/null 2>&1 && complete=$((complete + 1))
	k=$((k + 7))
done
same 'the last tool fails for every prefix' 0 $bad
same 'the last tool has written no whole stream' 0 $complete
trajcat -q <whole | trajcat --json >out
same 'the whole stream passes' "$(records whole)" "$(grep '"id"' out)"

# Exactly between two segments.
segment true a b | trajcat >first 2>words
dies 1 'trajcat: first: truncated after segment 1, which says that more follow' trajcat first
dies 1 'trajcat: <stdin>: truncated after segment 1, which says that more follow' \
	sh -c 'trajcat first 2>/dev/null | trajcat'
ok 'with --part a stream may end after any end record' trajcat --part first
same 'a part passes on that more follow' 1 "$(trajcat --json --part first | grep -c '"more":true')"
same 'a source passes it on too' 1 "$(trajcat --json --part --batch 2 first | grep -c '"more":true')"
{ cat first && segment false c | trajcat; } >joined
same 'parts are joined by cat' 3 "$(records joined | wc -l)"
dies 1 'trajcat: <stdin>: truncated in segment 2 after 1 records' \
	sh -c 'head -c $(($(wc -c <joined) - 5)) joined | trajcat'

# Split, worked on apart, joined: the whole.
trajcat --batch 1 -o five whole
if perl -e 1; then
	# As parallel --pipe --recstart does.
	perl -0777 -ne '
		for (split /(?=\x81\xaaapprentice)/) {
			open my $f, ">", sprintf "part%d", ++$n or die;
			print $f $_;
		}' five
	for i in 1 2 3 4 5; do trajcat --part part$i; done >rejoined
	same 'split + cat = whole' "$(records five)" "$(records rejoined)"
	same 'split + cat keeps the end records' "$(trajcat --json five | grep '"end"')" \
		"$(trajcat --json rejoined | grep '"end"')"
fi

# Damage to a byte under the checksum.
perl -0777 -pe 's/(expert|tokens)/\U$1/' whole >damaged
dies 1 'trajcat: damaged: segment 1, record 1 ("a"): field "tokens": missing' trajcat damaged
perl -0777 -pe 's/\x03\0\0\0\x04/\x03\0\0\0\x05/' whole >damaged
dies 1 'trajcat: damaged: the end of segment 1: the checksum does not match: the data is damaged' \
	trajcat damaged
ok 'nothing of a damaged segment is written' sh -c '! trajcat damaged 2>words | grep -q .'

# A producer that is killed while all others wait.
mkfifo slow
(trajcat slow 2>words1 | trajcat >out 2>words; echo $? >status) &
job=$!
exec 3>slow
segment true a b >&3
ok 'a segment goes through as soon as it is whole' await test -s out
exec 3>&-
wait $job
same 'a producer that dies between segments fails the last tool' 1 "$(cat status)"
same 'the message names the input' 'trajcat: <stdin>: truncated after segment 1, which says that more follow' "$(cat words)"

# A full batch too, and what a filter leaves, though no more input comes.
for option in '--batch 2' '--where id=a' '--skip 1'; do
	rm -f out
	# shellcheck disable=SC2086
	(trajcat --json $option slow >out) &
	job=$!
	exec 3>slow
	segment true a b >&3
	ok "$option does not wait for the next" await grep -q '"more":true' out
	segment false >&3
	exec 3>&-
	wait $job
	ok "$option ends well" sh -c 'tail -n 1 out | grep -q "more\":false"'
done

# A consumer that has gone ends those that wait, although no input comes.
exec 3<>slow
(trajcat 2>said <slow; echo $? >status) | true
same 'a dead consumer ends a waiting tool' PIPE "$(kill -l "$(cat status)")"
same 'a tool with a dead consumer ends without a message' '' "$(cat said)"
(trajcat 2>said <slow; echo $? >status1) | (trajcat 2>>said; echo $? >status2) | true
same 'a dead consumer ends all tools before it' 'PIPE PIPE' "$(kill -l "$(cat status1)") $(kill -l "$(cat status2)")"
exec 3>&-
# Four steps of each segment: a batch must be written before the next segment
# is read, which is sampled only after the steps.
for n in one two three four; do
	printf '{"prompt": "Say %s.", "response": " I say %s."}\n' $n $n
done >demos.jsonl
ok 'a policy is made' mkpolicy -q --like llama --dim 8 --layers 1 \
	--tokenizer-from demos.jsonl --vocab 260 policy
demo2traj -q -m policy -o demos.traj demos.jsonl
timeout 300 sh -c 'trajcat --repeat 2 --batch 4 demos.traj |
	rollout -q -n 2 -l 4 --follow --every 4 policy |
	trajcat --json --batch 2 |
	sed -u "s/\"role\":\"policy\"/\"role\":\"expert\"/" |
	divgrad -q -d fkl --follow policy |
	apply-update -q policy' >steps
same 'two segments, four steps each, end' '0 8' "$? $(wc -l <steps)"

same 'a file, or /dev/null, is no dead consumer' 0 \
	"$( (segment false a | (sleep 0.2; cat) | trajcat >/dev/null); echo $?)"
done_testing
