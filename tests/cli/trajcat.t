#!/bin/sh
# SPDX-License-Identifier: MIT
#
# trajcat: what passes, what is chosen, how it is cut, what is refused.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/terminal.sh"

HEAD='{"apprentice":{"kind":"traj","version":1}}'

record() { # ID [MORE]: one of three tokens
	printf '{"id":"%s","tokens":[3,4,5],"actions":[1,3]%s}\n' "$1" "$2"
}

segment() { # true|false ID...
	more=$1
	shift
	echo "$HEAD"
	for id; do record "$id"; done
	echo "{\"end\":{\"count\":$#,\"more\":$more}}"
}

ids() { # of trajcat's arguments: the ids, a segment in parentheses
	trajcat --json "$@" | perl -ne '
		print $1 if /^{"id":"([^"]*)"/;
		print "(" if /^{"apprentice"/;
		print /"more":true/ ? ")+" : ")" if /^{"end"/'
}

segment false a b c >x
{ segment true a b c && segment false d e; } >two
trajcat -o x.traj x

# As they are.
same 'records pass' "$(record a && record b && record c)" "$(trajcat --json x.traj | grep '"id"')"
same 'segments pass' '(abc)+(de)' "$(ids two)"
same 'files are one stream' '(abc)(abc)+(de)' "$(ids x.traj two)"
same 'cat of MessagePack and JSON is one stream' '(abc)(abc)+(de)' "$(cat x.traj two | ids)"
same '- is standard input' '(abc)(abc)' "$(ids x - <x.traj)"
same 'the header names the command that wrote the stream' '["trajcat","-o","x.traj","x"]' \
	"$(trajcat --json x.traj | head -n 1 | grep -o '\["trajcat","-o[^]]*\]')"
trajcat x.traj >there
trajcat --json x.traj | trajcat >back
same 'the text twin brings records back' \
	"$(tail -c 168 there | head -c 135 | od -c)" "$(tail -c 168 back | head -c 135 | od -c)"
{ segment true && cat two && segment false; } >hollow
same 'empty segments pass' '()+(abc)+(de)()' "$(ids hollow)"

# Chosen.
same '--head 2' '(ab)' "$(ids --head 2 two)"
same '--head of a whole segment' '(abc)' "$(ids --head 3 two)"
same '--head of all' '(abc)+(de)' "$(ids --head 9 two)"
same '--skip' '(c)+(de)' "$(ids --skip 2 two)"
same '--skip a segment' '()+(e)' "$(ids --skip 4 two)"
same '--skip and --head' '(c)+(d)' "$(ids --skip 2 --head 2 two)"
same '--where id=b' '(b)+()' "$(ids --where id=b two)"
{
	echo "$HEAD"
	record a ',"role":"expert","group":"p","weight":0.5,"pass":3,"x":-7,"score":[1]'
	record b ',"role":"policy","group":"p"'
	echo '{"end":{"count":2,"more":false}}'
} >fields
for w in role=expert weight=.5 pass=3 x=-7 x=-7.0 id=a; do
	same "--where $w" '(a)' "$(ids --where $w fields)"
done
for w in role=policy weight=1 pass=0 id=b; do
	same "--where $w" '(b)' "$(ids --where $w fields)"
done
same '--where group=p' '(ab)' "$(ids --where group=p fields)"
same '--where group=a, its id' '(a)+()' "$(ids --where group=a two)"
i=1
while [ $i -le 60 ]; do
	for k in 0 1; do
		printf '{"id":"p%d#%d","group":"p%d","tokens":[1],"actions":[]}\n' $i $k $i
	done
	i=$((i + 1))
