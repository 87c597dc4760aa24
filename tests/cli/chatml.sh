# SPDX-License-Identifier: MIT
# chatml.sh: for tests of chats, after tests/lib.sh.
#
#	base/         a small policy whose tokenizer has 280 tokens, and no marks
#	tok/          that tokenizer with <|im_start|> and <|im_end|>, 280 and 281
#	chatml.jinja  a template that uses them
#	chat_policy OPTION ...  make policy/, with both
# shellcheck shell=sh
for n in 1 2 3 4 5 6 7 8; do
	echo "The $n times that it rained we counted drops of rain."
done >text.txt
mkpolicy -q --like llama --dim 8 --layers 1 --tokenizer-from text.txt --vocab 280 base
mkdir tok
marks=
id=280
for m in '<|im_start|>' '<|im_end|>'; do
	marks="$marks,{\"id\":$id,\"content\":\"$m\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}"
	id=$((id + 1))
done
sed "s/\\(\"special\":true}\\)\\],/\\1$marks],/" base/tokenizer.json >tok/tokenizer.json
cp base/tokenizer_config.json tok/
printf '%s\n' '{% for m in messages %}{{ "<|im_start|>" + m.role + "\n" + m.content + "<|im_end|>\n" }}{% endfor %}{% if add_generation_prompt %}{{ "<|im_start|>assistant\n" }}{% endif %}' >chatml.jinja
chat_policy() {
	mkpolicy -q --like llama --dim 16 "$@" --tokenizer-from tok policy &&
		cp chatml.jinja policy/chat_template.jinja
}
