#!/bin/sh
# SPDX-License-Identifier: MIT
#
# metrics: event files and tables, and what is refused.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cp "$ROOT/tests/peer/events.jsonl" m.jsonl
ok '--tensorboard makes its folder' metrics --tensorboard runs m.jsonl
same 'the file has the time of the first line' 'events.out.tfevents.1764500000.apprentice' "$(ls runs)"
ok 'it is, byte for byte, what protocol buffers make' cmp runs/* "$ROOT/tests/peer/events.tfevents"
head -n 2 m.jsonl >less.jsonl
ok 'a run that has grown' metrics --tensorboard grown less.jsonl
ok 'is written again' metrics --tensorboard grown m.jsonl
ok 'over the old file' cmp grown/* runs/*
same 'which is the only one' 1 "$(find grown -type f | wc -l)"

printf '{"step":1,"loss":2,"a,b":0.5}\n{"step":2,"time":3,"loss":1}\n' >few.jsonl
same '--csv' 'step,time,loss,"a,b"
1,0.0,2.0,0.5
2,3.0,1.0,' "$(metrics --csv - few.jsonl)"
ok '--csv FILE' metrics --csv table.csv few.jsonl m.jsonl
same 'files follow each other' '1 2 1 200 5000000000' "$(tail -n +2 table.csv | cut -d , -f 1 | xargs)"
ok 'both at once' metrics --csv both.csv --tensorboard both few.jsonl
ok 'both are written' sh -c 'test -s both.csv && test -d both'

# What a pipeline writes.
printf '{"prompt": "Say %s.", "response": " I say so."}\n' one two three four >d.jsonl
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from d.jsonl --vocab 265 p || exit 1
mkpolicy -q --from p disc
demo2traj -q -m p -o d.traj d.jsonl
trajcat --shuffle --repeat 2 --batch 2 d.traj | rollout -q -n 2 -l 6 --follow p |
	discrim -q -e d.traj -p p disc | divgrad -q -d js --follow p | apply-update -q p >run.jsonl
metrics --csv run.csv run.jsonl
same 'the curves of adversarial imitation' '' "$(for key in epoch num_tokens loss grad_norm learning_rate \
	entropy reward js discriminator/accuracy samples/ended samples/length seconds; do
	head -n 1 run.csv | tr , '\n' | grep -qxF "$key" || echo "$key"
done)"
same 'epochs of four steps' '0.5 1.0 1.5 2.0' "$(sed 's/.*"epoch":\([0-9.]*\).*/\1/' run.jsonl | xargs)"

# What is refused leaves no file.
cat few.jsonl - >bad.jsonl <<END
{"step":3,"loss":
END
dies 1 'metrics: bad.jsonl: line 3: line 1 column 17: unexpected token near end of file' \
	metrics --csv bad.csv --tensorboard bad bad.jsonl
ok 'nothing is written of it' sh -c 'test ! -e bad.csv && test ! -e bad'
dies 1 'metrics: none.jsonl: No such file or directory' metrics --csv bad.csv none.jsonl
: >empty.jsonl
dies 1 'metrics: no lines of metrics' metrics --csv bad.csv empty.jsonl
ok 'an empty table is not written' test ! -e bad.csv
dies 1 'metrics: no/such/folder: No such file or directory' metrics --tensorboard no/such/folder few.jsonl
dies 2 'metrics: nothing to write: --tensorboard DIR or --csv FILE' metrics few.jsonl
if [ -c /dev/full ]; then
	dies 1 'metrics: output: No space left on device' sh -c 'exec metrics --csv - few.jsonl >/dev/full'
fi
done_testing