done >records
{ echo "$HEAD" && cat records && echo '{"end":{"count":120,"more":false}}'; } >many
for i in 1 2 3; do trajcat --json --shard $i/3 many | grep -o '"id":"[^"]*"' >shard$i; done
same 'shards have every trajectory once' "$(grep -o '"id":"[^"]*"' records | sort)" "$(sort shard?)"
same 'shards keep groups together' '' "$(for i in 1 2 3; do
	sed 's/#.*//' shard$i | sort | uniq -u
done)"
ok 'no shard of three is empty' sh -c '[ -s shard1 ] && [ -s shard2 ] && [ -s shard3 ]'

# The best of each group.
{
	echo "$HEAD"
	record a ',"group":"p","score":[1]'
	record b ',"group":"q","score":[-3]'
	record c ',"group":"p","score":[0.75,0.5]'
	record d ',"group":"p","score":[1.25]'
	record e ',"group":"q","score":[-2]'
	record f ',"score":[-9]'
	echo '{"end":{"count":6,"more":true}}'
	echo "$HEAD"
	record g ',"group":"p","score":[0]'
	echo '{"end":{"count":1,"more":false}}'
} >scored
same '--best 1, of equals the one whose id is first' '(cef)+(g)' "$(ids --best 1 scored)"
same '--best 2' '(bcdef)+(g)' "$(ids --best 2 scored)"
same '--best 9' '(abcdef)+(g)' "$(ids --best 9 scored)"
same '--where before --best' '(c)+(g)' "$(ids --where group=p --best 1 scored)"
same '--best before --batch and --head' '(ce)+(f)' "$(ids --best 1 --batch 2 --head 3 scored)"
same '--best with all segments in memory is of all' '(cef)' "$(ids --best 1 --repeat 1 scored)"
same '--best keeps records' "$(grep '"[cefg]"' scored)" "$(trajcat --json --best 1 scored | grep '"id"')"
dies 1 'trajcat: x: segment 1, record 1 ("a"): field "score": missing' trajcat --best 1 x
{
	echo "$HEAD"
	printf '{"id":"%s","group":"p","tokens":[3,4,5],"actions":[%s],"logp":[%s],"score":[%s]}\n' \
		z 1,3 -1,-1 0 y 1,3 -1,-1 0 x 1,2 -1.5 9 w 1,3 -2,-0.5 5
	printf '{"id":"v","group":"p","tokens":[3],"actions":[],"logp":[]}\n'
	echo '{"end":{"count":5,"more":false}}'
} >likely
sed '/"id":"v"/d; s/"count":5/"count":4/' likely >likely4
same '--best --by logp: the sum' '(x)' "$(ids --best 1 --by logp likely4)"
same '--best --by logp: of equals the one whose id is first' '(yx)' "$(ids --best 2 --by logp likely4)"
same '--best --by logp/token: the mean' '(zy)' "$(ids --best 2 --by logp/token likely4)"
same '--best --by score' '(xw)' "$(ids --best 2 --by score likely4)"
same '--best --by logp --as expert: the figure is looked at first' '(x)' "$(ids --best 1 --by logp --as expert likely4)"
dies 1 'trajcat: x: segment 1, record 1 ("a"): field "logp": missing' trajcat --best 1 --by logp x
dies 1 'trajcat: likely: segment 1, record 5 ("v"): field "logp": missing' trajcat --best 1 --by logp/token likely
# In p, z and y have three tokens in common, z and x two, y and x one; in q, none;
# v and u are alone in their groups.
{
	echo "$HEAD"
	printf '{"id":"%s","group":"%s","tokens":[3,%s],"actions":[1,%s]}\n' \
		x p 5,5,6,7 5 w q 3,4 3 y p 4,4,5 4 z p 4,5,4,6 5 s q 5 2 v r 6 2
	printf '{"id":"u","tokens":[3],"actions":[]}\n{"id":"t","group":"q","tokens":[3],"actions":[]}\n'
	echo '{"end":{"count":8,"more":false}}'
} >agreeing
same '--best --by agreement: shares of tokens in common with the others' '(zsvu)' "$(ids --best 1 --by agreement agreeing)"
same '--best --by agreement: two of each' '(yzsvut)' "$(ids --best 2 --by agreement agreeing)"
dies 2 'trajcat: --by has no effect without --best' trajcat --by logp x
ok '--by nonsense' sh -c 'trajcat --best 1 --by nonsense x 2>words; [ $? -eq 2 ]'

