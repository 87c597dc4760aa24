#!/bin/sh
# SPDX-License-Identifier: MIT
# gradcat: sums of shards, norms, cosines; what is refused.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

h='"objective":"fkl","unit":"token","units":2,"weight":1'
# segment FIELDS RECORD...: as text; a RECORD is NAME:OFFSET:OF:DATA
segment() {
	printf '{"apprentice":{"kind":"grad","version":1,%s}}\n' "$1"
	shift
	for r; do
		printf '%s\n' "$r" |
			sed 's/\(.*\):\(.*\):\(.*\):\(.*\)/{"name":"\1","offset":\2,"of":\3,"data":[\4]}/'
	done
	printf '{"end":{"count":%d,"more":false}}\n' $#
}
data() { # of the output, a tensor a word
	sed -n 's/.*"name":"\([^"]*\)".*"data":\[\([^]]*\)\].*/\1=\2/p' out | xargs
}
field() {
	sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p" out | xargs
}

segment "$h,\"stats\":{\"divgrad.loss\":3,\"n\":1,\"discrim.acc\":0.5}" \
	a:0:3:1,2,3 b:0:1:7 >1.grad
segment "$(printf '%s' "$h" | sed 's/:2,/:6,/'),\"stats\":{\"divgrad.loss\":4,\"n\":2,\"discrim.acc\":1}" \
	a:2:3:30 a:0:3:10,20 c:0:1:5 >2.grad

ok 'two shards as JSON' sh -c 'gradcat --json -q 1.grad 2.grad >out'
same 'sums of shards add, tensor by tensor' 'a=11,22,33 b=7 c=5' \
	"$(data | sed 's/\.0//g')"
same 'units of shards add' 8 "$(field units | sed 's/\.0//')"
same 'stats of divgrad, and those without a tool, add' '7 3' \
	"$(echo "$(field divgrad.loss)" "$(field n)" | sed 's/\.0//g')"
same 'stats of other tools are averaged by units' 0.875 "$(field discrim.acc)"
same 'the header names gradcat once' 1 "$(grep -c '"tool":"gradcat"' out)"

ok 'two shards as binary' sh -c 'gradcat -q 1.grad 2.grad | gradcat -q --json >again'
same 'binary and JSON hold the same records' "$(grep '^{"name"' out)" "$(grep '^{"name"' again)"
ok '-o FILE' gradcat -q -o file 1.grad 2.grad
ok '-o FILE: the file is a stream' sh -c 'gradcat -q --json file | grep -q name'

cat 1.grad 2.grad >12.grad
ok 'one stream of two segments' sh -c 'gradcat --json -q 12.grad >out'
same 'segments of one stream are not added' 'a=1,2,3 b=7 a=10,20,30 c=5' "$(data | sed 's/\.0//g')"
dies 0 'gradcat: 1.grad: ended before the others: it contributes nothing from segment 2 on
gradcat: 2 streams, 2 segments' sh -c 'gradcat --json 12.grad 1.grad >out'
same 'streams of two and one segments are added one by one' 'a=2,4,6 b=14 a=10,20,30 c=5' \
	"$(data | sed 's/\.0//g')"
segment "$h" >empty.grad
cat empty.grad 1.grad empty.grad >mixed.grad
ok 'empty segments of one stream' sh -c 'gradcat --json -q <mixed.grad >out'
same 'empty segments of one stream are passed on' 3 "$(grep -c '^{"end"' out)"
ok 'a shard and an empty shard' sh -c 'gradcat --json -q empty.grad 1.grad >out'
same 'an empty shard adds nothing' 'a=1,2,3 b=7' "$(data | sed 's/\.0//g')"
dies 1 'gradcat: nothing to do: no gradient came' gradcat -q --json empty.grad

segment "$h" a:0:2:6,8 b:0:1:0 >n.grad
gradcat -q --norms n.grad >out
same '--norms are of the mean gradient' "$(printf '# segment 1\na\t5\nb\t0\ntotal\t5')" \
	"$(cat out)"
gradcat -q --norms --json n.grad >out
same '--norms as JSON' '5 5' "$(field a | sed 's/\.0//') $(field total | sed 's/\.0//')"
segment "$h" a:0:2:1,0 >x.grad
segment "${h#*,}"',"objective":"rkl"' a:0:2:3,4 >y.grad
gradcat -q --cos x.grad y.grad x.grad >out
same '--cos of each two files' "$(printf '# segment 1\nx.grad y.grad\t0.6\nx.grad x.grad\t1\ny.grad x.grad\t0.6')" \
	"$(cat out)"

bad() { # WORDS RECORD...
	words=$1
	shift
	segment "$h" "$@" >bad.grad
	dies 1 "gradcat: bad.grad: segment 1$words" \
		gradcat -q --json bad.grad
}
bad ': tensor "a": elements from 2 on are missing, it has 3' a:0:3:1,2
bad ', record 2: tensor "a": elements from 1 on are given twice' a:0:3:1,2 a:1:3:1
bad ': tensor "a": elements from 1 on are missing, it has 1099511627776' \
	a:0:1099511627776:1
bad ', record 2: tensor "a" has 4 elements, 3 in a record before' a:0:3:1 a:1:4:2
dies 1 'gradcat: y.grad: segment 1: objective "rkl", but "fkl" in the shards before' \
	gradcat -q --json x.grad y.grad
segment "$h" a:0:3:1,2,3 >z.grad
dies 1 'gradcat: z.grad: segment 1: tensor "a" has 3 elements, 2 in the shards before' \
	gradcat -q --json x.grad z.grad
segment "$h,\"policy\":{\"id\":\"me\",\"step\":1}" a:0:2:1,2 >1s.grad
segment "$h,\"policy\":{\"id\":\"me\",\"step\":2}" a:0:2:1,2 >2s.grad
dies 1 'gradcat: 2s.grad: segment 1: a gradient of policy me at step 2, the first is of me at step 1' \
	gradcat -q --json 1s.grad 2s.grad
gradcat -q --norms --cos 1.grad 2.grad >out 2>words
same '--norms and --cos exclude each other' 2 $?
gradcat -q --cos 1.grad >out 2>words
same '--cos needs two files' 2 $?
done_testing
