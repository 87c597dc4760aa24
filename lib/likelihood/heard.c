/* SPDX-License-Identifier: MIT */
#include "likelihood/heard.h"

#include <string.h>

/* Append the last token of a job to what it has said. */
static void
hear(struct heard *h, const struct tokenizer *t, const struct decode_job *j)
{
	const uint32_t *token = &j->tokens[j->n - 1];
	const size_t before = h->tail.n;
	struct buf raw = { 0 };

	if (j->n == 1) {
		tokenizer_decode_more(t, j->prompt, j->prompt_n, false, &raw);
		h->begun = raw.n > 0;
		buf_reset(&raw);
	}
	tokenizer_decode_more(t, token, 1, false, &raw);
	if (h->begun)
		buf_add(&h->tail, raw.p, raw.n);
	else
		tokenizer_decode(t, token, 1, false, &h->tail);
	h->begun = h->begun || raw.n > 0 || h->tail.n > before;
	buf_release(&raw);
}

bool
heard_stop(struct heard *h, const struct tokenizer *t, const struct stops *s,
    const struct decode_job *j)
{
	const size_t keep = s->longest - 1;
	size_t n;
	bool stopped;

	hear(h, t, j);
	n = h->tail.n;
	stopped = stops_find(s, h->tail.p, n) < n;
	if (n > keep) {
		memmove(h->tail.p, h->tail.p + n - keep, keep);
		h->tail.n = keep;
	}
	return stopped;
}

void
heard_release(struct heard *h)
{
	buf_release(&h->tail);
}
