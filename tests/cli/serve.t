#!/bin/bash
# SPDX-License-Identifier: MIT
# serve: options, endpoints, errors, and that what it answers is what rollout
# and measure say.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

for n in one two three four five six seven eight; do
	printf '{"prompt": "Say %s.", "response": " I say %s, and %s again."}\n' $n $n $n
done >demos.jsonl
mkpolicy -q --like llama --dim 16 --layers 2 --tokenizer-from demos.jsonl --vocab 300 policy
demo2traj -q -m policy -o demos.traj demos.jsonl
trajcat -q --repeat 8 --batch 4 demos.traj | divgrad -q -d fkl --follow policy |
	apply-update -q --lr 1e-2 policy >metrics

# Options.
dies 2 'serve: missing operand: POLICY, the policy'"'"'s directory' serve
dies 2 'serve: other: one POLICY is served' serve policy other
dies 2 'serve: --port 65536: not between 0 and 65535' serve --port 65536 policy
dies 2 'serve: --listen has no effect without --token-file' serve --listen 0.0.0.0 policy
dies 1 'serve: nowhere: No such file or directory' serve nowhere
: >empty
dies 1 'serve: empty: an empty token' serve --token-file empty policy
printf 'a b\n' >blank
dies 1 'serve: blank: byte 1 of the token is not a printable ASCII character' \
	serve --token-file blank policy
printf 'sesame\n' >token
dies 1 'serve: localhost: not a numeric address' serve --token-file token --listen localhost policy

if ! command -v curl >/dev/null; then
	skip 'requests' 'no curl here'
	done_testing
fi

# start OPTION... POLICY: a server at $url, process $pid
start() {
	: >said
	serve --port 0 "$@" 2>said &
	pid=$!
	await grep -q http said || cat said
	url=$(sed -n 's/^serve: \(http.*\)/\1/p' said)
}
stop() {
	kill "$pid"
	wait "$pid"
}
# ask PATH [BODY [CURL OPTION...]]: the answer
ask() {
	local path=$1 body=$2
	shift 2
	curl -s --max-time 100 ${body:+-d "$body"} "$@" "$url$path"
}
status() { ask "$@" -o answer -w '%{http_code}'; }
# pick FIELD...: a value of the JSON on standard input, numbers and lists as JSON
pick() {
	perl -MJSON::PP -e '
		local $/;
		my $v = JSON::PP->new->utf8->allow_bignum(0)->decode(<STDIN>);
		for (@ARGV) { $v = ref $v eq "ARRAY" ? $v->[$_] : $v->{$_} }
		binmode STDOUT, ":utf8";
		print ref $v || !defined $v ? JSON::PP->new->canonical->allow_nonref->encode($v) : $v, "\n"' "$@"
}
# mended: a text with U+FFFD for each byte that is no UTF-8, as JSON has it
mended() {
	perl -MEncode -0777 -ne '
		while (length) {
			print Encode::encode("UTF-8", Encode::decode("UTF-8", $_, Encode::FB_QUIET));
			print "\xef\xbf\xbd" and substr $_, 0, 1, "" if length;
		}' | od -c
}
# numbers KEY: the list of numbers in the text of a JSON object, a line each; as floats
numbers() { grep -o "\"$1\":\[[^]]*\]" | sed 's/.*\[//; s/\]//' | tr ',' '\n'; }
floats() { numbers "$1" | perl -ne 'printf "%s\n", unpack "H8", pack "f>", $_'; }

start policy
case $url in http://127.0.0.1:[0-9]*) found=yes ;; *) found=$(cat said) ;; esac
same 'serve says where it listens' yes "$found"
port=${url##*:}
dies 1 "serve: 127.0.0.1, port $port: Address already in use" serve --port "$port" policy
same '/health' '{"status":"ok"}' "$(ask /health)"
same '/v1/models names the policy' 'policy 256' \
	"$(ask /v1/models >m && pick data 0 id <m) $(pick data 0 max_model_len <m)"

# Texts are those of rollout.
same 'the greedy text is that of rollout' \
	"$(rollout -q --text 'Say one.' --greedy -l 40 policy | mended)" \
	"$(ask /v1/completions '{"prompt":"Say one.","max_tokens":40,"temperature":0}' | pick choices 0 text | od -c)"
two=$(rollout -q --text 'Say two.' -n 2 -s 5 -l 20 policy | mended)
ask /v1/completions '{"prompt":"Say two.","max_tokens":20,"seed":5,"n":2}' >two
same 'sampled texts are those of rollout' "$two" \
	"$({
		pick choices 0 text <two
		echo
		pick choices 1 text <two
	} | od -c)"