same '--as' 'expert expert' "$(trajcat --json --as expert fields | grep -o '"role":"[a-z]*"' | cut -d '"' -f 4 | paste -sd ' ' -)"
same '--as changes no other field' "$(sed 's/,"role":"[a-z]*"//' fields | grep '"id"')" \
	"$(trajcat --json --as chosen fields | sed 's/,"role":"chosen"//' | grep '"id"')"
sampled() { # POLICY ID...: a segment that a policy sampled
	echo "$HEAD" | sed "s/}}/,\"policy\":{\"id\":\"$1\",\"step\":3},\"seed\":7}}/"
	shift
	for id; do record "$id" ',"logp":[-1,-2],"score":[0.5],"logq":[-1,-2]'; done
	echo "{\"end\":{\"count\":$#,\"more\":false}}"
}
sampled p a b c d >p.json
sampled q e f g h >q.json
same '--as expert drops the sampler: policy, seed and ratio of the header, logp, logq and score' \
	"$(record a ',"role":"expert"')" \
	"$(sed 's/"seed"/"ratio":"prompt",&/' p.json | trajcat --json --as expert --head 1 |
		grep -e '"id"' -e '"seed"' -e '"policy"' -e '"ratio"')"
same '--as policy keeps the sampler' "$(grep '"id":"a"' p.json | sed 's/}$/,"role":"policy"}/')" \
	"$(trajcat --json --as policy --head 1 p.json | grep '"id":"a"')"
same '--as expert joins streams of several samplers in one batch' '(abcdefgh)' \
	"$(ids --as expert --batch 8 p.json q.json)"

sed 's/"seed"/"ratio":"prompt",&/' p.json >ratio.json
same '--as expert: samples with scores and demonstrations go into one batch' '(abcdefgh)' \
	"$(sed '/"apprentice"/s/,"policy".*/}}/; s/,"logp".*/}/' q.json >plain.json
	ids --as expert --batch 8 ratio.json plain.json)"

# Other ids, to join streams of several samplers.
same '--prefix puts a text before ids, and groups stay' \
	"$(record m1/a ',"group":"a"' && record m1/b ',"group":"b"' && record m1/c ',"group":"c"')" \
	"$(trajcat --json --prefix m1/ x | grep '"id"')"
same '--prefix leaves a group that is there' '{"id":"m1/a","tokens":[3,4,5],"actions":[1,3],"role":"expert","group":"p"' \
	"$(trajcat --json --prefix m1/ --head 1 fields | grep '"id"' | cut -d , -f 1-8)"
for m in 1 2; do
	trajcat --prefix m$m/ --best 1 -o m$m scored
done
same '--prefix joins samples of several samplers: a batch, and the best of them' '(m1/cm1/em1/fm2/cm2/em2/f)(m1/cm1/em1/f)' \
	"$(for m in 1 2; do trajcat --head 3 m$m; done >both
	ids --batch 6 both
	ids --best 1 --repeat 1 both)"
dies 2 'trajcat: --prefix "": not a text in UTF-8 of at least a byte' trajcat --prefix '' x
ok '--prefix of bytes that are no text' sh -c 'trajcat --prefix "$(printf "\377")" x 2>words; [ $? -eq 2 ]'

