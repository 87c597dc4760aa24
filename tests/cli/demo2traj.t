#!/bin/bash
# SPDX-License-Identifier: MIT
# demo2traj: formats, wrappings, bad documents, what is cut and counted.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
shopt -s lastpipe # checks at the end of a pipe count too

n=0
while [ $n -lt 40 ]; do
	n=$((n + 1))
	echo "The $n times that it rained we counted $((n * 7)) drops of rain."
done >text.txt
mkpolicy -q --like llama --dim 8 --layers 1 --context 64 --tokenizer-from text.txt --vocab 300 policy

said='{"prompt":"It rained","completion":" seven times."}'
d2t() {
	demo2traj --json -q -m policy "$@"
}
tokens() { # of the records on stdin, a record a line
	sed -n 's/.*"tokens":\(\[[^]]*\]\).*"actions":\(\[[^]]*\]\).*/\1 \2/p'
}
field() { # NAME: of the records on stdin
	sed -n "/\"tokens\":/s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p" | xargs
}

printf '%s\n' "$said" >said.jsonl
ok 'JSON lines' sh -c 'demo2traj --json -q -m policy said.jsonl >said.out'
want=$(tokens <said.out)
same 'one document is one record' 1 "$(grep -c '"tokens"' said.out)"
same 'id, role and stop of the record' 'said:1 expert eos' \
	"$(field id <said.out) $(field role <said.out) $(field stop <said.out)"
same 'the last segment says that none follow' 1 "$(grep -c '^{"end":{"count":1,"more":false}}' said.out)"

# The same demonstration in every form.
form() { # NAME FILE OPTION...: reads it from stdin
	form_name=$1 form_file=$2
	shift 2
	cat >"$form_file"
	same "$form_name" "$want" "$(d2t "$@" "$form_file" | tokens)"
}
echo '{"prompt":"It rained","response":" seven times."}' | form response a.jsonl
printf '[\n%s\n]\n' "$said" | form 'a JSON array' a.json
printf 'prompt,completion\n"It rained"," seven times."\n' | form CSV a.csv
printf 'prompt,completion\r\nIt rained, seven times.\r\n' | form 'CSV with CRLF' b.csv
printf 'prompt\tcompletion\nIt rained\t seven times.\n' | form TSV a.tsv
printf 'prompt,completion\nIt rained, seven times.\n' | form 'CSV by -f' a.table -f csv
printf 'completion,prompt\n seven times.,It rained\n\n' | form 'a first field that begins with a blank' c.csv
printf 'system\tprompt\tcompletion\n\tIt rained\t seven times.\n' | form 'a first field that is empty' b.tsv
echo '{"messages":[{"role":"user","content":"It rained"},{"role":"assistant","content":" seven times."}]}' |
	form messages b.jsonl
echo '{"conversations":[{"from":"human","value":"It rained"},{"from":"gpt","value":" seven times."}]}' |
	form ShareGPT c.jsonl
echo '{"instruction":"It rained","input":"","output":" seven times."}' | form Alpaca d.jsonl
echo '{"question":"It rained","answer":" seven times."}' | form questions e.jsonl
echo '{"x":{"y":["It rained"]},"z":" seven times."}' |
	form 'fields by JSON pointers' f.jsonl -f prompt=/x/y/0,response=/z
printf '\357\273\277%s\n' "$said" | form 'a byte order mark' g.jsonl
same 'standard input' "$want" "$(d2t <said.jsonl | tokens)"
same 'the id of standard input has no stem' 1 "$(d2t <said.jsonl | field id)"

# Wrapped.
gzip -kc said.jsonl >said.jsonl.gz
same gzip "$want" "$(d2t said.jsonl.gz | tokens)"
same 'gzip on standard input' "$want" "$(d2t <said.jsonl.gz | tokens)"
gzip -c said.jsonl.gz >twice.gz
same 'gzip in gzip' "$want" "$(d2t twice.gz | tokens)"
gzip -kc a.csv >z.csv.gz
same 'compressed CSV' "$want" "$(d2t z.csv.gz | tokens)"
mkdir dir && cp said.jsonl dir/one.jsonl && cp a.csv dir/two.csv
tar cf all.tar dir && gzip -kc all.tar >all.tgz
same tar "$want
$want" "$(d2t all.tar | tokens)"
same 'tar and gzip' "$(d2t all.tar | tokens)" "$(d2t all.tgz | tokens)"
same 'ids have the stem of the member' 'two:1' "$(d2t 'all.tgz:*.csv' | field id)"
dies 1 'demo2traj: all.tgz: no member matches *.xml' demo2traj -q --json -m policy 'all.tgz:*.xml'
dies 1 'demo2traj: said.jsonl: is no archive, it has no member x' \
	demo2traj -q --json -m policy said.jsonl:x