cut=$(rollout -q --text 'Say two.' -s 9 -l 60 --temperature 0.7 --top-k 5 --top-p 0.9 --stop e policy | mended)
same 'with cuts and a stop text too' "$cut" \
	"$(ask /v1/completions '{"prompt":"Say two.","max_tokens":60,"seed":9,"temperature":0.7,
		"top_k":5,"top_p":0.9,"stop":["e","zz"]}' | pick choices 0 text | od -c)"

# The same request gives the same text whatever else runs.
for i in 1 2 3 4 5 6; do
	ask /v1/completions "{\"prompt\":[\"Say $i.\",\"$i\"],\"max_tokens\":100,\"seed\":$i}" >other$i &
	others[i]=$!
done
same 'the same request among others gives the same texts' "$(pick choices <two)" \
	"$(ask /v1/completions '{"prompt":"Say two.","max_tokens":20,"seed":5,"n":2}' | pick choices)"
wait "${others[@]}"
same 'a list of prompts gives choices in its order' '0 1' \
	"$(pick choices 0 index <other3) $(pick choices 1 index <other3)"
same 'each is that of the prompt by itself' \
	"$(ask /v1/completions '{"prompt":"Say 3.","max_tokens":100,"seed":3}' | pick choices 0 text | od -c)" \
	"$(pick choices 0 text <other3 | od -c)"

# Log-probabilities are those of rollout and measure, in every bit.
trajcat --head 1 demos.traj | rollout -q --json -l 30 policy | sed -n 2p >record
tokens=$(grep -o '"tokens":\[[^]]*\]' record | sed 's/"tokens"://')
first=$(grep -o '"actions":\[[0-9]*' record | sed 's/.*\[//')
ask /v1/completions "{\"prompt\":$tokens,\"max_tokens\":0,\"echo\":true,\"logprobs\":1}" >echoed
same 'log-probabilities of tokens are those that rollout recorded' \
	"$(floats logp <record)" "$(floats token_logprobs <echoed | tail -n +$((first + 1)))"
same 'the first token has none' null "$(numbers token_logprobs <echoed | head -n 1)"
prompt=$(echo "$tokens" | tr -d '[]' | cut -d , -f "1-$first")
ask /v1/completions "{\"prompt\":[$prompt],\"max_tokens\":30,\"logprobs\":0,\"seed\":1}" >drawn
ask /v1/completions "{\"prompt\":[$prompt],\"max_tokens\":30,\"logprobs\":3,\"seed\":1,\"echo\":true}" >shown
same 'drawn tokens have the same with echo and alternatives' \
	"$(numbers token_logprobs <drawn)" "$(numbers token_logprobs <shown | tail -n +$((first + 1)))"
trajcat --json --head 1 demos.traj | sed -n 2p >demo
tokens=$(grep -o '"tokens":\[[^]]*\]' demo | sed 's/"tokens"://')
first=$(grep -o '"actions":\[[0-9]*' demo | sed 's/.*\[//')
ask /v1/completions "{\"prompt\":$tokens,\"max_tokens\":1,\"echo\":true,\"logprobs\":1,\"temperature\":0}" >echoed
same 'their sum is the likelihood that measure prints' \
	"$(trajcat --head 1 demos.traj | measure -p policy | pick nll_trajectory | perl -ne 'printf "%.10g", $_')" \
	"$(numbers token_logprobs <echoed | tail -n +$((first + 1)) | sed '$d' |
		perl -ne '$s -= $_; END { printf "%.10g", $s }')"
same 'the likeliest token is that of the greedy choice' \
	"$(pick choices 0 logprobs token_logprobs -1 <echoed)" \
	"$(pick choices 0 logprobs top_logprobs -1 <echoed | tr -d '}' | sed 's/.*://')"
same 'tokens, offsets and alternatives are as many' '1' \
	"$(for k in tokens token_logprobs top_logprobs text_offset; do
		pick choices 0 logprobs $k <shown | perl -MJSON::PP -e 'print scalar @{decode_json(<STDIN>)}, "\n"'
	done | sort -u | wc -l)"

