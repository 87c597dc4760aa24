/* SPDX-License-Identifier: MIT */
/*
 * request: the fields of each endpoint, what is refused and in which words, and
 * bodies that are damaged at random.
 */
#include "serve/request.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "serve/chatfields.h"
#include "serve/completionfields.h"
#include "serve/tokenanswers.h"
#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "text/bpetrain.h"

enum { V = 260, CONTEXT = 64 };

/* A tokenizer of bytes and four special tokens, the first three in use. */
static void
make_served(struct served *s, const char *template)
{
	static const char *const specials[] = { "<|im_start|>", "<|im_end|>",
		"<EOS>", "<X>" };
	static const char text[] = "a";
	struct buf json = { 0 };

	*s = (struct served){ 0 };
	need(bpe_train(text, sizeof text - 1, V, specials, 4, &json));
	put("tokenizer.json", buf_text(&json));
	put("tokenizer_config.json", "{\"eos_token\": \"<EOS>\"}");
	s->tokenizer = tokenizer_open(".");
	need(s->tokenizer == NULL ? -1 : 0);
	s->policy.config.V = V;
	s->policy.config.context = CONTEXT;
	if (template != NULL) {
		s->template = template_new(template);
		need(s->template == NULL ? -1 : 0);
		need(template_fit(s->template, s->tokenizer));
	}
	buf_release(&json);
}

static void
drop_served(struct served *s)
{
	template_free(s->template);
	tokenizer_close(s->tokenizer);
	(void)unlink("tokenizer.json");
	(void)unlink("tokenizer_config.json");
}

typedef int read_fn(struct request *, const struct served *);

static int
read_body(const struct served *s, read_fn *read, const char *body, size_t n,
    struct request *r)
{
	*r = (struct request){ .body = json_parse(body, n) };
	return json_kind(r->body) == JSON_T_OBJECT ? read(r, s) : -1;
}

struct case_of {
	const char *body, *said; /* "": it is fine */
};

static void
test_cases(const struct served *s, read_fn *read, const struct case_of *c,
    size_t n)
{
	struct request r;
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		rc = read_body(s, read, c[i].body, strlen(c[i].body), &r);
		ok(rc == (c[i].said[0] == '\0' ? 0 : -1) &&
			(rc == 0 || strcmp(err_last(), c[i].said) == 0),
		    "%.60s: %s", c[i].body, rc == 0 ? "fine" : err_last());
		request_release(&r);
	}
}
#define COUNT(a) (sizeof(a) / sizeof *(a))

