#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The front door: what it lists, each stumble of somebody new, and what a run
# promises but its resumption (resume.t).
. "$(dirname "$0")/../lib.sh"
METHODS='sft adversarial distill dpo spin joint reward best-of-n real'

for n in one two three four five six seven eight; do
	printf '{"prompt": "Say %s.", "response": " I say %s, and %s again."}\n' $n $n $n >&3
	printf '{"prompt": "Say %s.", "chosen": " I say %s.", "rejected": " I never say %s."}\n' $n $n $n
done 3>demos.jsonl >pairs.jsonl
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
for method in $METHODS; do
	ok "$method -h" says 0 "^usage: apprentice $method " apprentice "$method" -h
	same "$method -h fits 80 columns" '' "$(awk 'length > 79' said)"
	same "$method -h has --lr and --seed" 2 "$(grep -cE -- '--(lr|seed) ' said)"
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
ok 'other data are refused' says 2 '^apprentice sft: data: ' sft start
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

# Shell that runs.
printed() { # METHOD OPTION ... DATA
	method=$1
	shift
	rm -rf "$method.run" "$method.print"
	apprentice "$method" -q --run "$method.run" "$@" &&
		apprentice "$method" --print --run "$method.print" "$@" >script && [ ! -e "$method.print" ] &&
		grep -q ' | *$' script && bash script && cmp "$method.run/policy/model.safetensors" "$method.print/policy/model.safetensors"
}
ok 'sft --print runs to the same bytes' printed sft --epochs 2 --batch 3 --held 1/4 start demos.jsonl
ok 'dpo --print runs to the same bytes' printed dpo --batch 3 start pairs.jsonl
ok 'adversarial --print runs to the same bytes' printed adversarial --rounds 2 --prompts 4 --samples 2 --no-gate \
	--disc-epochs 1 start demos.jsonl
ok 'spin --print runs to the same bytes' printed spin --rounds 1 --batch 4 start demos.jsonl
ok '--plan tells memory and time' says 0 '^memory about [0-9]+ MiB$' apprentice sft --plan --epochs 2 start demos.jsonl
ok '--plan tells time' grep -qE '^time about [0-9.]+ (s|min|h)$' said

# What is trained, and held out.
ok '--lora makes adapters' apprentice sft -q --lora 4 --run lora start demos.jsonl
ok 'they are the policy of the run' test -f lora/policy/adapter_model.safetensors
cp -R start place
ok '--in-place' apprentice sft -q --in-place --batch 4 place demos.jsonl
ok "the policy itself is trained" test -f place/optimizer-2.safetensors
ln -s start linked
dies 2 'apprentice sft: linked: a symbolic link; --in-place trains the policy itself' \
	apprentice sft --in-place linked demos.jsonl
ok 'something is held out' apprentice sft -q --epochs 12 --batch 4 --lr 1e-2 --held 1/4 --eval-every 5 --run held start demos.jsonl
same 'an evaluation at the start, each five steps, and in the end' '0 5 10 15 20 24' \
	"$(sed 's/.*"step": \([0-9]*\),.*/\1/' held/held.jsonl | xargs)"
ok 'the best step is kept' test -f held/best/model.safetensors
same 'and is the one whose figure is lowest' \
	"$(sed 's/.*"step": \([0-9]*\), "nll_token": \([^,]*\),.*/\2 \1/' held/held.jsonl | sort -g | sed 's/.* //;q')" \
	"$(grep -ao '"apprentice.step":"[0-9]*"' held/best/model.safetensors | tr -dc 0-9)"
same 'samples for prompts that were held out, beside the demonstrations' '2 2' \
	"$(for role in policy expert; do grep -c "\"role\":\"$role\".*\"prompt\":\"Say" held/samples.jsonl; done | xargs)"
ok 'the gate stops' says 3 'stop: fit the discriminator longer' apprentice adversarial --margin 1000 --rounds 1 \
	--disc-epochs 1 --held 1/4 --run gated start demos.jsonl

# Out again.
ok 'export --hf' apprentice export --hf hf held
same 'it has no optimizer' '' "$(find hf -name 'optimizer*')"
ok 'export --gguf' apprentice export --gguf x.gguf held
same 'it is a GGUF file' GGUF "$(head -c 4 x.gguf)"
ok 'the whole method' says 0 '^SFT, continued as long ' apprentice real --rounds 1 --margin -1000 --prompts 4 --held 1/4 \
	--run whole start demos.jsonl
same 'its samples have scores for each token' '2 2' \
	"$(for role in policy expert; do grep -c "\"role\":\"$role\".*\"ratio\":\"calibrated\".*\"scores\":\[-*[0-9]" whole/samples.jsonl; done | xargs)"
done_testing