# Tokens.
text='Say one. é'
ask /tokenize "{\"prompt\":\"$text\"}" >ids
same 'detokenize brings the text back' "$text" \
	"$(ask /detokenize "{\"tokens\":$(pick tokens <ids)}" | pick prompt | sed 's/^<s>//')"
same 'tokenize counts' "$(pick tokens <ids | tr ',' '\n' | wc -l)" "$(pick count <ids)"
same 'tokenizer_info has the end token' "$(ask /tokenizer_info '' | pick eos_token_id)" \
	"$(ask /tokenize '{"prompt":"</s>","add_special_tokens":false}' | pick tokens 0)"

# Errors.
error() { # STATUS MESSAGE PATH BODY
	same "$4: $1" "$1 $2" "$(status "$3" "$4") $(pick error message <answer)"
}
error 400 "body: line 1 column 1: string or '}' expected near end of file" /v1/completions '{'
error 400 'body: empty' /v1/completions @/dev/null
error 400 'body: expected an object, found list' /v1/completions '[]'
error 400 'field "prompt": missing' /v1/completions '{}'
error 400 'field "max_tokens": 0 needs "echo"' /v1/completions '{"prompt":"a","max_tokens":0}'
error 400 'the policy has no chat template: use /v1/completions' /v1/chat/completions '{"messages":[]}'
error 404 'POST /completions: no such endpoint' /completions '{}'
same 'a path without an endpoint: 404' 404 "$(status /nothing '')"
head -c 9000000 /dev/zero | tr '\0' x >large
same 'a body that is too large: 413' 413 "$(status /v1/completions @large)"
same 'another name of this machine: 400' 400 "$(status /health '' -H 'Host: evil.example')"
same 'the server goes on' '{"status":"ok"}' "$(ask /health '')"

# The end: what has begun is answered.
: >last
ask /v1/completions '{"prompt":"Say one.","max_tokens":200,"n":64,"seed":1,"temperature":2,"stream":true}' -N >last &
client=$!
await test -s last
stop
same 'SIGTERM: status 0' 0 $?
wait $client
same 'a request that has begun is answered' '64 data: [DONE]' \
	"$(grep -c '"finish_reason":"' last) $(grep . last | tail -n 1)"
same 'it says nothing else' "serve: $url" "$(cat said)"

# A token.
start --token-file token --listen 127.0.0.1 policy
same 'without the token: 401' 401 "$(status /v1/models '')"
same 'with another: 401' 401 "$(status /v1/models '' -H 'Authorization: Bearer sesamf')"
same 'with it: 200' 200 "$(status /v1/models '' -H 'Authorization: Bearer sesame')"
stop

# Conversations, whole and as a stream.
{
	printf '%s' '{% for m in messages %}{{ "<s>" + m.role + ":" + m.content + "</s>" }}{% endfor %}'
	printf '%s' '{% if add_generation_prompt %}{{ "<s>assistant:" }}{% endif %}'
} >policy/chat_template.jinja
start --compute bf16 policy
talk='"messages":[{"role":"user","content":"Say two."}],"seed":3,"max_tokens":30'
same 'an answer is that of rollout' "$(rollout -q --text 'Say two.' -s 3 -l 30 --compute bf16 policy | mended)" \
	"$(ask /v1/chat/completions "{$talk}" | pick choices 0 message content | od -c)"
ask /v1/chat/completions "{$talk,\"stream\":true,\"stream_options\":{\"include_usage\":true}}" >events
same 'a stream ends in [DONE]' 'data: [DONE]' "$(grep . events | tail -n 1)"
same 'its parts make the answer' "$(ask /v1/chat/completions "{$talk}" | pick choices 0 message content | od -c)" \
	"$(sed -n 's/^data: \({.*\)/\1/p' events | perl -MJSON::PP -ne '
		BEGIN { binmode STDOUT, ":utf8" }
		my $c = decode_json($_)->{choices}[0] or next;
		print $c->{delta}{content} // "";
		END { print "\n" }' | od -c)"
same 'log-probabilities of an answer' \
	"$(ask /v1/chat/completions "{$talk}" | pick usage completion_tokens)" \
	"$(ask /v1/chat/completions "{$talk,\"logprobs\":true,\"top_logprobs\":2}" | grep -o '"top_logprobs"' | wc -l)"
