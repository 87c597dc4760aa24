/* SPDX-License-Identifier: MIT */
#include "serve/tokenanswers.h"

#include <stdlib.h>

#include "serve/chatfields.h"
#include "serve/textprompt.h"
#include "text/readable.h"

static int
read_text(const struct served *s, const struct json *body, uint32_t **ids,
    size_t *n, size_t *cap)
{
	static const char *const names[] = { "prompt", "content", "text" };
	const struct json *text;
	size_t i;

	if (json_get(body, "messages") != NULL)
		return chat_prompt(body, s, ids, n, cap);
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		text = json_get(body, names[i]);
		if (json_kind(text) == JSON_T_NULL)
			continue;
		return textprompt_encode(s->tokenizer, body, text, ids, n,
			   cap) == 0 ?
		    0 :
		    fail_in("field \"%s\"", names[i]);
	}
	return fail("field \"prompt\": missing");
}

int
tokenize_answer(const struct served *s, const struct json *body,
    struct buf *out)
{
	uint32_t *ids = NULL;
	size_t n = 0, cap = 0, i;
	int rc = read_text(s, body, &ids, &n, &cap);

	if (rc == 0) {
		buf_addf(out, "{\"count\":%zu,\"max_model_len\":%zu,", n,
		    s->policy.config.context);
		buf_adds(out, "\"tokens\":[");
		for (i = 0; i < n; i++)
			buf_addf(out, i > 0 ? ",%u" : "%u", ids[i]);
		buf_adds(out, "]}");
	}
	free(ids);
	return rc;
}

int
detokenize_answer(const struct served *s, const struct json *body,
    struct buf *out)
{
	const struct json *list = json_get(body, "tokens");
	struct buf raw = { 0 }, text = { 0 };
	uint32_t *ids = NULL;
	size_t n = 0, cap = 0;
	int rc;

	if (json_kind(list) != JSON_T_ARRAY)
		return fail("field \"tokens\": expected a list of ids");
	rc = textprompt_ids(list, s->policy.config.V, &ids, &n, &cap);
	if (rc == 0) {
		tokenizer_decode(s->tokenizer, ids, n, true, &raw);
		readable_utf8(&text, raw.p, raw.n);
		buf_adds(out, "{\"prompt\":");
		json_put_string(out, text.p, text.n);
		buf_adds(out, ",\"content\":");
		json_put_string(out, text.p, text.n);
		buf_addc(out, '}');
	} else {
		rc = fail_in("field \"tokens\"");
	}
	buf_release(&raw);
	buf_release(&text);
	free(ids);
	return rc;
}
