#!/bin/sh
# SPDX-License-Identifier: MIT
# apply-update: what a step does, what is refused, what a run leaves behind.
# The policy is a llama of one layer and width 4, all zero, written by hand;
# model.norm.weight lies last in its file.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

policy() { # DIR
	rm -rf "$1" && mkdir "$1" && cat >"$1/config.json" <<-'END'
	{"model_type": "llama", "architectures": ["LlamaForCausalLM"],
	 "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1,
	 "num_key_value_heads": 1, "intermediate_size": 4, "vocab_size": 4,
	 "max_position_embeddings": 8, "rms_norm_eps": 1e-5,
	 "tie_word_embeddings": true, "hidden_act": "silu",
	 "rope_theta": 10000.0, "bos_token_id": 1, "eos_token_id": 2}
	END
	at=0
	text='{"__metadata__":{"apprentice.id":"me","apprentice.step":"0"}'
	for t in embed_tokens:4,4 layers.0.input_layernorm:4 \
		layers.0.self_attn.q_proj:4,4 layers.0.self_attn.k_proj:4,4 \
		layers.0.self_attn.v_proj:4,4 layers.0.self_attn.o_proj:4,4 \
		layers.0.post_attention_layernorm:4 \
		layers.0.mlp.gate_proj:4,4 layers.0.mlp.up_proj:4,4 \
		layers.0.mlp.down_proj:4,4 norm:4; do
		case $t in *,*) n=64 ;; *) n=16 ;; esac
		text="$text,\"model.${t%:*}.weight\":{\"dtype\":\"F32\",\"shape\":[${t#*:}],\"data_offsets\":[$at,$((at + n))]}"
		at=$((at + n))
	done
	text="$text}"
	while [ $((${#text} % 8)) -ne 0 ]; do text="$text "; done
	{
		# shellcheck disable=SC2059
		printf "$(printf '\\%03o\\%03o\\000\\000\\000\\000\\000\\000' \
			$((${#text} % 256)) $((${#text} / 256)))"
		printf '%s' "$text"
		head -c "$at" /dev/zero
	} >"$1/model.safetensors"
}

# grad HEADER NAME OF DATA...: a segment as text, one record
grad() {
	head=$1 name=$2 of=$3
	shift 3
	printf '{"apprentice":{"kind":"grad","version":1,%s}}\n' "$head"
	printf '{"name":"%s","offset":0,"of":%s,"data":[%s]}\n' "$name" "$of" "$*"
	echo '{"end":{"count":1,"more":false}}'
}
norm() { # HEADER DATA: the gradient of model.norm.weight
	grad "$1" model.norm.weight 4 "$2"
}
weights() { # DIR: model.norm.weight
	tail -c 16 "$1/model.safetensors" | od -A n -t f4 | xargs
}
field() { # NAME: its value in each line of metrics
	sed "s/.*\"$1\":\([^,}]*\).*/\1/" metrics | xargs
}
h='"objective":"fkl","unit":"token","units":2,"weight":1'
sgd='--optimizer sgd --lr 1 --clip-norm 0'

# What a step is.
policy p
norm "$h,\"stats\":{\"divgrad.loss\":3,\"loss\":7,\"discrim.loss\":5}" 2,4,6,8 >g
# shellcheck disable=SC2086
ok 'a step of sgd' sh -c "apply-update -q $sgd p g >metrics"
same 'sgd: weights are w - lr * sums / units' '-1 -2 -3 -4' "$(weights p)"
same 'metrics: the number of the step' 1 "$(field step)"
same 'metrics: the norm of the gradient' 5.477225575051661 "$(field grad_norm)"
same 'metrics: stats of divgrad, and those without a tool, are means' '1.5 3.5' \
	"$(field divgrad.loss) $(field loss)"
same 'metrics: stats of other tools come as they are' 5.0 "$(field discrim.loss)"
same 'metrics: flat keys of the objective' '1.5 1.0' \
	"$(sed 's/,"objectives".*//' metrics | sed 's/.*"loss":\([^,}]*\).*/\1/') $(field learning_rate)"
tensors() { # FILE: the names of its tensors
	LC_ALL=C sed 's/^.\{8\}//;q' "$1" | grep -ao '"[a-z.]*":{' | tr -d '":{' | sort | xargs
}
same 'sgd keeps counts alone' 'tokens updates' "$(tensors p/optimizer-1.safetensors)"

policy p
norm "$h" 2,4,6,8 >a
norm "${h%2,*}6,\"weight\":1" 6,4,2,0 >b
ok 'two shards of one objective' sh -c "apply-update -q $sgd p a b >metrics"
same 'sums and units of shards add' '-1 -1 -1 -1' "$(weights p)"
policy p
norm '"objective":"rkl","unit":"pair","units":4,"weight":0.5' 8,8,8,8 >c
ok 'two objectives' sh -c "apply-update -q $sgd p a c >metrics"
same 'objectives add weight * sums / units' '-2 -3 -4 -5' "$(weights p)"

policy p
ok '--clip-norm' sh -c "apply-update -q ${sgd%0}5 p >metrics <<-END
	$(norm "$h" 0,0,-12,16)
	END"
same '--clip-norm scales the gradient to the bound' '0 0 3 -4' "$(weights p)"
same '--clip-norm: metrics have clipped, and the norm before' 'true 10.0' "$(field clipped) $(field grad_norm)"

policy p
norm "$h" 3e38,0,0,0 | sed 's/"units":2/"units":0.1/' >bad
cat bad a >both
ok 'a gradient whose norm is not finite, and another' sh -c "apply-update -q $sgd p both >metrics"
same 'a norm that is not finite: the step is skipped, and the next is not' 'true false' "$(field skipped)"
same 'a norm that is not finite: the skipped step moves nothing' '-1 -2 -3 -4' "$(weights p)"
policy p
for i in 1 2 3 4 5 6 7 8 9 10 11; do cat bad; done >often
dies 1 'apply-update: 10 gradients in a row were not finite' \
	apply-update -q p often
same 'ten skipped steps move nothing' '0 0 0 0' "$(weights p)"

# Streams of unequal length, empty segments.
policy p
cat a a >twice
# shellcheck disable=SC2086
dies 0 'apply-update: a: ended before the others: it contributes nothing from step 2 on
apply-update: 2 steps, now at step 2' apply-update $sgd p twice a
same 'the rest of the longer stream is applied' '-2 -4 -6 -8' "$(weights p)"
printf '{"apprentice":{"kind":"grad","version":1,%s}}\n%s\n' "$h" \
	'{"end":{"count":0,"more":false}}' >empty
policy p
cat empty a empty >mixed
ok 'empty segments around a gradient' sh -c "apply-update -q p mixed >metrics"
same 'empty segments are no steps' 1 "$(field step)"
dies 1 'apply-update: nothing to do: no gradient came' \
	apply-update -q p empty

# What is refused leaves every byte.
policy p
cksum p/* >before
with() { # FIELDS: of another policy, step, ...
	norm "$h,$1" 1,1,1,1 >x
}
refuses() { # WORDS
	dies 1 "apply-update: $1" apply-update -q p x
	cksum p/* | cmp -s - before
	tap $? 'a refused gradient changes nothing'
}
at='x: segment 1'
with '"policy":{"id":"you","step":0}'
refuses "$at: a gradient of policy you, but p is me"
with '"policy":{"id":"me","step":1}'
refuses "$at: a gradient of step 1, but p is at step 0"
grad "$h" model.nobody 4 1,1,1,1 >x
refuses "$at, record 1: tensor \"model.nobody\": the policy has none of that name"
grad "$h" model.norm.weight 5 1,1,1,1 >x
refuses "$at, record 1: tensor \"model.norm.weight\" has 5 elements, in the policy 4"
norm "$h" 1,1,1 >x
refuses "$at: tensor \"model.norm.weight\": elements from 3 on are missing, it has 4"
norm "$h" 1,1,1,1 | sed 's/"units":2/"units":0/' >x
refuses "$at: header: field \"units\": expected a number above 0, found 0"
norm "$h" 1,1,1,1 | sed 's/"weight":1/"weight":2/' >x
dies 1 "apply-update: $at: objective \"fkl\": weight 2, but 1 in the shards before" \
	apply-update -q p a x
policy p
norm "$h" 1,1,1,1 >x
norm "$h,\"policy\":{\"id\":\"me\",\"step\":0}" 1,1,1,1 >old
ok 'a first gradient moves the policy on' apply-update -q p x
dies 1 'apply-update: old: segment 1: a stale gradient of step 0, but p is at step 1' \
	apply-update -q p old
ok '--stale 1 allows a gradient of the step before' apply-update -q --stale 1 p old

# A run in two halves is a whole one; the state lies beside the weights.
policy p
policy q
for i in 1 2 3 4 5; do norm "$h" "$i,-1,2,-$i"; done >five
head -n 6 five >two
tail -n +7 five >three
how='-q --lr 0.1 --decay 0.1 --schedule cosine --steps 6 --warmup 2 --floor 0.1'
ok 'five steps at once' sh -c "apply-update $how p five >metrics"
same '--schedule cosine with --warmup: the rates of five steps' 4 "$(field lr | tr ' ' '\n' | sort -u | wc -l | xargs)"
ok 'two steps of five' sh -c "apply-update $how -j 2 q two >metrics"
ok 'the other three of five' sh -c "apply-update $how q three >metrics"
ok 'two runs give the weights of one' cmp p/model.safetensors q/model.safetensors
ok 'two runs give the state of one' cmp p/optimizer-5.safetensors q/optimizer-5.safetensors
same 'only the newest state is kept' p/optimizer-5.safetensors \
	"$(find p -name 'optimizer*')"
dies 0 "apply-update: p: step 5: its optimizer state is of another optimizer: moments start at zero
apply-update: 1 steps, now at step 6" apply-update --optimizer lion p a
cp -R p lost
rm lost/optimizer-6.safetensors
dies 0 'apply-update: lost: step 6: it has no optimizer state: moments start at zero
apply-update: 1 steps, now at step 7' apply-update --optimizer lion lost a
ok '--keep 2' apply-update -q --optimizer lion --keep 2 p five
same '--keep 2 keeps the newest two steps' 'p/step-000010 p/step-000011' \
	"$(find p -name 'step-*' | sort | xargs)"
for s in step 0.5 never; do
	ok "--sync $s" apply-update -q --optimizer lion --sync $s p a
done

# An average of the weights.
mean() { # DIR: model.norm.weight of its average
	rm -rf mean && mkpolicy -q --from "$1" --ema mean && weights mean
}
policy p
# shellcheck disable=SC2086
ok 'two steps with an average' sh -c "cat a a | apply-update -q $sgd --ema 0.75 p >metrics"
same 'the weights do not depend on it' '-2 -4 -6 -8' "$(weights p)"
same '--ema 0.75: a quarter of each step, from the start' '-0.6875 -1.375 -2.0625 -2.75' "$(mean p)"
same 'the average as a policy is at step 0' 1 "$(grep -ac '"apprentice.step":"0"' mean/model.safetensors)"
cp -R p left
# shellcheck disable=SC2086
dies 0 'apply-update: left: step 2: going on with its average of the weights, whose decay is 0.75
apply-update: 1 steps, now at step 3' apply-update $sgd left a
# shellcheck disable=SC2086
ok 'the same with --ema' apply-update -q $sgd --ema 0.75 p a
ok 'without --ema an average is kept on' cmp p/optimizer-3.safetensors left/optimizer-3.safetensors
# shellcheck disable=SC2086
ok 'a skipped step' sh -c "apply-update -q $sgd --ema 0.75 p bad >metrics 2>words"
same 'a skipped step leaves the average as it is' "$(mean left)" "$(mean p)"
# shellcheck disable=SC2086
dies 0 'apply-update: p: step 4: the decay of its average was 0.75, and is 0.5 from now on
apply-update: 1 steps, now at step 5' apply-update $sgd --ema 0.5 p a
# shellcheck disable=SC2086
dies 0 'apply-update: p: step 5: its average of the weights is dropped
apply-update: 1 steps, now at step 6' apply-update $sgd --ema 0 p a
same 'a dropped average leaves the counts of sgd' 'tokens updates' "$(tensors p/optimizer-6.safetensors)"
# shellcheck disable=SC2086
dies 0 'apply-update: p: step 6: the average of the weights starts from those of this step
apply-update: 1 steps, now at step 7' apply-update $sgd --ema 0.5 p a
same 'a new average starts from the weights of its step' '-5.5 -11 -16.5 -22' "$(mean p)"
policy p
# shellcheck disable=SC2086
ok '--keep with an average' sh -c "cat a a | apply-update -q $sgd --ema 0.5 --keep 2 p >metrics"
same 'a step that was kept has its average' '-0.5 -1 -1.5 -2' "$(mean p/step-000001)"
rm -rf mean half left

# Tokens are counted over the runs of a policy.
policy p
norm "$h,\"stats\":{\"divgrad.tokens\":20000000}" 1,1,1,1 >big
ok 'a step of twenty million tokens' sh -c "apply-update -q p big >metrics"
ok 'and another' sh -c "apply-update -q p big >>metrics"
same 'num_tokens counts on' '20000000 40000000' "$(field num_tokens)"
ok 'another optimizer' sh -c "apply-update -q --optimizer lion p big >metrics 2>words"
same 'num_tokens counts on with another optimizer' 60000000 "$(field num_tokens)"
policy q
for before in 0 1; do
	# shellcheck disable=SC2086
	same "sgd counts its updates: $before" "apply-update: q: step $before, $before updates made" \
		"$(apply-update -v $sgd q big 2>&1 >metrics | head -n 1)"
done
# shellcheck disable=SC2086
ok 'sgd again' sh -c "apply-update -q $sgd q big >metrics"
same 'num_tokens counts on without moments' 60000000 "$(field num_tokens)"
rm -r q
LC_ALL=C sed -i 's/"tokens"/"nobody"/' p/optimizer-3.safetensors
ok 'an optimizer file that has no tokens' sh -c "apply-update -q --optimizer lion p big >metrics"
same 'num_tokens begins at 0 there' 20000000 "$(field num_tokens)"

# Cut streams, outputs that fail.
policy p
head -n 5 five >short
apply-update -q p short >metrics 2>words
same 'a cut stream ends with 1' 1 $?
same 'a cut stream: the steps before the cut are made' 1 "$(field step)"
policy p
cksum p/* >before
dies 1 'apply-update: output: not open for writing' \
	sh -c 'exec apply-update -q p a >&-'
cksum p/* | cmp -s - before
tap $? 'without an output nothing is changed'
if [ -c /dev/full ]; then
	dies 1 'apply-update: output: No space left on device' \
		sh -c 'exec apply-update -q p a >/dev/full'
fi

# One writer at a time.
policy p
mkfifo later
apply-update -q p later >metrics &
exec 9>later # which it has opened
cat a >&9
await test -s metrics
dies 1 'apply-update: p: another process is training it: wait for it, or end it' \
	apply-update -q p a
exec 9>&-
wait $!
same 'a second writer is refused, and the first makes its step' 1 "$(field step)"
ok 'after the first writer has ended another may train' apply-update -q p a

# A step that the stored type does not hold is not made.
policy p
mkpolicy -q --from p --dtype f16 half
ok 'a step in half precision' apply-update -q --optimizer sgd --lr 1 --clip-norm 0 half a
cp -R half half.before
dies 1 'apply-update: half: tensor model.norm.weight: -1e+06 does not fit F16' \
	apply-update -q --optimizer sgd --lr 1e6 --clip-norm 0 half a
ok 'a step beyond it leaves the policy as it was' diff -r half.before half

# A failure after the commit does not undo it, and the step's line is printed.
policy p
echo 'in the way' >p/step-000001
dies 1 'apply-update: p: step 1 is committed, but: p/step-000001: Not a directory' \
	sh -c 'exec apply-update -q --keep 2 p a >metrics'
same 'the step that could not be kept has its line' 1 "$(field step)"
ok 'the step that could not be kept has its optimizer file' test -e p/optimizer-1.safetensors
dies 1 'apply-update: p: step 2 is committed, but: p/step-000002: Not a directory' \
	sh -c 'echo >p/step-000002; exec apply-update -q --keep 2 p five >metrics'
same 'the next run goes on from the committed step' 2 "$(field step)"

# Weights that are links belong to somebody else.
policy p
mkdir cache
mv p/model.safetensors cache/blob
ln -s ../cache/blob p/model.safetensors
dies 1 'apply-update: p/model.safetensors: a symbolic link: training would replace it in this directory, which may be a download cache
hint: train a copy: mkpolicy --from p NEW' apply-update -q p a
ok 'the link is still there' test -h p/model.safetensors
ok 'the hint helps' sh -c 'mkpolicy -q --from p copy && apply-update -q copy a'

# Files that a loss of power has torn, and the step that was synced last.
policy p
ok 'a synced step' apply-update -q --sync step p a
cp -R p whole
apply-update -q --commit step --sync 1000 p later >metrics &
exec 9>later
cat five >&9
await grep -q '"step":6,' metrics
kill -9 $!
exec 9>&-
wait $! 2>/dev/null
same 'the synced step is held' "p/synced-000001 p/optimizer-6.safetensors" \
	"$(echo p/synced-* p/optimizer-*)"
ok 'the synced step has its optimizer file' cmp whole/optimizer-1.safetensors p/synced-000001/optimizer-1.safetensors
ok 'the synced step is a policy by itself' mkpolicy -q --from p/synced-000001 taken
cp -R p torn
: >torn/model.safetensors
said='torn/model.safetensors: 0 bytes are no safetensors file; torn/synced-000001 is whole'
dies 1 "mkpolicy: $said" mkpolicy -q --from torn none
dies 0 "apply-update: $said: going on from there
apply-update: 5 steps, now at step 6" apply-update torn five
dies 0 'apply-update: 5 steps, now at step 6' apply-update whole five
ok 'the end is that of a run from the synced step' diff -r whole torn
cp -R p torn2
: >torn2/optimizer-6.safetensors
dies 0 "apply-update: torn2: the optimizer's file was damaged: going on from step 1, which was synced last
apply-update: 5 steps, now at step 6" apply-update torn2 five
ok 'a torn optimizer file: likewise' diff -r whole torn2

# Steps that followers see, which are committed at the end or not at all.
step_of() { # FILE
	grep -ao '"apprentice.step":"[0-9]*"' "$1" | tr -dc 0-9
}
# shellcheck disable=SC2317 # await calls it
is_live() { # STEP
	[ "$(step_of p/live.safetensors)" = "$1" ]
}
hold() { # six steps are made, none is committed, and more may come
	policy p
	apply-update --commit 1000000 p later >metrics 2>words &
	exec 9>later
	cat six >&9
	await is_live 6
}
policy calm
cat a five >six
ok 'six steps, all committed' apply-update -q --commit step calm six
hold
same 'steps that are only published have no metrics' '0 ' "$(step_of p/model.safetensors) $(cat metrics)"
exec 9>&-
wait $!
ok 'the end commits the last step' diff -r calm p
same 'and prints the metrics of all' '1 2 3 4 5 6' "$(field step)"
hold
kill $!
wait $!
same 'SIGTERM ends it' 143 $?
exec 9>&-
same 'SIGTERM: it tells the step' 'apply-update: interrupted: p is at step 6' "$(tail -n 1 words)"
ok 'SIGTERM: the last step is committed' diff -r calm p
same 'SIGTERM: metrics of all' '1 2 3 4 5 6' "$(field step)"
hold
kill -9 $!
wait $! 2>/dev/null
exec 9>&-
same 'SIGKILL: the last commit is there' '0 6' "$(step_of p/model.safetensors) $(step_of p/live.safetensors)"
ok 'the same command makes the steps again' sh -c 'apply-update -q --commit steps:4 p six >metrics'
ok 'the end is the same' diff -r calm p
same 'the metrics of all steps' '1 2 3 4 5 6' "$(field step)"
policy p
{
	cat six
	head -n 2 five
} >broken
dies 1 'apply-update: broken: truncated in segment 7 after 1 records' apply-update -q --commit 1000000 p broken
ok 'a cut stream: the steps before it are committed' diff -r calm p
same '--keep commits each step' 'p/step-000005 p/step-000006' \
	"$(rm -r p && policy p && apply-update -q --keep 2 p six >metrics && echo p/step-*)"
same '--keep keeps the newest commits' 'p/step-000004 p/step-000006' \
	"$(rm -r p && policy p && apply-update -q --commit steps:2 --keep 2 p six >metrics && echo p/step-*)"

# A step to reach, and a loss to stay below.
rm -rf p && policy p
ok '--until' apply-update -q --until 2 p six
same 'it ends at the step' 2 "$(step_of p/model.safetensors)"
before=$(cat p/* | cksum)
dies 0 'apply-update: 0 steps, now at step 2' apply-update --until 2 p six
same 'and changes nothing a second time' "$before" "$(cat p/* | cksum)"
dies 1 'apply-update: the policy is at step 2, beyond step 1, where it was to end' apply-update --until 1 p six
ok '--until a later step goes on' apply-update -q --until 4 p six
dies 1 'apply-update: the input ended at step 10, before step 11' apply-update -q --until 11 p six
same 'the steps before are kept' 10 "$(step_of p/model.safetensors)"
rm -rf p && policy p
# shellcheck disable=SC2317 # await calls it
saved() { ls p/optimizer-6.safetensors; }
{ cat six && await saved && sleep 0.2 && head -c 1 six && : >written; } | apply-update -q --until 6 p >metrics
ok 'what writes to it may write until it ends itself' test -e written
rm -rf p && policy p
loss() { norm "$h,\"stats\":{\"divgrad.loss\":$1}" 1,0,0,0; }
{ loss 4 && loss 6 && loss 6.5; } | sed '/^{"end"/{3s/false/true/;6s/false/true/}' >lossy
dies 1 'apply-update: step 3: the mean loss is 2.75, above 2.7: the step is not made' apply-update -q --loss-bound 2.7 p lossy
same 'the step before is kept' 2 "$(step_of p/model.safetensors)"
ok '--loss-bound 0 is any' apply-update -q --loss-bound 0 p lossy
dies 1 'apply-update: step 6: the gradient has no loss, so it cannot be bounded' apply-update -q --loss-bound 9 p a

# Wrong usage.
for words in '--schedule cosine p' '--schedule linear --warmup 3 --steps 2 p' \
	'--betas 0.9 p' '--betas 0.9,1 p' '--lr -1 p' '--lr inf p' \
	'--floor 2 p' '--ema 1 p' '--ema -1 p' '--sync often p' '--commit often p' '--commit steps:0 p' '--commit -1 p' '--clip-norm 0x p' '--optimizer x p' ''; do
	# shellcheck disable=SC2086
	apply-update $words </dev/null >out 2>said
	same "usage: $words" 2 $?
done
done_testing
