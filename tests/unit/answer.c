/* SPDX-License-Identifier: MIT */
/* answer: the JSON and the events of a request whose choices are drawn. */
#include "serve/answer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "serve/completionfields.h"
#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "text/bpetrain.h"

enum { V = 258 };

static void
make_served(struct served *s)
{
	static const char *const specials[] = { "<EOS>", "<X>" };
	static const char text[] = "a";
	struct buf json = { 0 };

	need(bpe_train(text, sizeof text - 1, V, specials, 2, &json));
	put("tokenizer.json", buf_text(&json));
	s->tokenizer = tokenizer_open(".");
	need(s->tokenizer == NULL ? -1 : 0);
	(void)unlink("tokenizer.json");
	s->policy.config.V = V;
	s->policy.config.context = 64;
	s->policy.step = 7;
	memcpy(s->policy.id, "p1", 3);
	buf_adds(&s->name, "dir");
	buf_release(&json);
}

static uint32_t
id_of(const struct served *s, const char *text)
{
	uint32_t *ids = NULL, id;
	size_t n = 0, cap = 0;

	need(tokenizer_encode(s->tokenizer, text, strlen(text), true, &ids, &n,
	    &cap));
	id = ids[0];
	free(ids);
	return id;
}

/* Let choice 0 have drawn "b", the first byte of a character, and EOS. */
static void
draw(struct request *r, const struct served *s, bool scored)
{
	struct choice *c = &r->choice[0];
	const uint32_t drawn[] = { id_of(s, "b"), id_of(s, "\xc3\xa9"),
		id_of(s, "<EOS>") };
	size_t i, k;

	c->job.n = 3;
	c->job.ended = true;
	c->job.tokens = mem_alloc(3, sizeof *c->job.tokens);
	memcpy(c->job.tokens, drawn, sizeof drawn);
	buf_adds(&c->said, "b\xc3");
	if (!scored)
		return;
	c->scored = choice_tokens(c) - request_first(r, c);
	c->logp = mem_alloc(c->scored, sizeof *c->logp);
	c->top = mem_alloc(c->scored * r->top, sizeof *c->top);
	for (i = 0; i < c->scored; i++) {
		c->logp[i] = i == 0 ? -1.0f : -0.5f;
		for (k = 0; k < r->top; k++)
			c->top[i * r->top + k] =
			    (struct alternative){ choice_token(c,
						      request_first(r, c) + i),
				    c->logp[i] };
	}
}

static void
make_request(struct request *r, const struct served *s, const char *body)
{
	*r = (struct request){ .body = json_parse(body, strlen(body)) };
	need(completion_read(r, s));
}

static void
test_completion(const struct served *s)
{
	static const char want[] =
	    "{\"id\":\"cmpl-3\",\"object\":\"text_completion\",\"created\":9,"
	    "\"model\":\"dir\",\"system_fingerprint\":\"p1@7\",\"choices\":[{"
	    "\"index\":0,\"text\":\"aab\xef\xbf\xbd\",\"logprobs\":{\"tokens\":"
	    "[\"a\",\"a\",\"b\",\"bytes:\\\\xc3\",\"<EOS>\"],"
	    "\"token_logprobs\":[null,-1.0,-0.5,-0.5,-0.5],\"top_logprobs\":["
	    "null,{\"a\":-1.0},{\"b\":-0.5},{\"bytes:\\\\xc3\":-0.5},"
	    "{\"<EOS>\":-0.5}],\"text_offset\":[0,1,2,3,4]},"
	    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":2,"
	    "\"completion_tokens\":3,\"total_tokens\":5}}";
	struct request r;
	const struct answer_head h = { &r, s, 3, 9 };
	struct buf out = { 0 };

	make_request(&r, s, "{\"prompt\":\"aa\",\"echo\":true,\"logprobs\":1}");
	draw(&r, s, true);
	answer_put(&out, &h);
	ok(strcmp(buf_text(&out), want) == 0, "a completion: %s",
	    buf_text(&out));
	request_release(&r);
	buf_release(&out);
}

static void
test_chat(const struct served *s)
{
	static const char want[] =
	    "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
	    "\"b\xef\xbf\xbd\"},\"logprobs\":{\"content\":[{\"token\":\"b\","
	    "\"logprob\":-1.0,\"bytes\":[98],\"top_logprobs\":[{\"token\":"
	    "\"b\",\"logprob\":-1.0,\"bytes\":[98]}]},{\"token\":"
	    "\"bytes:\\\\xc3\",\"logprob\":-0.5,\"bytes\":[195],";
	struct request r;
	const struct answer_head h = { &r, s, 3, 9 };
	struct buf out = { 0 };

	make_request(&r, s, "{\"prompt\":\"aa\",\"logprobs\":1}");
	r.chat = true;
	draw(&r, s, true);
	answer_put(&out, &h);
	ok(strstr(buf_text(&out), want) != NULL, "a chat: %s", buf_text(&out));
	request_release(&r);
	buf_release(&out);
}

static void
test_events(const struct served *s)
{
#define HEAD \
	"data: {\"id\":\"chatcmpl-3\",\"object\":\"chat.completion.chunk\"," \
	"\"created\":9,\"model\":\"dir\",\"system_fingerprint\":\"p1@7\"," \
	"\"choices\":["
	static const char want[] =
	    HEAD "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":"
		 "\"\"},\"logprobs\":null,\"finish_reason\":null}],"
		 "\"usage\":null}\n\n" HEAD
		 "{\"index\":0,\"delta\":{\"content\":\"b\"},\"logprobs\":null,"
		 "\"finish_reason\":null}],\"usage\":null}\n\n" HEAD
		 "{\"index\":0,\"delta\":{},\"logprobs\":null,"
		 "\"finish_reason\":\"stop\"}],\"usage\":null}\n\n" HEAD
		 "],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":3,"
		 "\"total_tokens\":5}}\n\ndata: [DONE]\n\n";
	struct request r;
	const struct answer_head h = { &r, s, 3, 9 };
	struct buf out = { 0 }, text = { 0 };

	make_request(&r, s,
	    "{\"prompt\":\"aa\",\"stream\":true,\"stream_options\":"
	    "{\"include_usage\":true}}");
	r.chat = true;
	draw(&r, s, false);
	answer_event(&out, &h, 0, &text);
	buf_adds(&text, "b");
	answer_event(&out, &h, 0, &text);
	answer_closing(&out, &h, 0);
	answer_end(&out, &h);
	ok(strcmp(buf_text(&out), want) == 0, "events: %s", buf_text(&out));
	request_release(&r);
	buf_release(&out);
	buf_release(&text);
}

int
main(void)
{
	struct served s = { 0 };
	struct buf out = { 0 };

	scratch_enter();
	make_served(&s);
	test_completion(&s);
	test_chat(&s);
	test_events(&s);
	answer_error(&out, 401, "a \"b\" \xff");
	ok(strcmp(buf_text(&out),
	       "{\"error\":{\"message\":\"a \\\"b\\\" \xef\xbf\xbd\","
	       "\"type\":\"authentication_error\",\"param\":null,"
	       "\"code\":\"invalid_api_key\"}}") == 0,
	    "an error: %s", buf_text(&out));
	buf_release(&out);
	buf_release(&s.name);
	tokenizer_close(s.tokenizer);
	scratch_leave();
	return tap_done();
}