# Windows.
{
	echo "$HEAD" | sed 's/}}/,"ratio":"reward"}}/'
	echo '{"id":"d","group":"g","role":"expert","tokens":[9,8,1,2,3,4,5,6,7],"actions":[2,9],"stop":"eos","logp":[-1,-1,-1,-1,-1,-1,-1],"score":[2],"text":{"prompt":"p","response":"r"},"meta":{"k":1},"x":3,"weight":0.5}'
	echo '{"id":"m","tokens":[9,1,2,3,8,4,5,6,7],"actions":[1,4,5,7,7,9]}'
	echo '{"id":"s","tokens":[9,1],"actions":[1,2]}'
	echo '{"end":{"count":3,"more":false}}'
} >whole
same '--windows 3/2: full windows of each span, with ids and groups of their own' \
	'{"id":"d@2","group":"d@2","role":"expert","tokens":[9,8,1,2,3],"actions":[2,5],"meta":{"k":1},"x":3,"weight":0.5}
{"id":"d@4","group":"d@4","role":"expert","tokens":[9,8,1,2,3,4,5],"actions":[4,7],"meta":{"k":1},"x":3,"weight":0.5}
{"id":"d@6","group":"d@6","role":"expert","tokens":[9,8,1,2,3,4,5,6,7],"actions":[6,9],"meta":{"k":1},"x":3,"weight":0.5}
{"id":"m@1","tokens":[9,1,2,3],"actions":[1,4],"group":"m@1"}
{"id":"m@5","tokens":[9,1,2,3,8,4,5,6],"actions":[5,8],"group":"m@5"}' \
	"$(trajcat --json --windows 3/2 whole | grep '"id"')"
