/* SPDX-License-Identifier: MIT */
#include "traj/textbytes.h"

size_t
textbytes(const struct tokenizer *b, const struct traj *t)
{
	struct buf text = { 0 };
	const struct span *s;
	size_t n;

	for (s = t->span; s < t->span + t->spans; s++)
		tokenizer_decode_more(b, t->tokens + s->start,
		    s->end - s->start, false, &text);
	n = text.n;
	buf_release(&text);
	return n;
}
