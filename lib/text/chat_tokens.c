/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "text/chat_parts.h"

void
chat_put_text(struct chat_writer *w, const char *p, size_t n)
{
	buf_add(&w->pending, p, n);
}

int
chat_flush(struct chat_writer *w)
{
	struct chat *c = w->chat;
	int rc;

	if (w->pending.n == 0)
		return 0;
	rc = tokenizer_encode_part(w->tokenizer, w->pending.p, w->pending.n,
	    w->place, &c->tokens, &c->n, &c->cap);
	buf_reset(&w->pending);
	w->place = PLACE_AFTER_TEXT;
	w->last = CHAT_OPEN;
	return rc;
}

int
chat_put_id(struct chat_writer *w, int64_t id)
{
	struct chat *c = w->chat;

	if (chat_flush(w) != 0)
		return -1;
	c->tokens = mem_grow(c->tokens, &c->cap, c->n + 1, sizeof *c->tokens);
	c->tokens[c->n++] = (uint32_t)id;
	w->place = PLACE_AFTER_SPECIAL;
	w->last = id == tokenizer_eos(w->tokenizer) ? CHAT_EOS : CHAT_TURN;
	return 0;
}

int
chat_put_first(struct chat_writer *w, int64_t id)
{
	int rc = chat_put_id(w, id);

	w->place = PLACE_FIRST;
	return rc;
}

int
chat_put_literal(struct chat_writer *w, const char *s, size_t n)
{
	size_t at = 0, start, end;
	uint32_t id;

	while (at < n) {
		if (!tokenizer_find_special(w->tokenizer, s, n, at, &start,
			&end, &id)) {
			chat_put_text(w, s + at, n - at);
			return 0;
		}
		chat_put_text(w, s + at, start - at);
		if (chat_put_id(w, id) != 0)
			return -1;
		at = end;
	}
	return 0;
}

int
chat_begin_action(struct chat_writer *w)
{
	struct chat *c = w->chat;
	int64_t first = tokenizer_bos(w->tokenizer) >= 0 ?
	    tokenizer_bos(w->tokenizer) :
	    tokenizer_eos(w->tokenizer);

	if (chat_flush(w) != 0)
		return -1;
	if (c->n == 0 && first < 0)
		return fail(
		    "empty prompt, and the tokenizer has neither BOS nor "
		    "EOS to begin with");
	if (c->n == 0 && chat_put_first(w, first) != 0)
		return -1;
	c->bound =
	    mem_grow(c->bound, &c->bound_cap, c->bounds + 2, sizeof *c->bound);
	c->bound[c->bounds] = (uint32_t)c->n;
	return 0;
}

int
chat_end_action(struct chat_writer *w)
{
	struct chat *c = w->chat;

	if (chat_flush(w) != 0)
		return -1;
	c->end = w->last;
	if (c->n == c->bound[c->bounds])
		return 0; /* an empty turn */
	if (c->bounds > 0 && c->bound[c->bounds - 1] == c->bound[c->bounds])
		c->bounds -= 2; /* it continues the action before it */
	c->bound[c->bounds + 1] = (uint32_t)c->n;
	c->bounds += 2;
	return 0;
}