same '--windows: nothing is left of scores' '' "$(trajcat --json --windows 3/2 whole | grep '"ratio"')"
same '--windows of one token' '(d@2d@3d@4d@5d@6d@7d@8m@1m@2m@3m@5m@6m@7m@8s@1)' "$(ids --windows 1/1 whole)"
same '--windows longer than any span' '()' "$(trajcat --json --windows 8/1 whole | perl -ne 'print "(" if /^{"app/; print ")" if /^{"end/')"
dies 1 'trajcat: no trajectories' trajcat --windows 8/1 whole
same '--windows after --where, before --batch and --head' '(d@2d@5)' "$(ids --where id=d --windows 2/3 --batch 2 --head 2 whole)"
same '--windows with all segments in memory' '(d@2d@5m@1)+(m@5)' "$(ids --windows 2/3 --repeat 1 --batch 3 whole)"
same '--windows with --best and --as' '(c@1c@2)+()' "$(ids --where id=c --best 1 --as expert --windows 1/1 scored)"
size() { trajcat --json "$@" | sed -n 's/.*"batch_size":\([0-9]*\).*/\1/p' | paste -sd ' ' -; }
same '--windows with --shard: the header counts the windows of all shards' '5 5' \
	"$(for i in 1 2; do size --shard $i/2 --windows 3/2 whole; done | paste -sd ' ' -)"
same '--windows of a shard do not say how many there are' '' "$(trajcat --json --shard 1/1 whole | size --windows 3/2)"
for w in 3 3/0 0/3 /3 3/x 3/2/1; do
	ok "--windows $w is refused" sh -c 'trajcat --windows $1 whole 2>words; [ $? -eq 2 ] && grep -q "^trajcat: --windows" words' - "$w"
done

# Groups as wholes.
same '--groups keeps neighbors of a group in a batch' '(ab)+(cde)+(fg)' "$(ids --groups --batch 2 scored)"
same '--groups keeps all of a group together where all are held' '(acdg)+(be)+(f)' "$(ids --groups --batch 1 --repeat 1 scored)"
same '--groups --head' '(abcd)' "$(ids --groups --head 3 scored)"
same '--groups --skip' '(cdef)+(g)' "$(ids --groups --skip 2 scored)"
same '--groups --full' '(acdgbe)' "$(ids --groups --full --batch 2 scored)"
same '--groups --repeat --head' '(acdg)+(be)+(f)+(acdg)' "$(ids --groups --batch 1 --repeat 2 --head 4 scored)"
dies 1 'trajcat: 3 groups do not fill a segment of 4' trajcat --groups --full --batch 4 scored
trajcat --json --groups --shuffle --batch 7 many | perl -ne '
	@g = (), $n++ if /^{"apprentice"/;
	$is{$1}{$n}++, push @g, $1 if /"group":"([^"]*)"/;
	print scalar(@g), "\n" if /^{"end"/;
	END { print "cut apart\n" if grep { keys %$_ > 1 || (values %$_)[0] != 2 } values %is; print join(" ", map { 0 + keys %$_ } $is{p1}), "\n" }' >sizes
same '--groups --shuffle keeps pairs, seven a batch' '14 14 14 14 14 14 14 14 8 1' "$(paste -sd ' ' sizes)"
ok '--groups --shuffle changes the order' test "$(ids --groups --shuffle many)" != "$(ids --groups --repeat 1 many)"

# Cut.
same '--batch' '(ab)+(cd)+(e)' "$(ids --batch 2 two)"
same '--batch of one stream of two' '(abc)' "$(ids --batch 9 x)"
same '--repeat' '(abc)+(abc)' "$(ids --repeat 2 x)"
same '--repeat and --batch' '(ab)+(c)+(ab)+(c)' "$(ids --repeat 2 --batch 2 x)"
same '--full drops an incomplete batch of each pass' '(ab)+(ab)' "$(ids --full --repeat 2 --batch 2 x)"
same '--full of one pass' '(abcd)' "$(ids --full --batch 4 two)"
same '--full with --head' '(ab)+(c)' "$(ids --full --batch 2 --head 3 two)"
same '--shuffle --full leaves out others in each pass' 'a b c' "$(trajcat --json --shuffle --full --batch 2 --repeat 30 x |
	grep -o '"id":".' | cut -c 7- | sort -u | paste -sd ' ' -)"
dies 1 'trajcat: 3 trajectories do not fill a segment of 4' trajcat --full --batch 4 x
dies 2 'trajcat: --full has no effect without --batch' trajcat --full x
# A policy that has made so many steps: as many batches are left out.
mkpolicy -q --like llama --dim 8 --layers 1 --vocab 300 --tokenizer-from "$ROOT/LICENSE" made
at() { LC_ALL=C sed -i "s/\"apprentice.step\":\"[0-9]\"/\"apprentice.step\":\"$1\"/" made/model.safetensors; }
all='--repeat 3 --batch 2 two'
trajcat --json --shuffle --repeat 3 --batch 2 two >whole
left() { # STEP: what is left at it, but for the program's name
	at "$1" && trajcat --json --shuffle --repeat 3 --batch 2 --resume made two | sed 's/,"by":.*//'
}
same '--resume at step 0: all batches' "$(sed 's/,"by":.*//' whole)" "$(left 0)"
for n in 1 3 4 8; do
	same "--resume at step $n: the batches after it, the same to their number" \
		"$(sed 's/,"by":.*//' whole | awk -v n=$n '/^{"apprentice"/ { i++ } i > n')" "$(left $n)"
done
at 9
# shellcheck disable=SC2086
dies 1 'trajcat: no batches are left' trajcat --resume made $all
# shellcheck disable=SC2086
same '--since: the step at which the run began' '(e)+(ab)+(cd)+(e)' "$(ids --resume made --since 4 $all)"
# shellcheck disable=SC2086
dies 1 'trajcat: made: at step 9, before --since 10' trajcat --resume made --since 10 $all
same '--resume with --groups' '(f)' "$(at 2 && ids --groups --batch 1 --repeat 1 --resume made scored)"
same '--resume of a filter' '(e)' "$(ids --batch 2 --resume made two)"
dies 2 'trajcat: --resume has no effect without --batch' trajcat --resume made two
dies 2 'trajcat: --since has no effect without --resume' trajcat --since 1 --batch 2 two
dies 1 'trajcat: none: No such file or directory' trajcat --resume none --batch 2 two
same '--repeat numbers passes' '1 2' "$(trajcat --json --repeat 3 x |
	sed -n 's/.*"id":"a".*"pass":\([0-9]*\).*/\1/p' | paste -sd ' ' -)"
