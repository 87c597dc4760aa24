#!/bin/bash
# SPDX-License-Identifier: MIT
# rollout --chat: turns and commands, the conversation that the policy sees, and
# a terminal.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# shellcheck source=tests/cli/chatml.sh
. "$ROOT/tests/cli/chatml.sh"
chat_policy --layers 1 || exit 1

# Refusals.
dies 1 'rollout: the policy has no chat template
hint: to continue a text without a template: rollout --text PROMPT POLICY
hint: to give it one: mkpolicy --from POLICY --template T NEW; T is plain (texts as they are, the end of sequence after an answer) or another of chat-template(5)' \
	rollout --chat base
mkpolicy -q --from base --template plain talks
ok 'with the plain template it talks' sh -c 'echo Hi | rollout --chat -q -l 2 talks'
dies 2 'rollout: --chat does not go with -n' rollout -n 2 --chat policy
dies 2 'rollout: --chat does not go with --text' rollout --text a --chat policy
dies 2 'rollout: --chat does not go with --json' rollout --json --chat policy
dies 2 'rollout: --chat does not go with FILE' rollout --chat policy file
says() { # TURNS [OPTION...]: the answers, up to 8 tokens long
	printf '%s' "$1" >turns
	shift
	rollout -q --chat -l 8 --temperature 0.02 "$@" policy <turns
}
refuses() { # WORDS TURNS
	says "$2" >out 2>words
	same "$1" "1 rollout: $1" "$? $(cat words)"
}
refuses '/foo: the commands are /reset, /system TEXT and /quit' '/foo
'
refuses '/quit now: the commands are /reset, /system TEXT and /quit' '/quit now
'
long=$(yes 'drops of rain' | head -n 100 | tr '\n' ' ')
says "$long" >out 2>words
same 'a full context says what to do' '1 /reset begins a new conversation' \
	"$? $(sed -n "s/^rollout: the conversation has [0-9]* tokens, the policy's context 256; //p" words)"
same 'a refused turn writes nothing' 0 "$(wc -c <out)"
head -c 1100000 /dev/zero | tr '\0' a >turns
dies 1 'rollout: a turn of more than 1048576 bytes' sh -c 'rollout -q --chat policy <turns'
printf 'a\377b\n' >turns
sh -c 'rollout -q --chat policy <turns' >out 2>words
same 'a turn that is not UTF-8 is refused' 1 $?
same 'no turns, no answers' '0 0' "$(says '' | wc -c) $?"
same '/quit ends' "$(says 'It rained' | od -c)" "$(says 'It rained
/quit
more' | od -c)"