same 'tokenizer_info has the template' "$(cat policy/chat_template.jinja)" "$(ask /tokenizer_info '' | pick chat_template)"
stop

# A request that needs too much memory fails by itself.
start --memory 40K policy
: >first
ask /v1/completions '{"prompt":"a","max_tokens":60,"n":40,"temperature":2,"stream":true}' -N >first &
jobs=$!
await test -s first
ask /v1/completions '{"prompt":"a","max_tokens":200}' -o large -w '%{http_code}' >code &
jobs="$jobs $!"
same 'one that fits is answered' 200 "$(status /v1/completions '{"prompt":"a","max_tokens":5}')"
# shellcheck disable=SC2086
wait $jobs
same 'one that does not: 503' '503 one sample needs' "$(cat code) $(pick error message <large | cut -c 1-16)"
stop

# Requests join a batch that is at work.  An endless answer has no end token, and
# so many tokens that it does not end while the test runs.
mkpolicy -q --like llama --dim 16 --layers 1 --context 1000000 --tokenizer-from demos.jsonl --vocab 300 endless
perl -0pi -e 's/,\s*"eos_token_id": 1//' endless/config.json endless/generation_config.json
endless() {
	: >long
	curl -sN -d "{\"prompt\":\"Say one.\",\"max_tokens\":${1:-900000},\"seed\":1,\"stream\":true}" \
		"$url/v1/completions" >long &
	client=$!
	await test -s long
}
has_ended() { grep -qF '[DONE]' long; }
leave() {
	kill $client
	wait $client
}
short='"prompt":"Say two.","max_tokens":20,"seed":5,"n":3,"logprobs":2'
scored='"prompt":"Say two.","max_tokens":0,"echo":true,"logprobs":0'
start endless
alone=$(ask /v1/completions "{$short}" | pick choices)
scored_alone=$(ask /v1/completions "{$scored}" | pick choices)
endless
same 'a request beside a long one is answered as alone' "$alone" \
	"$(ask /v1/completions "{$short}" | pick choices)"
same 'so is one that draws nothing' "$scored_alone" "$(ask /v1/completions "{$scored}" | pick choices)"
same 'before the long one ends' going "$(has_ended && echo ended || echo going)"
leave
stop
same 'an answer that is given up does not hold the server up' '0 going' "$? $(has_ended && echo ended || echo going)"

# The memory of an answer is free when its client leaves.
start --memory 1K endless
needs=$(ask /v1/completions '{"prompt":"Say one.","max_tokens":262144}' | pick error message |
	sed 's/one sample needs \([0-9]*\).*/\1/')
stop
start --memory "$needs" endless
endless 262144
status /v1/completions '{"prompt":"a","max_tokens":5}' >code &
waits=$!
leave
wait $waits
same 'a request gets the memory of one whose client has left' '200 going' \
	"$(cat code) $(has_ended && echo ended || echo going)"
stop

# A policy in training.
start --follow policy
before=$(ask /v1/completions '{"prompt":"a","seed":1}' | pick system_fingerprint)
divgrad -q -d fkl policy demos.traj | apply-update -q --lr 1e-3 policy >metrics
same '--follow serves the newest step' "${before%@*}@$((${before#*@} + 1))" \
	"$(ask /v1/completions '{"prompt":"a","seed":1}' | pick system_fingerprint)"
same 'and its text' "$(rollout -q --raw --text 'Say one.' --greedy -l 20 policy | mended)" \
	"$(ask /v1/completions '{"prompt":"Say one.","max_tokens":20,"temperature":0}' | pick choices 0 text | od -c)"
stop
same 'SIGTERM of an idle server: status 0' 0 $?

# A step that comes while an answer is at work is for the requests after it.
start --follow endless
endless
divgrad -q -d fkl endless demos.traj | apply-update -q --lr 1e-3 endless >metrics
threads="find /proc/$pid/task -mindepth 1 -maxdepth 1 | wc -l"
before=$(sh -c "$threads")
ask /v1/completions '{"prompt":"a","seed":1}' >next &
waits=$!
await sh -c "[ \$($threads) -gt $before ]" # one for each connection
leave
wait $waits
same 'a request after a new step waits for the batch, and gets that step' '@0 @1' \
	"$(sed -n 's/.*"system_fingerprint":"[^@]*\(@[0-9]*\).*/\1/p' long | sort -u) $(pick system_fingerprint <next | grep -o '@.*')"
stop
done_testing