tar cf none.tar -T /dev/null
dies 1 'demo2traj: none.tar: an archive without members' demo2traj -q --json -m policy none.tar

# Texts.
printf 'It rained.\nSeven times.\n' >two.txt
same 'a text file is one document' 1 "$(d2t two.txt | grep -c '"tokens"')"
same '-f lines: each line is a document' 'two:1 two:2' "$(d2t -f lines two.txt | field id)"
same 'a text begins with BOS' '[0,' "$(d2t two.txt | tokens | cut -c 1-3)"

# Preferences.
echo '{"prompt":"It","chosen":" rained","rejected":" counted"}' >pair.jsonl
d2t pair.jsonl >pair.out
same 'a preference pair: two ids' 'pair:1c pair:1r' "$(field id <pair.out)"
same 'a preference pair: one group' 'pair:1 pair:1' "$(field group <pair.out)"
same 'a preference pair: two roles' 'chosen rejected' "$(field role <pair.out)"
echo '{"prompt":"It","completion":" rained","label":false}' >kto.jsonl
same 'a label of false: the role rejected' rejected "$(d2t kto.jsonl | field role)"

# Several fields of a prompt; a weight; what stands beside an answer.
text() { # DOCUMENT OPTION...: its trajectory as text, after the line of its id
	printf '%s\n' "$1" >text.jsonl
	shift
	demo2traj -q -m policy "$@" text.jsonl | trajcat --text -m policy | tail -n +2
}
same 'context stands before a question' "$(text '{"prompt":"c\n\nq","response":"a"}')" \
	"$(text '{"context":"c","question":"q","answer":"a"}')"
same 'history stands before all, and its answers are actions' 'u[v</s>]q[a</s>]' \
	"$(text '{"instruction":"q","output":"a","history":[["u","v"]]}' | head -n 1)"
same 'history with --turns last' 'uv</s>q[a</s>]' \
	"$(text '{"instruction":"q","output":"a","history":[["u","v"]]}' --turns last | head -n 1)"
same 'content in parts' '<|im_start|>user u v<|im_end|> <|im_start|>assistant [a<|im_end|>]  ' \
	"$(text '{"messages":[{"role":"user","content":[{"type":"text","text":"u "},{"type":"text","text":"v"}]},{"role":"assistant","content":[{"type":"text","text":"a"}]}]}' --template chatml | tr '\n' ' ')"
same 'blanks around prompts and answers are kept' ' q  [ a  </s>]  ' \
	"$(text '{"prompt":" q  ","response":" a \n"}' | tr '\n' ' ')"
echo '{"prompt":"q","chosen":"a","rejected":"b","weight":0.5}' >weight.jsonl
same 'a weight is the weight of both records' 2 "$(d2t weight.jsonl | grep -c '"weight":0.5')"
echo '{"prompt":"q","response":"a","reasoning_content":"hm"}' >thought.jsonl
dies 0 'demo2traj: template plain leaves out: reasoning_content
demo2traj: 1 documents, 1 trajectories, 3 tokens, 0 skipped, 0 cut; template plain' \
	demo2traj --json -m policy thought.jsonl
echo '{"messages":[{"role":"user","content":[{"type":"image"}]}]}' >image.jsonl
dies 1 'demo2traj: image.jsonl:1: field "messages": message 1: field "content": part 1: type "image" is not text' \
	demo2traj -q --json -m policy image.jsonl

# What is not read.
printf '%s\n' '{"prompt":"q","response":"a","id":1,"score":3,"answer":"a"}' \
	'{"prompt":"q","response":"a","score":4,"note":"n"}' >other.jsonl
