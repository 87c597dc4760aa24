/* SPDX-License-Identifier: MIT */
/*
 * Templates, by ids.  The tokenizer has a token for each byte (of ASCII 32
 * to 126, and newline) and the special ones that templates name; what comes
 * out is printed with these spelled out, and actions in parentheses.
 */
#include "text/chat.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/json.h"
#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "text/bpetrain.h"

static const char *const specials[] = { "<BOS>", "<EOS>", "<|im_start|>",
	"<|im_end|>", "<|begin_of_text|>", "<|start_header_id|>",
	"<|end_header_id|>", "<|eot_id|>", "<start_of_turn>", "<end_of_turn>" };

static struct tokenizer *
make_bpe(const char *config)
{
	static const char all[] = "a text with all there is of it";
	struct buf json = { 0 };
	struct tokenizer *b;

	need(bpe_train(all, sizeof all - 1, 266, specials, 10, &json));
	put("tokenizer.json", buf_text(&json));
	put("tokenizer_config.json", config);
	b = tokenizer_open(".");
	need(b == NULL ? -1 : 0);
	buf_release(&json);
	return b;
}

/* Tokens as text, actions in ( ), newlines as /. */
static void
show(const struct tokenizer *b, const struct chat *c, struct buf *out)
{
	size_t i, k;

	buf_reset(out);
	for (i = 0; i <= c->n; i++) {
		for (k = 0; k < c->bounds; k++)
			if (c->bound[k] == i)
				buf_addc(out, k % 2 == 0 ? '(' : ')');
		if (i < c->n)
			need(tokenizer_decode(b, &c->tokens[i], 1, true, out));
	}
	for (i = 0; i < out->n; i++)
		if (out->p[i] == '\n')
			out->p[i] = '/';
	(void)buf_text(out);
}

#define TURN(who, s) \
	{ \
		SPEAKER_##who, s, sizeof(s) - 1 \
	}

static const struct turn turns[] = { TURN(SYSTEM, "S"), TURN(USER, "u"),
	TURN(ASSISTANT, "<EOS>"), TURN(TOOL, "t"), TURN(ASSISTANT, "b"),
	TURN(USER, "v") };

static const struct {
	const char *name, *text;
	enum chat_end end;
} cases[] = {
	{ "plain", "S//u(<EOS><EOS>)/t/(b<EOS>)", CHAT_EOS },
	{ "chatml",
	    "<|im_start|>system/S<|im_end|>/<|im_start|>user/u"
	    "<|im_end|>/<|im_start|>assistant/(<EOS><|im_end|>)/<|im_start|>"
	    "tool/t<|im_end|>/<|im_start|>assistant/(b<|im_end|>)",
	    CHAT_TURN },
	{ "llama2",
	    "<BOS>[INST] <<SYS>>/S/<</SYS>>//u [/INST]( <EOS><EOS>)"
	    "<BOS>[INST] t [/INST]( b<EOS>)",
	    CHAT_EOS },
	{ "llama3",
	    "<|begin_of_text|><|start_header_id|>system"
	    "<|end_header_id|>//S<|eot_id|><|start_header_id|>user"
	    "<|end_header_id|>//u<|eot_id|><|start_header_id|>assistant"
	    "<|end_header_id|>//(<EOS><|eot_id|>)<|start_header_id|>ipython"
	    "<|end_header_id|>//t<|eot_id|><|start_header_id|>assistant"
	    "<|end_header_id|>//(b<|eot_id|>)",
	    CHAT_TURN },
	{ "zephyr",
	    "<|system|>/S<EOS>/<|user|>/u<EOS>/<|assistant|>/(<EOS>"
	    "<EOS>)/<|user|>/t<EOS>/<|assistant|>/(b<EOS>)",
	    CHAT_EOS },
	{ "gemma",
	    "<BOS><start_of_turn>user/S//u<end_of_turn>/"
	    "<start_of_turn>model/(<EOS><end_of_turn>)/<start_of_turn>user/t"
	    "<end_of_turn>/<start_of_turn>model/(b<end_of_turn>)",
	    CHAT_TURN },
	{ "alpaca",
	    "S//### Instruction:/u//### Response:/(<EOS><EOS>)//"
	    "### Input:/t//### Response:/(b<EOS>)",
	    CHAT_EOS },
	{ "hh",
	    "S//Human: u//Assistant:( <EOS><EOS>)//Human: t//Assistant:"
	    "( b<EOS>)",
	    CHAT_EOS },
};