static const struct case_of completions[] = {
	{ "{\"prompt\":\"ab\"}", "" },
	{ "{\"prompt\":\"ab\",\"nothing\":[{}]}", "" },
	{ "{\"prompt\":[1,2]}", "" },
	{ "{\"prompt\":[\"a\",[1,2]],\"n\":3}", "" },
	{ "{\"prompt\":\"\"}", "" },
	{ "{\"prompt\":\"a\",\"max_tokens\":null,\"stop\":null}", "" },
	{ "{}", "field \"prompt\": missing" },
	{ "{\"prompt\":3}",
	    "field \"prompt\": expected a text, found whole number" },
	{ "{\"prompt\":[]}", "field \"prompt\": an empty list" },
	{ "{\"prompt\":[[]]}", "prompt 0: empty" },
	{ "{\"prompt\":[1,\"a\"]}",
	    "field \"prompt\": token 1: expected a whole number below "
	    "260" },
	{ "{\"prompt\":[260]}",
	    "field \"prompt\": token 0: expected a whole number below "
	    "260" },
	{ "{\"prompt\":[[1],[-1]]}",
	    "field \"prompt\": prompt 1: token 0: expected a whole "
	    "number below 260" },
	{ "{\"prompt\":\"a\",\"max_tokens\":0}",
	    "field \"max_tokens\": 0 needs \"echo\"" },
	{ "{\"prompt\":\"a\",\"max_tokens\":0,\"echo\":true}", "" },
	{ "{\"prompt\":\"a\",\"max_tokens\":-1}",
	    "field \"max_tokens\": -1 is not between 0 and 4294967295" },
	{ "{\"prompt\":\"a\",\"max_tokens\":true}",
	    "field \"max_tokens\": expected a whole number, found truth "
	    "value" },
	{ "{\"prompt\":\"a\",\"top_p\":0}",
	    "field \"top_p\": 0 is not between 1e-09 and 1" },
	{ "{\"prompt\":\"a\",\"temperature\":-1}",
	    "field \"temperature\": -1 is not between 0 and 1e+06" },
	{ "{\"prompt\":\"a\",\"n\":0}",
	    "field \"n\": 0 is not between 1 and 128" },
	{ "{\"prompt\":\"a\",\"logprobs\":21}",
	    "field \"logprobs\": 21 is not between 0 and 20" },
	{ "{\"prompt\":\"a\",\"top_k\":-1,\"seed\":-7}", "" },
	{ "{\"prompt\":\"a\",\"seed\":1.5}",
	    "field \"seed\": expected a whole number, found "
	    "number" },
	{ "{\"prompt\":\"a\",\"stop\":\"\"}", "field \"stop\": empty text" },
	{ "{\"prompt\":\"a\",\"stop\":[\"b\",3]}",
	    "field \"stop\": expected a text, found whole number" },
	{ "{\"prompt\":\"a\",\"stop\":\"b\\u0000\"}",
	    "field \"stop\": a text with a NUL" },
	{ "{\"prompt\":\"a\",\"stream\":true,\"logprobs\":1}",
	    "field \"stream\": does not go with \"logprobs\"" },
	{ "{\"prompt\":\"a\",\"stream\":true,\"echo\":true}",
	    "field \"stream\": does not go with \"echo\"" },
	{ "{\"prompt\":"
	  "\"01234567890123456789012345678901234567890123456789"
	  "01234567890123\"}",
	    "prompt 0 has 64 tokens, the policy's context is 64" },
	{ "{\"max_tokens\":0,\"echo\":true,\"prompt\":"
	  "\"01234567890123456789012345678901234567890123456789"
	  "01234567890123\"}",
	    "" },
	{ "{\"prompt\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\","
	  "\"h\","
	  "\"i\"],\"n\":128}",
	    "1152 choices, at most 1024 in a request" },
};

static void
test_completion(const struct served *s)
{
	struct request r;
	const char *body;

	test_cases(s, completion_read, completions, COUNT(completions));
	body = "{\"prompt\":\"a<EOS>\",\"seed\":5,\"n\":2,\"stop\":[\"x\","
	       "\"yz\"]}";
	ok(read_body(s, completion_read, body, strlen(body), &r) == 0 &&
		r.prompts == 1 && r.prompt[0].n == 2 && r.choices == 2 &&
		r.own.seed == 5 && r.own.max_new == 16 && r.stops.n == 2 &&
		strcmp(r.choice[1].id, "text#1") == 0,
	    "a special token that is spelled in a prompt is one token");
	request_release(&r);
	body = "{\"prompt\":\"a<EOS>\",\"parse_special\":false}";
	ok(read_body(s, completion_read, body, strlen(body), &r) == 0 &&
		r.prompt[0].n == 6,
	    "unless parse_special is false");
	request_release(&r);
}

