#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The front door: what it lists, each stumble of somebody new, and what a run
# promises but its resumption (resume.t).
. "$(dirname "$0")/../lib.sh"
METHODS='sft adversarial distill dpo spin joint reward best-of-n match real'

# shellcheck source=tests/demos.sh
. "$ROOT/tests/demos.sh"
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from demos.jsonl --vocab 300 start || exit 1
demo2traj -q -m start -o demos.traj demos.jsonl || exit 1
says() { # STATUS PATTERN COMMAND...: its status, and a line of its words
	status=$1 pattern=$2
	shift 2
	"$@" >said 2>&1
	got=$?
	[ $got -eq "$status" ] && grep -qE -- "$pattern" said && return
	echo "status $got" && cat said && return 1
}
weights() { cksum <"$1/policy/model.safetensors"; }

# What there is.
ok 'apprentice alone lists methods and helpers' says 0 '^  adversarial  ' apprentice
same 'each method is listed' "$METHODS" "$(sed -n '/^Methods/,/^$/s/^  \([a-z-]*\) .*/\1/p' said | xargs)"
same 'apprentice -V' "apprentice $(trajcat -V | cut -d ' ' -f 2)" "$(apprentice -V)"
same 'apprentice TOOL is the tool' "$(divgrad -h)" "$(apprentice divgrad -h)"
dies 2 'apprentice: unknown option --nosuch
hint: apprentice -h lists methods, helpers and tools' apprentice --nosuch
dies 2 'apprentice: stf: not a method, a helper or a tool
hint: did you mean sft?' apprentice stf
ok 'apprentice env names the processor' says 0 '^processor ' apprentice env
ok 'apprentice env says where a file lies' sh -c 'test -f "$(apprentice env experiment.mk)"'
dies 1 "apprentice env: no file nosuch.mk in $ROOT/pipelines" apprentice env nosuch.mk
ok 'apprentice env: usage' says 2 '^usage: apprentice env' apprentice env ../Makefile
for method in $METHODS; do
	ok "$method -h" says 0 "^usage: apprentice $method " apprentice "$method" -h
	same "$method -h fits 80 columns" '' "$(awk 'length > 79' said)"
	same "$method -h has --lr and --seed" 2 "$(grep -cE '^ +(-., )?--(lr|seed) ' said)"
	same "$method: each option has another name" '' "$(grep -oE '^ +(-., )?--[a-z-]+' said | sort | uniq -d)"
