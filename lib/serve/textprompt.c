/* SPDX-License-Identifier: MIT */
#include "serve/textprompt.h"

#include "base/mem.h"
#include "text/continuation.h"

int
textprompt_encode(const struct tokenizer *t, const struct json *body,
    const struct json *text, uint32_t **ids, size_t *n, size_t *cap)
{
	bool first = true, specials = true;
	const char *p;
	size_t bytes;

	p = json_text(text, &bytes);
	if (p == NULL)
		return fail("expected a text, found %s", json_kind_name(text));
	if (json_get_bool(body, "add_special_tokens", &first) < 0 ||
	    json_get_bool(body, "parse_special", &specials) < 0 ||
	    (first && continuation_begin(t, bytes == 0, ids, n, cap) != 0))
		return -1;
	return tokenizer_encode(t, p, bytes, specials, ids, n, cap);
}

int
textprompt_ids(const struct json *list, size_t V, uint32_t **ids, size_t *n,
    size_t *cap)
{
	const size_t count = json_count(list);
	const struct json *id;
	size_t i;

	*ids = mem_grow(*ids, cap, *n + count, sizeof **ids);
	for (i = 0; i < count; i++) {
		id = json_at(list, i);
		if (json_kind(id) != JSON_T_INT || json_int(id, -1) < 0 ||
		    (uint64_t)json_int(id, -1) >= V)
			return fail("token %zu: expected a whole number below "
				    "%zu",
			    i, V);
		(*ids)[(*n)++] = (uint32_t)json_int(id, 0);
	}
	return 0;
}