same 'an id once in a segment' '(abc)+(abcde)' "$(cat x two | ids -q --batch 5)"
same 'an id comes once in a segment of shuffled files' 6 "$(trajcat -q --shuffle x x.traj | trajcat --json | grep -c '"id"')"
same '--shuffle is drawn by the seed' "$(ids --shuffle -s 5 many)" "$(ids --shuffle --seed 5 many)"
ok '--shuffle by another seed gives another order' test "$(ids --shuffle -s 5 many)" != "$(ids --shuffle -s 6 many)"
same '--shuffle keeps all' "$(grep -o '"id":"[^"]*"' records | sort)" \
	"$(trajcat --json --shuffle many | grep -o '"id":"[^"]*"' | sort)"
same '--batch numbers segments' '0 1 2' "$(trajcat --json --batch 2 two |
	grep -o '"batch":[0-9]*' | tr -dc '0-9\n' | paste -sd ' ' -)"
epochs() { # of trajcat's arguments: trajcat.epoch of each segment, or -
	trajcat --json "$@" | perl -ne 'print /"trajcat\.epoch":([0-9.]+)/ ? "$1 " : "- " if /^\{"apprentice"/'
}
segment false a b c d >four
same 'trajcat.epoch: passes at the end of each batch' '0.75 1.0 1.75 2.0 ' "$(epochs --repeat 2 --batch 3 four)"
same 'trajcat.epoch of batches that are whole passes' '1.0 2.0 ' "$(epochs --shuffle --repeat 2 four)"
same 'trajcat.epoch counts what --skip drops' '1.5 2.0 ' "$(epochs --repeat 2 --batch 2 --skip 4 four)"
same 'trajcat.epoch of --full' '1.0 2.0 ' "$(epochs --full --repeat 2 --batch 2 x)"
same 'trajcat.epoch counts groups, where they stay together' '0.5 1.0 ' "$(sed 's/"id":"\([ab]\)"/&,"group":"g"/; s/"id":"c"/&,"group":"h"/' x |
	epochs --groups --repeat 1 --batch 1)"
same 'no trajcat.epoch where the length of a pass is not known' '- - ' "$(epochs --batch 2 four)"
sed 's/"version":1/"version":1,"policy":{"id":"p","step":1}/' x >later
same 'another step of the policy begins another segment' '(abc)+(abc)' "$(cat x later | ids -q --batch 9)"

# Shorter than asked, and why.
warned() { # what trajcat says
	trajcat --json -o out "$@" 2>&1
}
same 'batches that the policy cuts short are counted' \
	'trajcat: 1 batch is shorter than 9: the policy changes (1)' "$(warned --batch 9 x later)"
same 'each reason for a short batch is counted' \
	'trajcat: 3 batches are shorter than 9: the policy changes (1), an id comes twice (2)' \
	"$(warned --batch 9 x x x later)"
same 'segments that end within a pass are counted' \
	'trajcat: 2 segments end within a pass: an id comes twice (2)' "$(warned --repeat 2 x x)"
same 'no warning where a pass ends' '' "$(warned --batch 2 --repeat 3 x)"
same 'no warning for a full batch before another policy' '' "$(warned --batch 3 x later)"
same 'no warning with -q' '' "$(warned -q --batch 9 x later)"

# Looked at.
same '--text' 'a expert
3[4 5]

