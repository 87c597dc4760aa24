/* SPDX-License-Identifier: MIT */
#include "serve/chatfields.h"

#include <string.h>

#include "base/mem.h"
#include "text/chat.h"
#include "traj/demo.h"

enum { NEW_TOKENS = 1024 };

static int
check_messages(const struct json *body)
{
	const struct json *m = json_get(body, "messages");
	const char *role;

	if (json_kind(m) != JSON_T_ARRAY || json_count(m) == 0)
		return fail("field \"messages\": expected a list of messages");
	role = json_text(json_get(json_at(m, json_count(m) - 1), "role"), NULL);
	if (role != NULL && strcmp(role, "assistant") == 0)
		return fail("field \"messages\": the last one is the "
			    "assistant's, which has no answer");
	return 0;
}

/* The fields that the template is to see; others of a request, such as
 * "stop", would be variables of it. */
static struct json *
document_of(const struct json *body)
{
	static const char *const fields[] = { "messages", "tools", "documents",
		"chat_template_kwargs" };
	const char *choice = json_text(json_get(body, "tool_choice"), NULL);
	const bool none = choice != NULL && strcmp(choice, "none") == 0;
	const struct json *value;
	struct json *document;
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < sizeof fields / sizeof *fields; i++) {
		value = json_get(body, fields[i]);
		if (value == NULL || (none && strcmp(fields[i], "tools") == 0))
			continue;
		buf_adds(&b, b.n > 0 ? "," : "{");
		json_put_string(&b, fields[i], strlen(fields[i]));
		buf_addc(&b, ':');
		json_put(&b, value);
	}
	buf_addc(&b, '}');
	document = json_parse(b.p, b.n);
	buf_release(&b);
	return document;
}

static int
render(const struct json *document, const struct served *s, struct chat *chat)
{
	struct demo demo = { .prompts = true };
	int rc = demo_read(&demo, document, NULL, NULL);

	if (rc == 0)
		rc = fail("field \"messages\": nothing to answer");
	else if (rc > 0)
		rc = chat_render(s->template, s->tokenizer,
		    &(struct talk){ .turn = demo.side[0].turn,
			.turns = demo.side[0].turns,
			.document = document,
			.prompts = true },
		    chat);
	demo_release(&demo);
	return rc;
}

int
chat_prompt(const struct json *body, const struct served *s, uint32_t **ids,
    size_t *n, size_t *cap)
{
	struct json *document;
	struct chat chat = { 0 };
	int rc;

	if (s->template == NULL)
		return fail("the policy has no chat template: use "
			    "/v1/completions");
	if (check_messages(body) != 0 || (document = document_of(body)) == NULL)
		return -1;
	rc = render(document, s, &chat);
	if (rc == 0 && chat.n > 0) {
		*ids = mem_grow(*ids, cap, *n + chat.n, sizeof **ids);
		memcpy(*ids + *n, chat.tokens, chat.n * sizeof **ids);
		*n += chat.n;
	}
	chat_release(&chat);
	json_free(document);
	return rc;
}

static int
read_most(const struct json *j, size_t *most)
{
	int rc;

	*most = NEW_TOKENS;
	rc = request_number(j, "max_completion_tokens", 1, UINT32_MAX, most);

	return rc != 0 ? rc :
			 request_number(j, "max_tokens", 1, UINT32_MAX, most);
}

int
chat_read(struct request *r, const struct served *s)
{
	const struct json *j = r->body;
	struct request_prompt *p;
	int top;

	r->chat = true;
	if (request_read_common(r) != 0 || read_most(j, &r->own.max_new) < 0 ||
	    json_get_bool(j, "logprobs", &r->logprobs) < 0)
		return -1;
	top = request_number(j, "top_logprobs", 0, REQUEST_TOP, &r->top);
	if (top < 0)
		return -1;
	if (top == 1 && !r->logprobs)
		return fail("field \"top_logprobs\": needs \"logprobs\"");
	p = request_add_prompt(r);
	if (chat_prompt(j, s, &p->tokens, &p->n, &p->cap) != 0)
		return -1;
	if (template_end(s->template) >= 0)
		r->end = template_end(s->template);
	return request_finish(r, s->tokenizer, &s->policy.config);
}