static void
test_chat(const struct served *s)
{
#define USER "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
	static const struct case_of cases[] = {
		{ USER "}", "" },
		{ USER ",\"max_tokens\":4,\"model\":\"m\",\"user\":\"u\"}",
		    "" },
		{ USER ",\"tools\":[{\"type\":\"function\"}],"
		       "\"tool_choice\":\"none\"}",
		    "" },
		{ "{}", "field \"messages\": expected a list of messages" },
		{ "{\"messages\":[]}",
		    "field \"messages\": expected a list of messages" },
		{ USER ",\"max_tokens\":0}",
		    "field \"max_tokens\": 0 is not between 1 and 4294967295" },
		{ USER ",\"top_logprobs\":2}",
		    "field \"top_logprobs\": needs \"logprobs\"" },
		{ "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},"
		  "{\"role\":\"assistant\",\"content\":\"ho\"}]}",
		    "field \"messages\": the last one is the assistant's, "
		    "which has no answer" },
	};
	const char *body;
	struct request r;

	test_cases(s, chat_read, cases, COUNT(cases));
	body = "{\"messages\":[{\"role\":\"user\",\"content\":\"<EOS>\"}]}";
	ok(read_body(s, chat_read, body, strlen(body), &r) == 0 && r.end >= 0 &&
		r.prompt[0].n > 12,
	    "what a message says makes no special token");
	request_release(&r);
}

static void
test_tokens(const struct served *s)
{
	static const char want[] =
	    "{\"count\":3,\"max_model_len\":64,\"tokens\":[";
	static const char *const bad[] = { "{}", "{\"prompt\":3}",
		"{\"tokens\":3}", "{\"tokens\":[260]}", "{\"messages\":3}" };
	struct buf out = { 0 };
	struct json *j;
	size_t i;

	j = json_parse("{\"content\":\"ab<EOS>\"}", 21);
	need(j == NULL ? -1 : 0);
	need(tokenize_answer(s, j, &out));
	ok(strncmp(buf_text(&out), want, sizeof want - 1) == 0, "tokenize: %s",
	    buf_text(&out));
	json_free(j);
	for (i = 0; i < COUNT(bad); i++) {
		buf_reset(&out);
		j = json_parse(bad[i], strlen(bad[i]));
		ok(tokenize_answer(s, j, &out) == -1 &&
			detokenize_answer(s, j, &out) == -1 && out.n == 0,
		    "%s: %s", bad[i], err_last());
		json_free(j);
	}
	buf_release(&out);
}

/* Bodies with bytes changed, removed and repeated. */
static void
test_damage(const struct served *s)
{
	static const char seed[] =
	    "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
	    "\"text\":\"hi\"}]}],\"prompt\":[\"a\",[1,2]],\"n\":2,"
	    "\"max_tokens\":3,\"stop\":[\"a\"],\"logprobs\":1,\"seed\":4,"
	    "\"tools\":[{\"a\":1}],\"chat_template_kwargs\":{\"b\":[1]}}";
	static read_fn *const readers[] = { completion_read, chat_read };
	struct rng g = rng_at(1, 0, 0, "damage", 0);
	char body[sizeof seed];
	size_t i, k, n, fine = 0;
	struct request r;

	for (i = 0; i < 4000; i++) {
		memcpy(body, seed, sizeof seed);
		n = sizeof seed - 1;
		for (k = rng_below(&g, 4); k > 0; k--) {
			const size_t at = rng_below(&g, n);

			if (rng_below(&g, 3) == 0) {
				memmove(body + at, body + at + 1, n - at - 1);
				n--;
			} else {
				body[at] = seed[rng_below(&g, sizeof seed - 1)];
			}
		}
		fine += read_body(s, readers[i % 2], body, n, &r) == 0;
		request_release(&r);
	}
	ok(fine > 0 && fine < i, "%zu of %zu damaged bodies are still fine",
	    fine, i);
}

int
main(void)
{
	struct served s;
	struct request r;

	scratch_enter();
	make_served(&s, "chatml");
	test_completion(&s);
	test_chat(&s);
	test_tokens(&s);
	test_damage(&s);
	drop_served(&s);
	make_served(&s, NULL);
	ok(read_body(&s, chat_read, USER "}", sizeof USER, &r) == -1 &&
		strcmp(err_last(),
		    "the policy has no chat template: use /v1/completions") ==
		    0,
	    "without a template: %s", err_last());
	request_release(&r);
	drop_served(&s);
	scratch_leave();
	return tap_done();
}