b policy
3[4 5]' "$(trajcat --text fields)"
{
	echo "$HEAD"
	record a ',"text":{"prompt":"Say \u001b[31m\u009b\t","response":"é"}'
	echo '{"end":{"count":1,"more":false}}'
} >said
same '--text shows the text, not control characters' 'a
Say ?[31m?	[é]' "$(trajcat --text said)"
printf '{"prompt": "Say.", "response": " I say."}\n' >demos.jsonl
ok 'a policy' mkpolicy -q --like llama --dim 8 --layers 1 \
	--tokenizer-from demos.jsonl --vocab 260 policy
demo2traj -q -m policy -o demos.traj demos.jsonl
same '--text finds the tokenizer' 'Say.[ I say.</s>]' "$(trajcat --text demos.traj | sed -n 2p)"
mv policy moved
ok '--text shows ids where the tokenizer is gone' sh -c 'trajcat --text demos.traj | sed -n 2p | grep -qE "^[0-9 ]+\\[[0-9 ]+\\]$"'
sed 's/5\]/99999]/' x >outside
ok '--text shows nothing of a token outside the vocabulary' trajcat --text -m moved outside
same '--text -m names the tokenizer' 'Say.[ I say.</s>]' "$(trajcat --text -m moved demos.traj | sed -n 2p)"

# Refused.
dies 2 'trajcat: --where x: not KEY=VALUE' trajcat --where x x
dies 2 'trajcat: --shard 3: not a shard such as 3/8' trajcat --shard 3 x
ok '--shard 4/3' sh -c 'trajcat --shard 4/3 x 2>words; [ $? -eq 2 ] && grep -q "^trajcat: --shard" words'
dies 1 'trajcat: no trajectories' trajcat --where id=z x
dies 1 'trajcat: no trajectories' sh -c 'grep -v id hollow | sed "s/count\":[0-9]/count\":0/" | trajcat'
dies 1 'trajcat: x: segment 1, record 2 ("b"): field "actions": span [1, 9) after token 0 of 3' \
	sh -c 'mkdir -p b && sed "/\"b\"/s/1,3/1,9/" x >b/x && cd b && trajcat x'
dies 1 'trajcat: <stdin>: segment 1: field "id": "a" comes twice' sh -c 'sed s/b/a/ x | trajcat'
dies 1 'trajcat: none: No such file or directory' trajcat x none
same 'nothing is written before a missing file is reported' 0 "$(trajcat x none 2>words | wc -c)"
dies 1 'trajcat: <stdin>: empty, not a stream' sh -c 'trajcat </dev/null'
hint="hint: these look like demonstrations; make trajectories of them first: demo2traj -m POLICY FILE"
printf 'prompt,response\nSay.,I say.\n' >chat.csv
printf '[{"prompt": "Say.", "response": "I say."}]\n' >chat.json
gzip -c demos.jsonl >chat.gz
for f in chat.csv chat.json chat.gz demos.jsonl; do
	same "$f gets a hint" "$hint" "$(trajcat -o out $f 2>&1 | sed -n 2p)"
done
printf '<!DOCTYPE html>\n<html></html>\n' >page.html
printf 'PAR1\025\004' >table.parquet
for f in page.html table.parquet; do
	same "$f gets none" 1 "$(trajcat -o out $f 2>&1 | wc -l)"
done
printf '\201\252apprentice\335\377\377\377\377' >bomb
dies 1 'trajcat: bomb: segment 1: header: an object of more than 64 MiB' trajcat bomb

# Colors.
ok '--color always' sh -c 'trajcat --text --color always x | LC_ALL=C grep -q "$(printf "\033")"'
ok 'none where it is not a terminal' sh -c '! trajcat --text x | LC_ALL=C grep -q "$(printf "\033")"'
dies 2 'trajcat: --color has no effect without --text' trajcat --color never x
if terminals; then
	bold() { # TERM NO_COLOR OPTIONS
		TERM=$1 NO_COLOR=$2 on_terminal "trajcat --text $3 x" >shown
		LC_ALL=C grep -c "$(printf '\033')\[1m" shown
	}
	same 'bold on a terminal; not with NO_COLOR, on a dumb one, or with --color never' '3 0 0 0 3' \
		"$({ bold xterm '' && bold xterm 1; bold dumb ''; bold xterm '' '--color never'
			bold dumb 1 '--color always'; } | xargs)"
else
	skip 'terminals' 'no script(1) or no pseudo-terminals here'
fi
done_testing
