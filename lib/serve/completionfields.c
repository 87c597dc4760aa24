/* SPDX-License-Identifier: MIT */
#include "serve/completionfields.h"

#include "serve/textprompt.h"

enum { NEW_TOKENS = 16 }; /* as in OpenAI's interface */

/* A text or a list of ids. */
static int
add_prompt(struct request *r, const struct served *s, const struct json *j)
{
	struct request_prompt *p = request_add_prompt(r);

	return json_kind(j) == JSON_T_ARRAY ?
	    textprompt_ids(j, s->policy.config.V, &p->tokens, &p->n, &p->cap) :
	    textprompt_encode(s->tokenizer, r->body, j, &p->tokens, &p->n,
		&p->cap);
}

static int
read_prompts(struct request *r, const struct served *s)
{
	const struct json *j = json_get(r->body, "prompt");
	size_t i;

	if (json_kind(j) == JSON_T_NULL)
		return fail("missing");
	if (json_kind(j) != JSON_T_ARRAY ||
	    json_kind(json_at(j, 0)) == JSON_T_INT)
		return add_prompt(r, s, j);
	if (json_count(j) > REQUEST_CHOICES)
		return fail("%zu prompts, at most %d in a request",
		    json_count(j), REQUEST_CHOICES);
	for (i = 0; i < json_count(j); i++)
		if (add_prompt(r, s, json_at(j, i)) != 0)
			return fail_in("prompt %zu", i);
	return 0;
}

int
completion_read(struct request *r, const struct served *s)
{
	const struct json *j = r->body;
	size_t most = NEW_TOKENS;
	int logprobs;

	if (request_read_common(r) != 0 ||
	    json_get_bool(j, "echo", &r->echo) < 0 ||
	    request_number(j, "max_tokens", 0, UINT32_MAX, &most) < 0)
		return -1;
	logprobs = request_number(j, "logprobs", 0, REQUEST_TOP, &r->top);
	if (logprobs < 0)
		return -1;
	r->logprobs = logprobs == 1;
	if (most == 0 && !r->echo)
		return fail("field \"max_tokens\": 0 needs \"echo\"");
	r->draws = most > 0;
	r->own.max_new = most;
	if (read_prompts(r, s) != 0)
		return fail_in("field \"prompt\"");
	return request_finish(r, s->tokenizer, &s->policy.config);
}
