#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Tasks whose responses are checked: what is made of known lines, what is said
# of known responses, and, with the folder DATA, a run of a few steps.
. "$(dirname "$0")/../lib.sh"
DATA=${DATA:-$ROOT/../shared/data}
e2e=$ROOT/examples/e2e
export OMP_NUM_THREADS=1

record() { # PROMPT RESPONSE [MORE]: as rollout --json --keep-text writes it
	printf '{"id":"x","role":"policy","stop":"eos"%s,"text":{"prompt":"%s","response":"%s"}}\n' \
		"${3:-}" "$1" "$2"
}
check() { awk "$@" -f "$e2e/json.awk" -f "$e2e/$task.awk" -f "$e2e/check.awk"; }
demos() { awk "$@" -f "$e2e/json.awk" -f "$e2e/$task.awk" -f "$e2e/demos.awk" 2>words; }
verdict() { # VERDICT PROMPT RESPONSE
	same "$1: $2 $3" "$1" "$(record "$2" "$3" | check | cut -d ' ' -f 2 | sed 's/1.000/right/; s/0.000/wrong/')"
}

task=e2e
verdict right 'coffee river:' ' NAME is a coffee shop by the river.'
verdict right 'coffee river:' ' The café NAME, riverside'
verdict wrong 'coffee river:' ' NAME is a coffee shop.'
verdict wrong 'coffee river:' ' It is a coffee shop by the river.'
verdict wrong 'coffee river:' ' NAME is a coffee shop by the river in the city centre.'
verdict wrong 'river:' ' NAME is a coffee shop by the river.'
verdict wrong 'coffee river near:' ' NAME is a coffee shop by the river.'
verdict right 'coffee river near:' ' Near NEAR is NAME, a coffee shop on the riverside.'
verdict wrong 'coffee river:' ' NAME is a coffee shop by the river near NEAR.'
verdict right 'English cheap:' ' NAME sells inexpensive British food.'
verdict right 'English dear:' ' NAME sells expensive English food.'
verdict wrong 'English dear:' ' NAME sells inexpensive English food.'
verdict wrong 'English cheap:' ' NAME sells cheap Chinese food.'
verdict right 'Chinese under:' ' NAME has Chinese food for less than £20.'
verdict right 'Chinese middle:' ' NAME has Chinese food in the £20-25 price range.'
verdict right 'Chinese middle:' ' NAME has Chinese food for £20 to £25.'
verdict right 'Chinese over:' ' Chinese food at NAME is more than £30.'
verdict wrong 'Chinese over:' ' Chinese food at NAME is less than £20.'
verdict right 'moderate high:' ' NAME is moderately priced and highly rated.'
verdict right 'dear high:' ' NAME: the price range is high, the customer rating is excellent.'
verdict wrong 'dear high:' ' The price range of NAME is high.'
verdict wrong 'dear high:' ' NAME has high customer ratings.'
verdict right 'one:' ' NAME has one out of five stars.'
verdict right 'five:' ' A five-star place is NAME.'
verdict wrong 'five:' ' NAME is rated 3 out of 5.'
verdict right 'low:' ' NAME has poor ratings.'
verdict right 'average families:' ' NAME is kid-friendly; its rating is average.'
verdict right 'average adults:' " NAME is rated average and isn't family-friendly."
verdict right 'average adults:' ' NAME is a non family friendly place with an average rating.'
verdict right 'average adults:' ' Children are not welcome at NAME, which is of average rating.'
verdict wrong 'average families:' ' NAME is not kid friendly, its rating is average.'
verdict right 'dear families:' ' NAME is not large but expensive and child friendly.'
verdict wrong 'centre unknown:' ' NAME is in the city centre.'
same 'an answer that was cut off is wrong' '1 0.000 0.00 -' \
	"$(record 'river:' ' NAME, river' | sed 's/"eos"/"length"/' | check)"

task=commongen
verdict right 'field look stand:' ' The player stood in the field, looking up.'
verdict wrong 'field look stand:' ' The player stood in the field.'
verdict wrong 'stand:' ' An outstanding player.'
verdict right 'carry child swim:' ' Carried by children who are Swimming'
verdict right 'dance kid room:' ' Kids danced through rooms.'
verdict wrong 'dance:' ' A dan ceiling.'
same 'a demonstration' '{"prompt": "cat couch pet:", "response": " A cat pets a couch."}' \
	"$(record 'cat_N#couch_N#pet_V' 'A  cat pets a couch. ' | demos -v every=.1 -v held=1)"