dies 0 'demo2traj: fields "score" of 2, "note" of 1 documents are not read
demo2traj: 2 documents, 2 trajectories, 6 tokens, 0 skipped, 0 cut; template plain' \
	demo2traj --json -m policy other.jsonl
dies 1 'demo2traj: other.jsonl:1: field "score": not read' \
	demo2traj --json -q -m policy --strict other.jsonl
mkdir asks && cp policy/*.json asks
echo '{% if day %}{{ messages[0].content + messages[1].content }}{% endif %}' >asks/chat_template.jinja
echo '{"prompt":"q","response":"a","day":"Monday"}' >day.jsonl
ok 'a template reads the fields that it asks for' demo2traj -q -m asks --strict -o day.traj day.jsonl

# Templates and system turns.
same 'a custom template' "$want" \
	"$(d2t --template '{prompt}{response}{eos}' said.jsonl | tokens)"
same 'a custom template without {eos} stops by length' length "$(d2t --template '{prompt}{response}' said.jsonl | field stop)"
printf '%s\n' '{"prompt":"Be brief.\n\nIt rained","completion":" seven times."}' >system.jsonl
same '--system adds a system turn' "$(d2t system.jsonl | tokens)" "$(d2t --system 'Be brief.' said.jsonl | tokens)"
same '--keep-text stores prompt and response' 1 "$(d2t --keep-text said.jsonl | grep -cF '"text":{"prompt":"It rained","response":" seven times."}')"

# What is too long.
long='It rained seven times and we counted drops of rain: 1 2 3 4 5 6 7 8 9'
printf '{"prompt":"It","completion":"%s"}\n' "$long$long" >long.jsonl
same 'a response is cut at the context' '64 length' \
	"$(d2t long.jsonl | tokens | sed 's/ .*//' | tr -cd , | wc -c | awk '{ print $1 + 1 }') $(d2t long.jsonl | field stop)"
same '--max-tokens cuts earlier' '8' \
	"$(d2t --max-tokens 8 long.jsonl | tokens | sed 's/ .*//' | tr -cd , | wc -c | awk '{ print $1 + 1 }')"
dies 0 'demo2traj: 1 documents, 1 trajectories, 8 tokens, 0 skipped, 1 cut; template plain' \
	demo2traj --json -m policy --max-tokens 8 long.jsonl
length=$(d2t said.jsonl | tokens | sed 's/.*\[\(.*\),.*/\1/')
dies 1 "demo2traj: said.jsonl:1: the prompt alone has $length tokens, which leaves no room within 2" \
	demo2traj --json -q -m policy --max-tokens 2 said.jsonl

# Bad documents.
printf '%s\n{"prompt":\n%s\n{"prompt":7,"response":"x"}\n%s\n' "$said" "$said" \
	'{"prompt":"p","response":""}' >bad.jsonl
demo2traj -q --json -m policy bad.jsonl >out 2>words
same 'a bad line is an error' 1 $?
same 'the error names the line' 1 "$(grep -c '^demo2traj: bad.jsonl:2: ' words)"
same 'the stream of a failed run has no end' 0 "$(grep -c '"more":false' out)"
dies 0 'demo2traj: 5 documents, 2 trajectories, '"$(d2t said.jsonl said.jsonl | tokens | sed 's/ .*//' | tr -cd '[,' | wc -c)"' tokens, 3 skipped, 0 cut; template plain' \
	demo2traj --json -m policy --on-error skip bad.jsonl
sed -n 4p bad.jsonl >four.jsonl
dies 1 'demo2traj: four.jsonl:1: field "prompt": expected text, found whole number' \
	demo2traj -q --json -m policy four.jsonl
