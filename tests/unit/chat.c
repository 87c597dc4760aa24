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
			tokenizer_decode(b, &c->tokens[i], 1, true, out);
	}
	for (i = 0; i < out->n; i++)
		if (out->p[i] == '\n')
			out->p[i] = '/';
	(void)buf_text(out);
}

#define TURN(who, s) \
	{ \
		.speaker = SPEAKER_##who, .text = s, .n = sizeof(s) - 1 \
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

static int
render(const struct chat_template *t, const struct tokenizer *b,
    const struct turn *turn, size_t n, struct chat *c)
{
	return chat_render(t, b, &(struct talk){ .turn = turn, .turns = n }, c);
}

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
		need(template_fit(t, b));
		need(render(t, b, turns, 6, &c));
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
		need(t == NULL ? -1 : render(t, b, one, 3, &c));
		show(b, &c, &out);
		ok(strcmp(out.p, custom[i].text) == 0, "%s: %s",
		    custom[i].template, out.p);
		if (i == 0)
			ok(render(t, b, turns, 6, &c) == -1, "%s", err_last());
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

/* ---- a policy's own templates */

static void
found(const char *dir, const char *name, const char *expected)
{
	struct chat_template *t = template_find(dir, name);

	ok(expected == NULL ?
		t == NULL :
		t != NULL && strcmp(template_name(t), expected) == 0,
	    "template %s: %s", name != NULL ? name : "of the policy",
	    t != NULL ? template_name(t) : err_last());
	template_free(t);
}

static void
test_found(void)
{
	found(".", NULL, "plain");
	put("tokenizer_config.json", "{\"chat_template\":\"T\"}");
	found(".", NULL, "tokenizer_config.json");
	found(".", "chatml", "chatml");
	put("tokenizer_config.json",
	    "{\"chat_template\":[{\"name\":\"rag\",\"template\":\"A\"},"
	    "{\"name\":\"default\",\"template\":\"B\"}]}");
	found(".", NULL, "tokenizer_config.json");
	found(".", "rag", "tokenizer_config.json: rag");
	found(".", "nosuch", NULL);
	put("chat_template.json", "{\"chat_template\":\"C\"}");
	put("tokenizer_config.json", "{\"chat_template\":null}");
	found(".", NULL, "chat_template.json");
	put("chat_template.jinja", "{{ D }}");
	found(".", NULL, "chat_template.jinja");
	found(".", "../x", NULL);
	put("chat_template.jinja", "{{ D ");
	found(".", NULL, NULL);
	put("tokenizer_config.json", "{\"chat_template\":7}");
	(void)unlink("chat_template.jinja");
	found(".", NULL, NULL);
	(void)unlink("chat_template.json");
	(void)unlink("tokenizer_config.json");
}

#define CHATML \
	"{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + " \
	"m.content + '<|im_end|>\n' }}{% endfor %}" \
	"{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}" \
	"{% endif %}"
#define THINKING \
	"{% for m in messages %}<|im_start|>{{ m.role }}\n" \
	"{% if m.role == 'assistant' %}<think>{{ m.reasoning_content }}" \
	"</think>{% endif %}{{ m.content }}" \
	"{% for c in m.tool_calls %}[{{ c.name }}({{ c.args | tojson }})]" \
	"{% endfor %}<|im_end|>\n{% endfor %}" \
	"{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"

static const struct {
	const char *template, *document, *text;
} own[] = {
	{ CHATML,
	    "[{\"role\":\"user\",\"content\":\"<EOS>\"},"
	    "{\"role\":\"assistant\",\"content\":\"a<|im_end|>b\"}]",
	    "<|im_start|>user/<EOS><|im_end|>/<|im_start|>assistant/"
	    "(a<|im_end|>b<|im_end|>)" },
	{ CHATML,
	    "[{\"role\":\"assistant\",\"content\":\"a\",\"train\":"
	    "false},{\"role\":\"user\",\"content\":\"u\"},"
	    "{\"role\":\"assistant\",\"content\":\"b\"}]",
	    "<|im_start|>assistant/a<|im_end|>/<|im_start|>user/u"
	    "<|im_end|>/<|im_start|>assistant/(b<|im_end|>)" },
	{ THINKING,
	    "[{\"role\":\"user\",\"content\":\"u\"},"
	    "{\"role\":\"assistant\",\"content\":\"\","
	    "\"reasoning_content\":\"r\",\"tool_calls\":"
	    "[{\"name\":\"f\",\"args\":{\"x\":1}}]}]",
	    "<|im_start|>user/u<|im_end|>/<|im_start|>assistant/"
	    "(<think>r</think>[f({\"x\": 1})]<|im_end|>)" },
	{ "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}",
	    "[{\"role\":\"user\",\"content\":\"u\"},"
	    "{\"role\":\"assistant\",\"content\":\"a\"}]",
	    "[user]u[assistant](a)" },
	{ "{% for m in messages %}{% if m.role == 'user' %}"
	  "<start_of_turn> {{ m.content }} <end_of_turn>{% else %}"
	  " {{ m.content }}<EOS>{% endif %}{% endfor %}",
	    "[{\"role\":\"user\",\"content\":\"u\"},"
	    "{\"role\":\"assistant\",\"content\":\"a\"}]",
	    "<start_of_turn> u <end_of_turn>( a<EOS>)" },
	{ "{% for m in messages %}<|im_start|>{% if m.role == 'user' %}"
	  "{{ m.content }}{% else %}{% generation %}!{{ m.content }}"
	  "<|im_end|>\n{% endgeneration %}{% endif %}{% endfor %}",
	    "[{\"role\":\"user\",\"content\":\"u\"},"
	    "{\"role\":\"assistant\",\"content\":\"a\"},"
	    "{\"role\":\"assistant\",\"content\":\"b\"}]",
	    "<|im_start|>u<|im_start|>(!a<|im_end|>/)<|im_start|>"
	    "(!b<|im_end|>)" },
	{ "{% for m in messages %}{{ m.tool_calls[0].name }}<|im_end|>"
	  "{% endfor %}",
	    "[{\"role\":\"assistant\",\"content\":\"<think>\","
	    "\"tool_calls\":[{\"name\":\"f\"}]}]",
	    "<BOS>(f<|im_end|>)" },
	/* an end that is not that of the last turn, and one that begins one */
	{ "{% for m in messages %}{% if m.role == 'user' %}"
	  "<|im_start|>{{ m.content }}{% elif loop.last %}"
	  "<|im_end|>{{ m.content }}{% else %}<|im_end|>{{ m.content }}"
	  "<|eot_id|>{% endif %}{% endfor %}",
	    "[{\"role\":\"user\",\"content\":\"u\"},"
	    "{\"role\":\"assistant\",\"content\":\"a\"},"
	    "{\"role\":\"user\",\"content\":\"v\"},"
	    "{\"role\":\"assistant\",\"content\":\"b\"}]",
	    "<|im_start|>u<|im_end|>(a<|eot_id|>)<|im_start|>v<|im_end|>(b)" },
	{ "{{ raise_exception('no ' + messages[0].role) }}",
	    "[{\"role\":\"user\",\"content\":\"u\"}]",
	    "template t: the template refuses this: no user" },
	{ CHATML,
	    "[{\"role\":\"user\",\"content\":\"u\"},"
	    "{\"role\":\"assistant\",\"content\":\"\","
	    "\"tool_calls\":[{\"name\":\"f\"}]}]",
	    "message 2: the template leaves out the field \"tool_calls\"" },
};

enum { TURNS = 8 };

/* Turns of a list of messages. */
static size_t
read_turns(const struct json *list, struct turn turn[TURNS])
{
	static const char *const roles[] = { "system", "user", "assistant",
		"tool" };
	const struct json *m;
	size_t i, k;

	for (i = 0; i < json_count(list); i++) {
		m = json_at(list, i);
		turn[i] = (struct turn){ .message = m,
			.given = !json_bool(json_get(m, "train"), true) };
		turn[i].text = json_text(json_get(m, "content"), &turn[i].n);
		for (k = 0; k < 4; k++)
			if (strcmp(json_text(json_get(m, "role"), NULL),
				roles[k]) == 0)
				turn[i].speaker = (enum speaker)k;
	}
	return json_count(list);
}

static void
check_own(const struct tokenizer *b, const char *template, const char *document,
    struct talk talk, const char *text)
{
	struct chat_template *t =
	    template_jinja(template, strlen(template), "t");
	struct json *j = json_parse(document, strlen(document));
	struct turn turn[TURNS];
	struct chat c = { 0 };
	struct buf out = { 0 };

	need(t == NULL || j == NULL ? -1 : template_fit(t, b));
	talk.turn = turn;
	talk.turns = read_turns(j, turn);
	if (chat_render(t, b, &talk, &c) == 0)
		show(b, &c, &out);
	else
		buf_adds(&out, err_last());
	ok(strcmp(buf_text(&out), text) == 0, "%s", out.p);
	buf_release(&out);
	chat_release(&c);
	json_free(j);
	template_free(t);
}

static void
test_own(const struct tokenizer *b)
{
	static const char two[] =
	    "[{\"role\":\"assistant\",\"content\":\"a\"},{\"role\":"
	    "\"assistant\",\"content\":\"b\"}]";
	static const char ask[] = "[{\"role\":\"user\",\"content\":\"u\"}]";
	struct chat_template *t;
	size_t i;

	for (i = 0; i < sizeof own / sizeof own[0]; i++)
		check_own(b, own[i].template, own[i].document,
		    (struct talk){ 0 }, own[i].text);
	check_own(b, CHATML, two, (struct talk){ .last_only = true },
	    "<|im_start|>assistant/a<|im_end|>/<|im_start|>assistant/"
	    "(b<|im_end|>)");
	check_own(b, CHATML, ask, (struct talk){ .prompts = true },
	    "<|im_start|>user/u<|im_end|>/<|im_start|>assistant/");
	t = template_jinja(CHATML, sizeof CHATML - 1, "t");
	need(t == NULL ? -1 : template_fit(t, b));
	ok(template_end(t) == 3, "the end of an answer: token %d",
	    (int)template_end(t));
	template_free(t);
}

/* Where nothing is given, and with a BOS that the tokenizer adds. */
/* Parts of content, what stands beside an answer, and what is asked for. */
static void
test_beside(const struct tokenizer *b)
{
	static const char list[] =
	    "{\"role\":\"user\",\"content\":[{\"type\":\"text\","
	    "\"text\":\"u\"},{\"type\":\"text\",\"text\":\"v\"}]}";
	static const char document[] =
	    "{\"thinking\":\"hm\",\"day\":\"Monday\",\"tone\":\"mild\","
	    "\"m\":\"x\"}";
	static const struct {
		const char *template, *text;
	} shown[] = {
		{ "{% for m in messages %}{{ m.content }}|{% if m.thinking %}"
		  "<{{ m.thinking }}>{% endif %}{% endfor %}{% if day %}.{% "
		  "endif %}",
		    "uv|(b|<hm)" },
		{ "{% for m in messages %}{% if m.content is string %}"
		  "{{ m.content }}{% else %}{% for p in m.content %}"
		  "{{ p.text }}{% if not loop.last %}+{% endif %}{% endfor %}"
		  "{% endif %};{{ m.thinking }}{% endfor %}",
		    "u+v;(b;hm)" },
	};
	struct json *message = json_parse(list, sizeof list - 1);
	struct json *d = json_parse(document, sizeof document - 1);
	struct turn turn[] = { TURN(USER, "uv"), TURN(ASSISTANT, "b") };
	struct chat c = { 0 };
	struct buf out = { 0 };
	size_t i;

	turn[0].message = message;
	turn[1].beside = d;
	for (i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		struct chat_template *t = template_jinja(shown[i].template,
		    strlen(shown[i].template), "own");

		need(template_fit(t, b));
		need(chat_render(t, b,
		    &(struct talk){ .turn = turn, .turns = 2, .document = d },
		    &c));
		show(b, &c, &out);
		ok(strcmp(out.p, shown[i].text) == 0, "%s", out.p);
		ok((memmem(c.asked.p, c.asked.n, "day", 4) != NULL) ==
			    (i == 0) &&
			memmem(c.asked.p, c.asked.n, "tone", 5) == NULL &&
			memmem(c.asked.p, c.asked.n, "m", 2) == NULL,
		    "fields of the document that it asks for");
		template_free(t);
	}
	json_free(message);
	json_free(d);
	chat_release(&c);
	buf_release(&out);
}

static void
test_begin(const char *config, const char *expected)
{
	static const struct turn said[] = { TURN(USER, ""),
		TURN(ASSISTANT, "b") };
	struct tokenizer *b = make_bpe(config);
	struct chat_template *t = template_new("plain");
	struct chat c = { 0 };
	struct buf out = { 0 };
	int rc = render(t, b, said, 2, &c);

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
	test_own(b);
	test_beside(b);
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