# From CSV on, read by demo2traj.
task=e2e
cat >mr.csv <<-'EOL'
	mr,ref
	"name[The Mill], eatType[coffee shop], near[Mill Café]","The Mill is a coffee shop near the ""Mill Cafe""."
	"name[Zizzi], area[riverside]",Zizzi by the   river
	"name[Zizzi], area[riverside]",Zizzi
	"name[Zizzi], area[moon]",Zizzi
EOL
seq 9 >digits
mkpolicy -q --like llama --dim 8 --layers 1 --context 512 --vocab 258 --tokenizer-from digits reader
demo2traj -q --json --keep-text -f prompt=/mr,response=/ref -m reader mr.csv >all.jsonl
same 'demonstrations that are right, without names' '{"prompt": "coffee near:", "response": " NAME is a coffee shop near the \"NEAR\"."}
{"prompt": "river:", "response": " NAME by the river"}' "$(demos -v every=.1 -v held=1 <all.jsonl)"
same 'the share of right ones among those that are understood' '3 demonstrations, 0.667 of them right' "$(cat words)"
same 'all=1 prints wrong demonstrations too' 3 "$(demos -v every=.1 -v held=1 -v all=1 <all.jsonl | wc -l)"
same 'without held=1 nothing that is held out is printed' '' "$(demos -v every=.1 <all.jsonl)"
for near in '' ', near[B]'; do
	for food in Chinese English French Indian; do
		record "name[A], food[$food]$near" "A${near:+ near B}, $food"
		record "name[A], food[$food], area[riverside]$near" "A${near:+ near B}, $food, river"
	done
done >many
for seed in 1 2 3; do
	demos -v seed=$seed -v every=2 <many | sort -u >trained
	demos -v seed=$seed -v every=2 -v held=1 <many | sort -u >held
	same "a prompt is held out or trained on, seed $seed" '16 0' \
		"$(cat trained held | wc -l) $(comm -12 trained held | wc -l)"
done

# l is .75 right of the pairs of "river:", and of the other prompt there are none.
{
	record 'river:' ' NAME river' ',"score":[0.5,1.5],"logp":[-1,-2]'
	record 'river:' ' NAME' ',"score":[1],"logp":[-5]'
	record 'river:' ' NAME, river' ',"score":[1],"logp":[-1,-1]'
	record 'centre:' ' NAME' ',"score":[9],"logp":[-1,-1]'
} >scored
same 'share, nats, and how l orders them' '4 0.500 3.00 0.750' "$(check <scored)"

{
	record 'river:' ' NAME river' ',"group":"prompts:1"'
	record 'centre:' ' NAME' ',"group":"prompts:2"'
	record 'river:' ' NAME' ',"group":"prompts:1"'
} >grouped
same 'the share of each prompt' 't1 0.5 prompts:1 t1 0 prompts:2' "$(check -v each=t1 <grouped | xargs)"

# Of three answers one leaves a slot out, and one says another.
{
	record 'river families:' ' NAME river'
	record 'river:' ' NAME river, for families'
	record 'river:' ' NAME river'
} >slots
same 'slots that are left out, and others that are said' '3 0.333 0.333' \
	"$(awk -f "$e2e/json.awk" -f "$e2e/e2e.awk" -f "$e2e/slots.awk" slots)"

# Of two prompts one has three right answers, two of them alike, and the other none.
{
	record 'river:' ' NAME river' ',"group":"prompts:1"'
	record 'river:' ' NAME, river' ',"group":"prompts:1"'
	record 'river:' ' NAME river' ',"group":"prompts:1"'
	record 'centre:' ' NAME' ',"group":"prompts:2"'
} >alike
same 'different right answers' '2 0.750 1.00' \
	"$(awk -f "$e2e/json.awk" -f "$e2e/e2e.awk" -f "$e2e/distinct.awk" alike)"

# Each at its best temperature: k is a control, best at t.5, m a method, best at t1, which
# is above k's best in the first seed and not in the second.
mkdir -p cells/k cells/m
echo 'control: k controls: k show: t1' >cells/grid
best() { # CELL/SEED T1 T.5: of two prompts each
	printf 't1\t%s\tp:1\nt1\t%s\tp:2\nt.5\t%s\tp:1\nt.5\t%s\tp:2\n' 0 "$2" 0 "$3" >"cells/$1.tsv"
}
best k/1 .2 .6
best k/2 .2 1
best m/1 1 .2
best m/2 .8 .2
same 'each at its best temperature' 'm t1 0.450, k t.5 0.400: 1 of 2' \
	"$(awk -v figures='t1 t.5' -f "$e2e/best.awk" cells/grid cells/*/*.tsv)"