tar cf bad.tar bad.jsonl
demo2traj -q --json -m policy bad.tar >out 2>words
same 'the error names the member of an archive and the line' 1 "$(grep -c '^demo2traj: bad.tar:bad.jsonl:2: ' words)"
# Files that are not what their name says.
other() { # FILE WHAT: refuses what is on stdin
	cat >"$1"
	dies 1 "demo2traj: $1: $2" demo2traj -q --json -m policy "$1"
}
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n' >pointer
lfs='a pointer of Git LFS in place of the file (git lfs pull brings it), not demonstrations'
other a.jsonl "$lfs" <pointer
other pointer.csv "$lfs" <pointer
echo '<!DOCTYPE html><html>' | other page.json 'a web page, not demonstrations'
echo '404: Not Found' | other none.jsonl 'its name says JSON, but it begins with "404: Not Found"'
printf 'PAR1\025\004' | other data.parquet 'a Parquet file (export it as JSON lines or CSV), not demonstrations'
echo '<html> is how a page begins' >page.txt
ok 'a text may be a web page' demo2traj -q --json -m policy -o page.out page.txt
printf 'prompt,completion\na,b\nc\n' >bad.csv
dies 1 'demo2traj: bad.csv:3: 1 fields, the header has 2' demo2traj -q --json -m policy bad.csv
printf '[%s' "$said" >bad.json
dies 1 'demo2traj: bad.json:1: the list does not end' demo2traj -q --json -m policy bad.json
: >empty
perl -e 'print q({"a":[), "{}," x 300000, "{}]}\n"' >tree.jsonl
dies 1 'demo2traj: tree.jsonl:1: a document of more than 2097152 values' \
	demo2traj -q --json -m policy tree.jsonl
dies 1 'demo2traj: no demonstrations' demo2traj -q --json -m policy empty

# Streams are not demonstrations, however they are packed.
demo2traj -q -m policy -o said.traj said.jsonl
demo2traj -q --json -m policy -o said.twin said.jsonl
gzip -kc said.traj >said.traj.gz
tar cf streams.tar said.twin
for f in said.traj said.twin said.traj.gz; do
	dies 1 "demo2traj: $f: a stream of trajectories, not demonstrations
hint: these are trajectories already; trajcat, rollout and divgrad read them as they are" \
		demo2traj -q --json -m policy "$f"
done
dies 1 'demo2traj: streams.tar:said.twin: a stream of trajectories, not demonstrations' \
	demo2traj -q --json -m policy --on-error skip streams.tar
divgrad -q -d fkl policy said.traj >said.grad
dies 1 'demo2traj: said.grad: a gradient, not demonstrations' \
	demo2traj -q --json -m policy said.grad

# Unknown fields: the hint has the mapping that reads them.
echo '{"id":"a1","query":"It rained","reply":" seven times."}' >fields.jsonl
dies 1 'demo2traj: fields.jsonl:1: no known prompt and response among the fields "id", "query", "reply"
hint: say which fields to read: demo2traj -m POLICY -f prompt=/query,response=/reply FILE' \
	demo2traj -q --json -m policy fields.jsonl
same 'the mapping of the hint reads the document' "$want" \
	"$(d2t -f prompt=/query,response=/reply fields.jsonl | tokens)"

# A policy that is not a local directory.
dies 1 'demo2traj: Org/Model: No such file or directory
hint: a policy is a local directory; to download one: hf download Org/Model --local-dir Org/Model' \
	demo2traj -m Org/Model said.jsonl
dies 1 'measure: Org/Model: No such file or directory
hint: a policy is a local directory; to download one: hf download Org/Model --local-dir Org/Model' \
	measure -p Org/Model said.traj
dies 1 'demo2traj: text.txt: not a policy directory
hint: a policy is a local directory; to download one: hf download ORG/MODEL --local-dir ORG/MODEL' \
	demo2traj -m text.txt said.jsonl

# Segments of 1024.
awk 'BEGIN { for (i = 0; i < 2049; i++) print "{\"prompt\":\"a\",\"response\":\"b\"}" }' >many.jsonl
same 'segments of 1024' '1024,"more":true 1024,"more":true 1,"more":false' \
	"$(d2t many.jsonl | sed -n 's/^{"end":{"count":\(.*\)}}/\1/p' | tr '\n' ' ' | sed 's/ $//')"

# Usage.
demo2traj said.jsonl >out 2>words
same 'no policy: a usage error' 2 $?
demo2traj -m policy -f nosuch said.jsonl >out 2>words
same 'an unknown format: a usage error' 2 $?
demo2traj -m policy --template nosuch said.jsonl >out 2>words
same 'an unknown template: a usage error' 2 $?
done_testing