# The policy sees the conversation: its answers are those of the template's tokens.
hex() { perl -MJSON::PP -MEncode -e '
	local $/;
	my $text = <>;
	chop $text;
	my $out = "";
	while (length $text) { # as a record has it
		my $part = Encode::decode("UTF-8", $text, Encode::FB_QUIET);
		$out .= $part;
		if (length $text) { $out .= "\x{fffd}"; substr $text, 0, 1, ""; }
	}
	print JSON::PP->new->ascii->allow_nonref->encode($out)'; }
# answer NUMBER MESSAGES: the answer to a conversation, as JSON, by a stream
answer() {
	echo "{\"messages\":[$2,{\"role\":\"assistant\",\"content\":\"x\"}]}" |
		demo2traj -q --json -m policy | sed "s/\"id\":\"[^\"]*\"/\"id\":\"chat\",\"pass\":$1/; s/\"group\":\"[^\"]*\",//" |
		perl -MJSON::PP -ne '
			$r = decode_json $_;
			if ($r->{id}) { # only the last answer is one
				@a = @{$r->{actions}};
				$r->{actions} = [@a[-2, -1]];
			}
			print encode_json($r), "\n"' |
		rollout -q --json --keep-text -l 8 --temperature 0.02 policy - |
		perl -MJSON::PP -ne '
			$r = decode_json $_;
			print JSON::PP->new->ascii->allow_nonref->encode($r->{text}{response}) if $r->{id}'
}
message() { printf '{"role":"%s","content":%s}' "$1" "$2"; }
first=$(says 'It rained' | hex)
same 'the first answer' "$(answer 0 "$(message user '"It rained"')")" "$first"
# Two answers, separated by an empty line.
both='It rained
we\
counted \
'
says "$both" >both.txt
skipped=$(($(says 'It rained' | wc -c) + 2))
rest() { tail -c +$skipped "$@"; } # after the first answer
same 'an empty line separates answers, each is the same again' "$(says 'It rained' | od -c)" \
	"$(head -c $((skipped - 2)) both.txt | od -c)"
talk="$(message user '"It rained"'),$(message assistant "$first"),$(message user '"we\ncounted \n"')"
same 'the second answer follows from all turns; a backslash joins lines' "$(answer 1 "$talk")" "$(rest both.txt | hex)"
says 'It rained
"""

/reset
we \
"""' | rest >quoted.txt
talk="$(message user '"It rained"'),$(message assistant "$first"),$(message user '"\n/reset\nwe \\"')"
[ "$(answer 1 "$(message user '"we\ncounted \n"')")" != "$(rest both.txt | hex)" ]
tap $? 'without the first turn the second answer is another'
same 'quotes enclose lines, as they are' "$(answer 1 "$talk")" "$(hex <quoted.txt)"
says 'It rained
/system Be brief.

we' | rest >system.txt
talk="$(message system '"Be brief."'),$(message user '"It rained"'),$(message assistant "$first"),$(message user '"we"')"
same '/system sets the first turn; empty lines are none' "$(answer 1 "$talk")" "$(hex <system.txt)"
says '/system Be brief.
It rained
/reset
we' >reset.txt
talk="$(message system '"Be brief."'),$(message user '"we"')"
same '/reset keeps the system turn only' "$(answer 1 "$talk")" \
	"$(tail -c +$(($(says '/system Be brief.
It rained' | wc -c) + 2)) reset.txt | hex)"
same '/system without a text removes it' "$(says 'It rained' | od -c)" "$(says '/system x
/system
It rained' | od -c)"
same 'a path is no command' "$(answer 0 "$(message user '"/etc/passwd"')")" "$(says /etc/passwd | hex)"
says 'It rained' -l 60 >whole.txt
part=$(LC_ALL=C grep -ao '[a-zA-Z]' whole.txt | sed -n 3p)
same '--stop ends an answer' "$(part=$part perl -0777 -pe 's/\Q$ENV{part}\E.*/\n/s' whole.txt | od -c)" "$(says 'It rained' -l 60 --stop "$part" | od -c)"
same '--temperature holds' "$(says 'It rained' --temperature 0 | od -c)" "$(says 'It rained' --temperature 0 -s 9 | od -c)"

# A terminal.
if ! command -v script >/dev/null; then
	skip 'a terminal' 'no script(1) here'
	done_testing
fi
mkpolicy -q --like llama --dim 256 --layers 4 --context 32768 --tokenizer-from tok slow
# Its answers do not end by themselves: no token and no mark of the template does.
sed -i 's/"eos_token_id": 1/"eos_token_id": null/' slow/config.json
sed 's/<|im_end|>//' policy/chat_template.jinja >slow/chat_template.jinja
mkfifo keys
# terminal POLICY OPTION...: a conversation on a terminal, with keys from descriptor 3
terminal() {
	: >screen # what runs in the background would ignore SIGINT
	rm -f status
	env --default-signal=INT script -qfc "trap : INT; rollout --chat $*; echo \$? >status" /dev/null <keys >screen 2>&1 &
	pid=$!
	exec 3>keys
}
# shellcheck disable=SC2317 # await calls them
prompts() { [ "$(tail -c 3 screen | tr '\n' n)" = 'n> ' ]; }
# shellcheck disable=SC2317
grows() { [ "$(wc -c <screen)" -gt "$before" ]; }
# types LINE: once the prompt is there, and waits for its echo to follow it
types() {
	await prompts
	before=$(wc -c <screen)
	printf '%s\n' "$1" >&3
	await grows
}
# ends NAME STATUS
ends() {
	await test -s status
	same "$1" "$2" "$(cat status)"
	[ "$(cat status)" = "$2" ] || tail -n 5 screen | od -c | sed 's/^/# /'
	exec 3>&-
	wait $pid
}
interrupts() { printf '\003' >&3; }
shows() { tr -d '\r' <screen | grep -ac "$1"; }
# shellcheck disable=SC2317
answers() { tr -d '\r' <screen | turn=$1 perl -0777 -ne 'exit !/^> \Q$ENV{turn}\E\n.{10}/ms'; }
terminal slow --greedy -l 30000
types '/foo'
same 'a terminal says what there is' 1 "$(shows '^/reset begins a new conversation, /system TEXT sets the system.s turn, /quit ends')"
ok 'a terminal says why a turn was refused' await grep -q '(/foo: the commands are' screen
types 'It rained'
ok 'an answer appears while it is drawn' await answers 'It rained'
interrupts
ok 'an interrupt ends the answer' await grep -q '^(stopped)' screen
types '/reset'
types 'and'
ok 'the conversation goes on' await answers and
interrupts
# shellcheck disable=SC2317
stopped_twice() { [ "$(shows '^(stopped)')" = 2 ]; }
ok 'an answer is interrupted again' await stopped_twice
types '/quit'
ends '/quit ends with status 0' 0
same 'answers have no control characters' 0 "$(tr -d '\r\n\t' <screen | sed 's/\^C//g' | LC_ALL=C grep -ac '[[:cntrl:]]')"
terminal policy -l 8
types 'It rained'
ok 'a terminal says that an answer was cut' await grep -q '^(cut after 8 tokens)' screen
await prompts
interrupts
ends 'an interrupt at the prompt ends the program' 130
terminal policy --greedy -l 1000
types 'It rained'
ok 'a terminal says that the context is full' await grep -q '^(the context of 256 tokens is full; /reset begins a new conversation)' screen
await prompts
printf '\004' >&3
ends 'the end of the input ends with status 0' 0
done_testing