# The grids, with so little that nothing is learnt.
grid() { # FOLDER VARIABLE=VALUE...
	folder=$1
	shift
	make -s -C "$ROOT/examples/$folder" OUT="$PWD/$folder" SEEDS=1 "$@" >said 2>&1 || {
		cat said
		return 1
	}
}
few='--batch 16 --epochs 1'
made_n() {
	grid make-n arm.sft="sft $few" arm.more="sft $few" arm.long="sft $few" arm.judge="sft $few" \
		arm.best8="sft $few" rounds="--rounds 1 --no-gate --disc $PWD/make-n/judge/1/policy"
}
ok 'make-n: a grid' made_n
same 'make-n: a row for each arm, one for each but the control, one for each that is no control' '7 6 3' \
	"$(awk '/^\|/ && !/^\| ---/ { n++ } /^$/ { printf "%d ", n - 1; n = 0 } END { print n - 1 }' make-n/table.md)"
ok 'make-n: a report' test -s make-n/report.html
made_n
same 'make-n: a second make does nothing' '' "$(cat said)"
cell=long
small() { # TASK FILE LINES FOLDER VARIABLE=VALUE ...: figures of a cell
	if ! [ -e "$DATA/demos/$2" ]; then
		skip "$1: a grid" "no demonstrations in $DATA"
		return
	fi
	task=$1 file=${2##*/} made=e2e/$4/1 && file=${file%.gz}
	gzip -dc "$DATA/demos/$2" | head -n "$3" >"$file"
	shift 4
	ok "$task: a grid" grid e2e TASK="$task" FROM="$PWD/$file" dim="8" \
		arm.sft="sft $few" tuned="sft $few" long="sft $few" again="sft $few" \
		arm.tv="sft -d tv $few" rounds="--rounds 1 --prompts 2 --max-new 8 --no-gate" "$@"
	prompts=$(wc -l <"$made/prompts.jsonl")
	same "$task: figures of each prompt, nats of each demonstration" \
		"$prompts t1 $prompts best8 $prompts agree8 1 entropy $prompts t.5 $prompts greedy $(wc -l <"$made/held.jsonl") nats" \
		"$(cut -f 1 "e2e/$cell/1.tsv" | grep -Fvx t.7 | uniq -c | tail -n 7 | xargs)"
	ok "$task: intervals over prompts" grep -q '^| the strongest control |' e2e/table.md
	rm -r e2e
}
small e2e e2e-nlg/devset.csv.gz 400 material
small commongen commongen/val.jsonl.gz 200 material ARMS='sft long tv' CONTROLS=sft
students() { # TASK FILE LINES
	small "$1" "$2" "$3" material -f students.mk first="sft $few" more="sft $few" last="sft $few" \
		again='--warmup 1' steps='--steps 2' steps.both='--steps 2' among=3
}
students e2e e2e-nlg/devset.csv.gz 400
cell=tuned
students commongen commongen/val.jsonl.gz 200
seq 99 >digits.txt
mkpolicy -q --like llama --dim 16 --layers 1 --context 256 --vocab 300 --tokenizer-from digits.txt base
adapters() {
	grid e2e -f students-pretrained.mk FROM="$PWD/devset.csv" BASE="$PWD/base" dim=8 arm.tuned='sft --epochs 1' \
		arm.more='sft --epochs 1' arm.most='sft --epochs 1' OPTIONS='-j 1' among=3 again='--warmup 1' steps='--steps 2'
}
if [ -e devset.csv ]; then
	ok 'students with adapters: a grid' adapters
	same 'students with adapters: nats of each demonstration' "$(wc -l <e2e/few/1/held.jsonl) nats" \
		"$(cut -f 1 e2e/student/1.tsv | grep -Fx nats | uniq -c | xargs)"
	prompts=$(wc -l <e2e/few/1/prompts.jsonl)
	same 'answers that are asked for once are taken at each temperature' "$prompts of.7 $prompts of.5" \
		"$(cut -f 1 e2e/likely/1.tsv | uniq -c | xargs)"
	ok 'students with adapters: intervals over prompts' grep -q '^| the strongest control |' e2e/table.md
else
	skip 'students with adapters: a grid' "no demonstrations in $DATA"
fi
done_testing