static void
test_named(const struct tokenizer *b)
{
	struct chat_template *t;
	struct chat c = { 0 };
	struct buf out = { 0 };
	size_t i, k, eos;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		t = template_new(cases[i].name);
		if (!ok(t != NULL &&
			    strcmp(template_name(t), cases[i].name) == 0,
			"%s", cases[i].name))
			continue;
		need(chat_render(t, b, turns, 6, &c));
		show(b, &c, &out);
		ok(strcmp(out.p, cases[i].text) == 0 && c.end == cases[i].end,
		    "%s", out.p);
		/* the first answer spells <EOS>, which is no token there */
		eos = 0;
		for (k = c.bound[0]; k < c.bound[1]; k++)
			eos += c.tokens[k] == 1;
		ok(eos == (cases[i].end == CHAT_EOS) &&
			c.bound[1] - c.bound[0] >= 6,
		    "special tokens in a turn are text");
		template_free(t);
	}
	chat_release(&c);
	buf_release(&out);
}

static void
test_custom(const struct tokenizer *b)
{
	static const struct {
		const char *template, *text;
	} custom[] = {
		{ "Q: {prompt}\\nA: {response}{eos}", "Q: u/A: (b<EOS>)" },
		{ "{bos}{system}{prompt}{response}", "<BOS>Su(b)" },
		{ "{response}", "<BOS>(b)" },
		{ "{prompt}<|im_start|>{response}<|im_end|>",
		    "u<|im_start|>(b<|im_end|>)" },
		{ "{prompt}{{\\\\ {response}.", "u{{\\ (b.)" },
	};
	static const struct turn one[] = { TURN(SYSTEM, "S"), TURN(USER, "u"),
		TURN(ASSISTANT, "b") };
	static const char *const bad[] = { "chatmI", "{prompt}",
		"{promt}{response}", "{response}{prompt}",
		"{response}{response}" };
	struct chat_template *t;
	struct chat c = { 0 };
	struct buf out = { 0 };
	size_t i;

	for (i = 0; i < sizeof custom / sizeof custom[0]; i++) {
		t = template_new(custom[i].template);
		need(t == NULL ? -1 : chat_render(t, b, one, 3, &c));
		show(b, &c, &out);
		ok(strcmp(out.p, custom[i].text) == 0, "%s: %s",
		    custom[i].template, out.p);
		if (i == 0)
			ok(chat_render(t, b, turns, 6, &c) == -1, "%s",
			    err_last());
		template_free(t);
	}
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		t = template_new(bad[i]);
		ok(t == NULL, "%s", err_last());
		template_free(t);
	}
	chat_release(&c);
	buf_release(&out);
}

static void
test_found(void)
{
	static const char *const marks[][2] = { { "{{'<|im_start|>' + role}}",
						    "chatml" },
		{ "<|start_header_id|>", "llama3" }, { "[INST]", "llama2" },
		{ "<|user|>", "zephyr" }, { "<start_of_turn>", "gemma" },
		{ "### Instruction:", "alpaca" }, { "?", "plain" },
		{ NULL, "plain" } };
	struct chat_template *t;
	size_t i;

	for (i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		t = template_find(marks[i][0]);
		ok(t != NULL && strcmp(template_name(t), marks[i][1]) == 0,
		    "found: %s", marks[i][1]);
		template_free(t);
	}
}

/* Where nothing is given, and with a BOS that the tokenizer adds. */
static void
test_begin(const char *config, const char *expected)
{
	static const struct turn said[] = { TURN(USER, ""),
		TURN(ASSISTANT, "b") };
	struct tokenizer *b = make_bpe(config);
	struct chat_template *t = template_new("plain");
	struct chat c = { 0 };
	struct buf out = { 0 };
	int rc = chat_render(t, b, said, 2, &c);

	show(b, &c, &out);
	ok(expected == NULL ? rc == -1 :
			      rc == 0 && strcmp(out.p, expected) == 0,
	    "%s: %s", config, rc == 0 ? out.p : err_last());
	template_free(t);
	chat_release(&c);
	buf_release(&out);
	tokenizer_close(b);
}

int
main(void)
{
	struct tokenizer *b;

	scratch_enter();
	b = make_bpe("{\"bos_token\":\"<BOS>\",\"eos_token\":\"<EOS>\"}");
	test_named(b);
	test_custom(b);
	tokenizer_close(b);
	test_found();
	test_begin("{\"bos_token\":\"<BOS>\",\"eos_token\":\"<EOS>\","
		   "\"add_bos_token\":true}",
	    "<BOS>(b<EOS>)");
	test_begin("{\"eos_token\":\"<EOS>\"}", "<EOS>(b<EOS>)");
	test_begin("{}", NULL);
	(void)unlink("tokenizer.json");
	(void)unlink("tokenizer_config.json");
	scratch_leave();
	return tap_done();
}
