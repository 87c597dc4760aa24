/* SPDX-License-Identifier: MIT */
/* What a template puts around turns, learnt from samples. */
#include "traj/frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/readable.h"
#include "traj/frame_parts.h"

static const char sentinel[] = "zqzq";

#define SAMPLE(who) \
	{ \
		.speaker = SPEAKER_##who, .text = sentinel, \
		.n = sizeof sentinel - 1 \
	}
static const struct turn sample[] = { SAMPLE(SYSTEM), SAMPLE(USER),
	SAMPLE(ASSISTANT), SAMPLE(USER), SAMPLE(ASSISTANT) };

void
frame_decode(const struct tokenizer *b, const uint32_t *tokens, size_t from,
    size_t to, bool specials, struct buf *out)
{
	struct buf raw = { 0 };

	if (from == 0)
		tokenizer_decode(b, tokens, to, specials, &raw);
	else
		tokenizer_decode_more(b, tokens + from, to - from, specials,
		    &raw);
	if (raw.n > 0)
		readable_utf8(out, raw.p, raw.n);
	(void)buf_text(out);
	buf_release(&raw);
}

/* Cut a text at the sentinels that it has: whether there are so many. */
static bool
cut(const struct buf *text, struct buf *const *part, size_t parts)
{
	const char *at = text->p, *end = text->p + text->n, *next;
	size_t i;

	for (i = 0; i < parts; i++) {
		next = memmem(at, (size_t)(end - at), sentinel,
		    sizeof sentinel - 1);
		if ((next == NULL) != (i + 1 == parts))
			return false;
		next = next != NULL ? next : end;
		buf_reset(part[i]);
		buf_add(part[i], at, (size_t)(next - at));
		at = next + sizeof sentinel - 1;
	}
	return true;
}

/* Cut the context before answer k of a sample, or the span of the answer. */
static bool
learn(struct frame *f, const struct turn *turn, size_t turns, size_t k,
    bool answer, struct buf *const *part, size_t parts)
{
	const struct talk talk = { .turn = turn, .turns = turns };
	const size_t at = 2 * k + answer;
	struct chat c = { 0 };
	struct buf text = { 0 };
	bool good = chat_render(f->template, f->tokenizer, &talk, &c) == 0 &&
	    c.bounds > 2 * k;

	if (good) {
		frame_decode(f->tokenizer, c.tokens,
		    at > 0 ? c.bound[at - 1] : 0, c.bound[at], true, &text);
		good = cut(&text, part, parts);
		f->open = c.end == CHAT_OPEN;
	}
	buf_release(&text);
	chat_release(&c);
	return good;
}

static void
learn_all(struct frame *f)
{
	struct buf *const first[] = { &f->head, &f->tail };
	struct buf *const later[] = { &f->next, &f->tail };
	struct buf *const system[] = { &f->system, &f->then, &f->tail };
	struct buf *const said[] = { &f->lead, &f->end };

	f->known = learn(f, sample + 1, 2, 0, true, said, 2) &&
	    learn(f, sample + 1, 4, 1, false, later, 2) &&
	    learn(f, sample + 1, 2, 0, false, first, 2);
	if (!f->known)
		return;
	buf_add(&f->turn, f->end.p, f->end.n);
	buf_add(&f->turn, f->next.p, f->next.n);
	f->knows_system = learn(f, sample, 3, 0, false, system, 3);
}

struct frame *
frame_new(const char *dir, const char *name, const struct tokenizer *b)
{
	struct frame *f = mem_alloc(1, sizeof *f);

	f->tokenizer = b;
	f->template = template_find(dir, name);
	if (f->template == NULL || template_fit(f->template, b) != 0) {
		frame_free(f);
		return NULL;
	}
	learn_all(f);
	return f;
}

void
frame_free(struct frame *f)
{
	if (f == NULL)
		return;
	template_free(f->template);
	buf_release(&f->head);
	buf_release(&f->system);
	buf_release(&f->then);
	buf_release(&f->tail);
	buf_release(&f->lead);
	buf_release(&f->end);
	buf_release(&f->next);
	buf_release(&f->turn);
	free(f);
}

void
frame_talk_release(struct frame_talk *to)
{
	free(to->turn);
	buf_release(&to->text);
	*to = (struct frame_talk){ 0 };
}
