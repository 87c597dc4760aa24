/* SPDX-License-Identifier: MIT */
#include "text/continuation.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "io/atomic.h"

int
continuation_begin(const struct tokenizer *t, bool empty, uint32_t **ids,
    size_t *n, size_t *cap)
{
	int64_t id = tokenizer_first(t);

	if (id < 0 && !empty)
		return 0;
	if (id < 0)
		id = tokenizer_bos(t);
	if (id < 0)
		id = tokenizer_eos(t);
	if (id < 0)
		return fail(
		    "empty prompt, and the tokenizer has neither BOS nor "
		    "EOS to begin with");
	*ids = mem_grow(*ids, cap, *n + 1, sizeof(**ids));
	(*ids)[(*n)++] = (uint32_t)id;
	return 0;
}

static void
measure_prompt(struct continuation *c)
{
	struct buf text = { 0 };

	tokenizer_decode(c->tokenizer, c->prompt, c->n, false, &text);
	c->prompt_bytes = c->returned = text.n;
	buf_release(&text);
}

int
continuation_init(struct continuation *c, const struct tokenizer *tokenizer,
    const char *prompt)
{
	int r;

	*c = (struct continuation){ .tokenizer = tokenizer };
	r = continuation_begin(tokenizer, prompt[0] == '\0', &c->prompt, &c->n,
	    &c->cap);
	if (r == 0)
		r = tokenizer_encode(tokenizer, prompt, strlen(prompt), false,
		    &c->prompt, &c->n, &c->cap);
	measure_prompt(c);
	return r;
}

void
continuation_init_ids(struct continuation *c, const struct tokenizer *tokenizer,
    const uint32_t *ids, size_t n)
{
	*c = (struct continuation){ .tokenizer = tokenizer, .n = n, .cap = n };
	c->prompt = mem_alloc(n, sizeof *ids);
	memcpy(c->prompt, ids, n * sizeof *ids);
	measure_prompt(c);
}

void
continuation_release(struct continuation *c)
{
	free(c->prompt);
	free(c->all);
	*c = (struct continuation){ 0 };
}

/*
 * How many bytes cannot change any more: without an incomplete character,
 * without U+FFFD, which may stand for one, and without the `held` last bytes.
 */
static size_t
settled_bytes(const struct buf *text, size_t held)
{
	size_t n = text->n - held;

	while (n >= 3 && memcmp(text->p + n - 3, "\xef\xbf\xbd", 3) == 0)
		n -= 3;
	return utf8_whole(text->p, n);
}

void
continuation_text(struct continuation *c, const uint32_t *tokens, size_t n,
    bool last, struct buf *out)
{
	struct buf text = { 0 };
	size_t end, said, stop;

	c->all = mem_grow(c->all, &c->all_cap, c->n + n, sizeof(*c->all));
	memcpy(c->all, c->prompt, c->n * sizeof(*c->all));
	memcpy(c->all + c->n, tokens, n * sizeof(*tokens));
	tokenizer_decode(c->tokenizer, c->all, c->n + n, false, &text);
	said = text.n > c->prompt_bytes ? text.n - c->prompt_bytes : 0;
	stop = stops_find(c->stops, text.p + text.n - said, said);
	if (stop < said)
		end = text.n - said + stop;
	else if (last)
		end = text.n;
	else
		end = settled_bytes(&text,
		    stops_begun(c->stops, text.p + text.n - said, said));
	if (end > c->returned) {
		buf_add(out, text.p + c->returned, end - c->returned);
		c->returned = end;
	}
	if (last)
		c->returned = c->prompt_bytes;
	buf_release(&text);
}

int
continuation_write(struct continuation *c, const uint32_t *tokens, size_t n,
    bool last, const char *end, int fd)
{
	struct buf out = { 0 };
	int rc;

	continuation_text(c, tokens, n, last, &out);
	buf_adds(&out, end);
	rc = write_all(fd, out.p, out.n, "output");
	buf_release(&out);
	return rc;
}