done
defaults() { # of all tables, that are not as they are recorded
	bash -c 'die() { exit 1; }
		. "$0/pipelines/options.bash"
		for table in "$0"/pipelines/*.options; do
			while read -r name form standard _; do
				case $standard in -* | auto) continue ;; esac
				case $form in
				[NX]:*)
					IFS=: read -r type least most <<<"$form"
					[ "$(number "$type" "$standard" "$least" "$most")" = "$standard" ] ||
						echo "$table: $name: $standard"
					;;
				esac
			done <"$table"
		done' "$ROOT"
}
same 'defaults are numbers in their ranges, as they are recorded' '' "$(defaults)"

same 'methods.7 has all options' "$(sed -n 's/^\([a-z][a-z-]*\).*/--\1/p' "$ROOT"/pipelines/*.options | sort -u)" \
	"$(sed -n 's/^.It .*Fl -\([a-z-]*\).*/--\1/p' "$ROOT/man/methods.7" | sort -u)"

# Stumbles.
dies 2 'apprentice sft: unknown option --lerning-rate
hint: did you mean --lr?' apprentice sft --lerning-rate 1 start demos.jsonl
dies 2 'apprentice sft: unknown option --epoch
hint: did you mean --epochs?' apprentice sft start --epoch 1 demos.jsonl
dies 2 'apprentice sft: unknown option -Y
hint: apprentice sft -h lists the options' apprentice sft -Y start demos.jsonl
dies 2 'apprentice sft: --lr -1: not between 0 and 1000000' apprentice sft --lr -1 start demos.jsonl
dies 2 'apprentice sft: --lr 1x: not a number' apprentice sft --lr=1x start demos.jsonl
dies 2 'apprentice sft: --epochs x: not a whole number' apprentice sft --epochs x start demos.jsonl
dies 2 'apprentice sft: --batch 0: not between 1 and 1000000000' apprentice sft --batch 0 start demos.jsonl
dies 2 'apprentice sft: --schedule step: not one of constant linear cosine' apprentice sft --schedule step start demos.jsonl
dies 2 'apprentice sft: --lr: missing value' apprentice sft start demos.jsonl --lr
dies 2 'apprentice sft: --force: takes no value' apprentice sft --force=1 start demos.jsonl
dies 2 "apprentice sft: missing operand: POLICY, the policy's directory" apprentice sft
dies 2 'apprentice sft: missing operand: DATA, demonstrations or a stream of trajectories' apprentice sft start
dies 1 'apprentice sft: nowhere.jsonl: no such file' apprentice sft start nowhere.jsonl
dies 1 'apprentice sft: Some/Model: no such directory: a policy is a local directory
hint: to download one: hf download Some/Model --local-dir Model' apprentice sft Some/Model demos.jsonl
mkdir empty
dies 1 'apprentice sft: empty: not a policy: it has neither config.json nor adapter_config.json' \
	apprentice sft empty demos.jsonl
dies 1 'apprentice dpo: demos.jsonl: no pairs: dpo wants a chosen and a rejected response to each prompt
hint: demonstrations are for: apprentice sft' apprentice dpo start demos.jsonl
dies 1 'apprentice sft: pairs.jsonl: 0 of 16 trajectories are demonstrations: sft reads no others
hint: pairs of a chosen and a rejected response are for: apprentice dpo' apprentice sft start pairs.jsonl
dies 2 'apprentice distill: missing option: --teacher DIR, a policy with the same tokenizer' apprentice distill start demos.jsonl
dies 2 'apprentice reward: missing option: --program COMMAND, which rewards samples' apprentice reward start demos.jsonl
dies 2 'apprentice sft: --keep and --eval-every have no effect without --held' apprentice sft --keep last start demos.jsonl
dies 2 'apprentice sft: --held 1/x: not a file, and not 1/N, one prompt in N' apprentice sft --held 1/x start demos.jsonl
echo 'no json' >bad.jsonl
ok 'the words of a tool that fails are shown' says 1 '^  demo2traj: bad.jsonl' apprentice sft start bad.jsonl
echo '{"foo": "a", "bar": "b"}' >odd.jsonl
ok 'fields that are unknown' says 1 'no known prompt and response' apprentice sft start odd.jsonl
same 'their hint is of --read' "  hint: say which fields to read: --read '-f prompt=/foo,response=/bar'" "$(grep hint: said)"
ok 'what it says can be done' apprentice sft -q --read '-f prompt=/foo,response=/bar' --run odd start odd.jsonl
dies 1 'apprentice sft: odd: the folder of a run, not a policy
hint: its policy is odd/best, or else odd/policy' apprentice sft odd demos.jsonl
ok 'int8 without adapters' says 1 '^  hint: int8 is for adapters, whose base is frozen: --lora 16; ' \
	apprentice sft --compute int8 --run odd --force start demos.jsonl
ok 'a program that rewards nothing' says 1 '^  hint: --program adds "score": \[NUMBER\] to each line' \
	apprentice reward --program cat --rounds 1 --prompts 2 --max-new 2 --run odd --force start demos.jsonl
ok 'one that does not pass on the header' says 1 '^  hint: --program passes on each line' \
	apprentice reward --program 'grep -v apprentice' --rounds 1 --prompts 2 --max-new 2 --run odd --force start demos.jsonl
rm -r odd
same 'nothing half made is left' '' "$(find . -name 'start.*')"

# A run.
before=$(cat start/* | cksum)
sft() { apprentice sft --epochs 2 --batch 4 --lr 3e-3 "$@" demos.jsonl; }
ok 'a run' says 0 '^kept: start.sft/policy$' sft start/
same 'POLICY is as it was' "$before" "$(cat start/* | cksum)"
same 'it is beside POLICY' 'demos.traj log metrics.jsonl policy run.json saved' "$(cd start.sft && echo *)"
same 'a line for each step' 4 "$(wc -l <start.sft/metrics.jsonl)"
object() { # NAME ...: of run.json
	perl -MJSON::PP -e 'local $/; open my $f, "<", shift or die; my $r = decode_json(<$f>);
		print join " ", map { my $x = $r; $x = ref $x eq "ARRAY" ? $x->[$_] : $x->{$_} for split /\./; $x // "null" } @ARGV' \
		start.sft/run.json "$@"
}
same 'run.json says what it was' 'sft done start 0 demos.jsonl 8 0.003 2 1 4' \
	"$(object method state policy.path policy.step data.0.path data.0.records settings.lr settings.epochs settings.seed summary.steps)"
ok 'the same command says that it is done' says 0 '^apprentice: start.sft: done: all 4 steps are made$' sft start
same 'and adds nothing' 4 "$(wc -l <start.sft/metrics.jsonl)"
ok 'the environment changes nothing' env LR=1 EPOCHS=9 BATCH=1 SEED=3 STEPS=1 \
	apprentice sft -q --epochs 2 --batch 4 --lr 0.003 --run other start demos.jsonl
same 'the same settings make the same bytes' "$(weights start.sft)" "$(weights other)"
ok 'trajectories are read like demonstrations' apprentice sft -q --epochs 2 --batch 4 --lr 3e-3 --run stream start demos.traj

# Refused.
dies 2 'apprentice sft: lr: 0.003 there, 0.5 here
apprentice sft: seed: 1 there, 2 here
apprentice sft: start.sft: a run of something else' sft --lr .5 --seed 2 start
cp -R start kept && cp demos.jsonl kept.jsonl
echo '{"prompt": "More.", "response": " More."}' >>demos.jsonl
ok 'data that have changed are refused' says 2 \
	'^apprentice sft: data: demos.jsonl has changed since the run began: 8 records, [0-9]+ bytes there, [0-9]+ bytes here$' sft start
: >demos.jsonl
dies 1 'apprentice sft: demos.jsonl: an empty file' sft start
cp kept.jsonl others.jsonl && echo >>others.jsonl
dies 2 'apprentice sft: data: demos.jsonl there, others.jsonl here
apprentice sft: start.sft: a run of something else' apprentice sft --epochs 2 --batch 4 --lr 3e-3 start others.jsonl
dies 2 'apprentice sft: data files: 1 there, 2 here
apprentice sft: start.sft: a run of something else' apprentice sft --epochs 2 --batch 4 --lr 3e-3 start others.jsonl kept.jsonl
rm others.jsonl
cp kept.jsonl demos.jsonl
rm -r start && mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from demos.jsonl --vocab 300 start
ok 'a policy that was removed and made again is another' says 2 '^apprentice sft: policy: ' sft start
ok '--force begins from the start' sft -q --force start
rm -r start && mv kept start
ok 'a run of another method is refused' says 2 '^apprentice dpo: method: sft there, dpo here$' \
	apprentice dpo --run start.sft start pairs.jsonl
ok 'a folder that is no run is left alone' says 2 '^apprentice sft: empty: exists, and is not a run$' \
	sft --run empty --force start
exec 8<start.sft
flock 8
ok 'a second process is refused' says 1 '^apprentice sft: start.sft: another process is at work on it$' sft --force start
exec 8<&-
cat >damaged.jsonl <<'END'
{"prompt": "a", "response": " b"}
END
cp -R start broken
ok 'a run that stands before a failure' apprentice sft -q --epochs 2 --run fails broken demos.jsonl
same 'a tool that fails: status and last words' '1 1' "$(
	sed 's/"state": "done"/"state": "stopped"/' fails/run.json >x && mv x fails/run.json
	rm -r fails/saved && : >fails/metrics.jsonl && printf x >fails/policy/model.safetensors
	apprentice sft --epochs 2 --run fails broken demos.jsonl >/dev/null 2>said
	printf '%s ' $?
	grep -c 'fails/policy' said | sed 's/[1-9][0-9]*/1/')"

# What it will take.
ok '--plan tells memory and time' says 0 '^memory about [0-9]+ MiB$' apprentice sft --plan --epochs 2 start demos.jsonl
ok '--plan tells time' grep -qE '^time about [0-9.]+ (s|min|h)$' said

# What is trained, and held out.
weights() { # FOLDER: of the policy of a run
	tail -c 1000 "$1"/policy/adapter_model.safetensors | cksum
}
ok '--lora makes adapters' apprentice sft -q --lora 4 --run lora start demos.jsonl
ok 'they are the policy of the run' test -f lora/policy/adapter_model.safetensors
ok 'adapters are trained on' apprentice sft -q --run lora.more lora/policy demos.jsonl
ok 'and stay adapters, as large as they were' test "$(wc -c <lora.more/policy/adapter_model.safetensors)" = "$(wc -c <lora/policy/adapter_model.safetensors)"
apprentice sft --print --run printed lora/policy demos.jsonl >printed.sh
bash printed.sh >words 2>&1
same 'by the printed pipe, too' "$(weights lora.more)" "$(weights printed)"
ok 'a reference of adapters is adapters' apprentice spin -q --batch 8 --rounds 1 --run lora.spin lora/policy demos.jsonl
ok 'of no other matrices' test -f lora.spin/round-0/adapter_model.safetensors
dies 2 'apprentice sft: --lora: lora/policy has adapters itself, which are trained on without it
hint: mkpolicy --from lora/policy NEW merges them into a policy' apprentice sft --lora 4 --run twice lora/policy demos.jsonl
cp -R start place
ok '--in-place' apprentice sft -q --in-place --batch 4 place demos.jsonl
ok "the policy itself is trained" test -f place/optimizer-2.safetensors
ln -s start linked
dies 2 'apprentice sft: linked: a symbolic link; --in-place trains the policy itself' \
	apprentice sft --in-place linked demos.jsonl
mkdir weights && for f in start/*; do ln -s "../$f" weights; done
dies 2 'apprentice sft: weights/model.safetensors: a symbolic link; --in-place trains the policy itself' \
	apprentice sft --in-place weights demos.jsonl
ok 'something is held out' apprentice sft -q --epochs 12 --batch 4 --lr 1e-2 --held 1/4 --eval-every 5 --run held start demos.jsonl
same 'an evaluation at the start, each five steps, and in the end' '0 5 10 15 20 24' \
	"$(sed 's/.*"step": \([0-9]*\),.*/\1/' held/held.jsonl | xargs)"
ok 'the best step is kept' test -f held/best/model.safetensors
same 'and is the one whose figure is lowest' \
	"$(sed 's/.*"step": \([0-9]*\), "nll_token": \([^,]*\),.*/\2 \1/' held/held.jsonl | sort -g | sed 's/.* //;q')" \
	"$(grep -ao '"apprentice.step":"[0-9]*"' held/best/model.safetensors | tr -dc 0-9)"
same 'samples for prompts that were held out, beside the demonstrations' '2 2' \
	"$(for role in policy expert; do grep -c "\"role\":\"$role\".*\"prompt\":\"Say" held/samples.jsonl; done | xargs)"
ok 'an average is held out and kept' says 0 '^kept: ema/average$' apprentice sft --epochs 3 --batch 4 --lr 1e-2 --ema 0.8 \
	--held 1/4 --eval-every 2 --keep last --run ema start demos.jsonl
same 'the figure is that of the average' "$(sed -n '$s/.*"nll_token": \([^,]*\),.*/\1/p' ema/held.jsonl)" \
	"$(measure -q -p ema/average ema/held.traj | sed 's/.*"nll_token": \([^,]*\),.*/\1/')"
ok 'the average is what apply-update keeps' mkpolicy -q --from ema/policy --ema \
	--id "$(grep -ao '"apprentice.id":"[0-9a-f]*"' ema/average/model.safetensors | cut -d '"' -f 4)" taken
ok 'to the byte' cmp taken/model.safetensors ema/average/model.safetensors
ok 'the best average is kept' apprentice sft -q --epochs 3 --batch 4 --lr 1e-2 --ema 0.8 --held 1/4 --eval-every 2 \
	--run best start demos.jsonl
same 'and nothing else' 'best demos.traj held.jsonl held.traj log metrics.jsonl policy run.json samples.jsonl saved' "$(cd best && echo *)"
same 'its tensors are those of the average' "$(tail -c 1000 taken/model.safetensors | cksum)" \
	"$(tail -c 1000 best/best/model.safetensors | cksum)"
ok 'an average of adapters' apprentice sft -q --lora 4 --ema 0.8 --run ema.lora start demos.jsonl
ok 'is adapters' test -f ema.lora/average/adapter_model.safetensors
ok 'export takes the average' apprentice export --hf averaged ema
same 'of which it has the tensors' "$(tail -c 1000 taken/model.safetensors | cksum)" "$(tail -c 1000 averaged/model.safetensors | cksum)"
dies 2 'apprentice real: real makes several policies: --in-place and --ema do not go with it' \
	apprentice real --ema 0.9 start demos.jsonl
ok 'the gate stops' says 3 'stop: fit the discriminator longer' apprentice adversarial --margin 1000 --rounds 1 \
	--disc-epochs 1 --held 1/4 --run gated start demos.jsonl
mkpolicy -q --from held/best as-long || exit 1
ok 'the gate asks a control that was trained as long, too' says 3 'stop: fit the discriminator longer' \
	apprentice adversarial --margin -10 --control as-long --rounds 1 --disc-epochs 1 --held 1/4 --run control start demos.jsonl
same 'and says both' 2 "$(grep -c '^gate: held-out nats per trajectory: ' control/log)"
dies 2 'apprentice adversarial: --control has no effect with --no-gate' \
	apprentice adversarial --control as-long --no-gate start demos.jsonl

# Names of divergences, and options without effect, before any work.
before=$(ls -A)
names='fkl rkl js jsd:B alpha:A hellinger pearson neyman jeffreys tv skl:A srkl:A logd lecam'
for method in sft 'distill --teacher start' adversarial real; do
	# shellcheck disable=SC2086
	dies 2 "apprentice ${method%% *}: -d jss: not one of $names reward dpo ipo simpo orpo kto spin iq:LAMBDA prefix
hint: did you mean js?" apprentice $method -d jss start demos.jsonl
	# shellcheck disable=SC2086
	dies 2 "apprentice ${method%% *}: -d dpo: not a divergence, which ${method%% *} wants
hint: divergences(7) has their names" apprentice $method -d dpo start demos.jsonl
done
dies 2 'apprentice real: -d reward: not a divergence, which real wants' apprentice real -d reward start demos.jsonl
ok 'a divergence without a value for one-hot demonstrations' says 2 '^apprentice sft: -d rkl with --one-hot: ' \
	apprentice sft -d rkl start demos.jsonl
dies 2 "apprentice dpo: --regularizer nosuch: not one of $names" apprentice dpo --regularizer nosuch start pairs.jsonl
mebibytes() { # OPTION ...: that --plan says
	apprentice best-of-n --plan --by agreement "$@" start demos.jsonl | sed -n 's/^memory about \([0-9]*\) MiB$/\1/p'
}
ok '--plan counts the fine-tuning beside best-of-n' test "$(mebibytes)" -gt "$(mebibytes --sft 0)"
ok 'a divergence may be annealed' says 0 '^time about' apprentice adversarial -d alpha:1..0/400 --no-gate --plan start demos.jsonl
for option in warmup=2 keep=last eval-every=3; do
	dies 2 "apprentice real: --${option%=*} has no effect in real: each part has its own warmup, and keeps its last step" \
		apprentice real "--$option" start demos.jsonl
done
for option in disc-epochs disc-batch disc-fit-lr disc-decay; do
	dies 2 "apprentice adversarial: --$option has no effect with --disc, which is already fitted" \
		apprentice adversarial --disc start --$option 1 start demos.jsonl
done
dies 2 'apprentice adversarial: --margin has no effect with --no-gate' \
	apprentice adversarial --margin 1 --no-gate start demos.jsonl
dies 2 'apprentice best-of-n: missing option: --judge DIR, which scores samples
hint: --by agreement needs none' apprentice best-of-n start demos.jsonl
for by in agreement logp/token; do
	for option in judge base; do
		dies 2 "apprentice best-of-n: --$option has no effect with --by $by" \
			apprentice best-of-n --by $by --$option start start demos.jsonl
	done
done
dies 2 'apprentice best-of-n: --by logp: not one of score logp/token agreement' apprentice best-of-n --by logp start demos.jsonl
dies 2 'apprentice best-of-n: --samples 2: --by agreement needs 3 of each prompt' \
	apprentice best-of-n --by agreement --samples 2 start demos.jsonl
for option in 'samples 1' 'max-new 1' 'future 1' 'sampler teacher'; do
	# shellcheck disable=SC2086
	dies 2 "apprentice distill: --${option% *} has no effect with --prompts 0" \
		apprentice distill --teacher start --prompts 0 --given 2 --$option start demos.jsonl
done
for option in 'mix arithmetic' 'future 1'; do
	# shellcheck disable=SC2086
	dies 2 "apprentice distill: --${option% *} has no effect with --sampler teacher" \
		apprentice distill --teacher start --teacher start --sampler teacher --$option start demos.jsonl
done
dies 2 'apprentice sft: --floor has no effect with --schedule constant' \
	apprentice sft --schedule constant --floor 0.2 start demos.jsonl
dies 2 'apprentice sft: --read has no effect: there are streams of trajectories alone' \
	apprentice sft --read '-f csv' start demos.traj
mkpolicy -q --like llama --dim 16 --layers 1 --tokenizer-from pairs.jsonl --vocab 300 foreign
for option in 'distill --teacher' 'distill --teacher start --teacher' 'adversarial --disc' 'real --disc' \
	'adversarial --control' 'best-of-n --judge' 'best-of-n --judge start --base' 'match --features'; do
	# shellcheck disable=SC2086
	dies 1 "apprentice ${option%% *}: --${option##*--} foreign: another tokenizer than that of start" \
		apprentice $option foreign start demos.jsonl
done
rm -r foreign
# A tokenizer that knows digits alone.
seq 9 >digits && mkpolicy -q --like llama --dim 8 --layers 1 --tokenizer-from digits --vocab 12 counts
echo '{"prompt": "1", "response": "2"}' >counts.jsonl
ok 'a tokenizer with few characters is one' says 0 '^time about' apprentice distill --plan --prompts 1 --teacher counts counts counts.jsonl
ok 'samples of teachers are foretold' says 0 '^time about' apprentice distill --plan --sampler teacher --prompts 1 --teacher counts counts counts.jsonl
dies 1 'apprentice distill: --teacher start: another tokenizer than that of counts' \
	apprentice distill --teacher start counts counts.jsonl
rm -r counts counts.jsonl digits
same 'all that leaves nothing' "$before" "$(ls -A)"

# Out again.
ok 'export --hf' apprentice export --hf hf held
same 'it has no optimizer' '' "$(find hf -name 'optimizer*')"
ok 'export --gguf' apprentice export --gguf x.gguf held
same 'it is a GGUF file' GGUF "$(head -c 4 x.gguf)"
ok 'the whole method' says 0 '^SFT, continued as long ' apprentice real --rounds 1 --margin -1000 --prompts 4 --held 1/4 \
	--run whole start demos.jsonl
ok 'the whole method with adapters' apprentice real -q --lora 4 --rounds 1 --margin -1000 --prompts 4 --held 1/4 \
	--run whole.lora start demos.jsonl
same 'each part trains them' 4 "$(cat whole.lora/*/policy/adapter_config.json | grep -c base_model_name_or_path)"
same 'no weights of the base are written' '' "$(find whole.lora -name model.safetensors)"
ok 'export takes what its verdict keeps' apprentice export --hf kept.real whole
kept=$(sed -n 's/.*"keep": "\([^"]*\)".*/\1/p' whole/compare.json)
from=$(grep -o "{\"name\": \"$kept\", \"policy\": \"[^\"]*" whole/compare.json | sed 's/.*"//')
mkpolicy -q --from "$from" plain
ok 'by its tensors' sh -c 'tail -c 1000 plain/model.safetensors >one; tail -c 1000 kept.real/model.safetensors | cmp - one'
ok 'chat does, too' says 1 '^rollout: the policy has no chat template$' apprentice chat whole
sed -i 's/"keep": "[^"]*"/"keep": "rkl"/' whole/compare.json
mv whole elsewhere
ok 'and when the run has moved' apprentice export --hf kept.moved elsewhere
mkpolicy -q --from elsewhere/rounds/policy plain.moved
ok 'it is what it keeps there' sh -c 'tail -c 1000 plain.moved/model.safetensors >one; tail -c 1000 kept.moved/model.safetensors | cmp - one'
rm elsewhere/compare.json
ok 'without a comparison, of the rounds' apprentice export --hf kept.rounds elsewhere
mv elsewhere whole
ok 'export of a run in place' apprentice export --hf kept.place place.sft
same 'is of the policy' "$(mkpolicy -q --from place plain.place && tail -c 1000 plain.place/model.safetensors | cksum)" \
	"$(tail -c 1000 kept.place/model.safetensors | cksum)"
same 'its samples have scores for each token' '2 2' \
	"$(for role in policy expert; do grep -c "\"role\":\"$role\".*\"ratio\":\"calibrated\".*\"scores\":\[-*[0-9]" whole/samples.jsonl; done | xargs)"
done_testing
