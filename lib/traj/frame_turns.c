/* SPDX-License-Identifier: MIT */
/* Turns taken out of a trajectory, and the proof that they are its turns. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "traj/frame_parts.h"

/* How contexts are cut into turns. */
enum mode {
	WHOLE, /* between two actions there is a turn of the user */
	SPLIT, /* there may be answers that are no actions, too */
	PLAIN  /* by no frame: all is the user's */
};

static struct frame_turn *
add_turn(struct frame_talk *to, enum speaker who, const char *text, size_t n)
{
	struct frame_turn *t;

	to->turn =
	    mem_grow(to->turn, &to->cap, to->turns + 1, sizeof *to->turn);
	t = &to->turn[to->turns++];
	*t = (struct frame_turn){ .speaker = who, .at = to->text.n, .n = n };
	if (n > 0)
		buf_add(&to->text, text, n);
	return t;
}

static bool
begins(const char *text, size_t n, const struct buf *with)
{
	return with->n == 0 ||
	    (n >= with->n && memcmp(text, with->p, with->n) == 0);
}

static bool
ends(const char *text, size_t n, const struct buf *with)
{
	return n >= with->n && begins(text + n - with->n, with->n, with);
}

/* Where a text is in another; NULL: nowhere, or it is empty. */
static const char *
find(const char *text, const char *end, const struct buf *what)
{
	return what->n == 0 ?
	    NULL :
	    memmem(text, (size_t)(end - text), what->p, what->n);
}

/* What is between the head of a context and its tail. */
static void
add_said(const struct frame *f, enum mode mode, const char *text, size_t n,
    struct frame_talk *to)
{
	const char *end = text + n, *answer, *stop;

	while (mode == SPLIT && (answer = find(text, end, &f->tail)) != NULL &&
	    (stop = find(answer + f->tail.n, end, &f->turn)) != NULL) {
		(void)add_turn(to, SPEAKER_USER, text, (size_t)(answer - text));
		answer += f->tail.n;
		if (begins(answer, (size_t)(stop - answer), &f->lead))
			answer += f->lead.n;
		add_turn(to, SPEAKER_ASSISTANT, answer, (size_t)(stop - answer))
		    ->given = true;
		text = stop + f->turn.n;
	}
	(void)add_turn(to, SPEAKER_USER, text, (size_t)(end - text));
}

/* The system's turn and what follows; false: the text is another. */
static bool
add_system(const struct frame *f, enum mode mode, const char *text, size_t n,
    struct frame_talk *to)
{
	const char *end = text + n, *user;

	if (!f->knows_system || !begins(text, n, &f->system))
		return false;
	text += f->system.n;
	user = find(text, end, &f->then);
	if (user == NULL)
		return false;
	(void)add_turn(to, SPEAKER_SYSTEM, text, (size_t)(user - text));
	user += f->then.n;
	add_said(f, mode, user, (size_t)(end - user), to);
	return true;
}

static bool
add_user(const struct frame *f, enum mode mode, const struct buf *head,
    const char *text, size_t n, struct frame_talk *to)
{
	if (!begins(text, n, head))
		return false;
	add_said(f, mode, text + head->n, n - head->n, to);
	return true;
}

/* Turns of the text before an answer, the first one or a later one. */
static bool
take_out(const struct frame *f, enum mode mode, const struct buf *text,
    bool first, struct frame_talk *to)
{
	const size_t n = text->n - f->tail.n;

	if (!ends(text->p, text->n, &f->tail))
		return false;
	if (!first)
		return add_user(f, mode, &f->next, text->p, n, to);
	if (f->system.n > f->head.n && add_system(f, mode, text->p, n, to))
		return true;
	return add_user(f, mode, &f->head, text->p, n, to) ||
	    add_system(f, mode, text->p, n, to);
}

/*
 * What the assistant says in a span: without the texts that the frame has
 * there, or else without the end of the sequence.  A span that was cut off has
 * no end, if that is a token.
 */
static void
add_answer(const struct frame *f, const struct tokenizer *b,
    const struct traj *t, size_t i, bool framed, struct frame_talk *to)
{
	const bool whole =
	    framed && (i + 1 < t->spans || t->stop != STOP_LENGTH || f->open);
	struct span s = t->span[i];
	struct buf text = { 0 };
	size_t from = 0;

	if (!framed && (int64_t)t->tokens[s.end - 1] == tokenizer_eos(b))
		s.end--;
	frame_decode(b, t->tokens, s.start, s.end, true, &text);
	if (framed && begins(text.p, text.n, &f->lead))
		from = f->lead.n;
	if (whole && ends(text.p + from, text.n - from, &f->end))
		text.n -= f->end.n;
	(void)add_turn(to, SPEAKER_ASSISTANT, text.p + from, text.n - from);
	buf_release(&text);
}

/* All turns; false: the frame is not around them. */
static bool
all_turns(const struct frame *f, const struct tokenizer *b,
    const struct traj *t, enum mode mode, struct frame_talk *to)
{
	const bool framed = mode != PLAIN;
	struct buf text = { 0 };
	size_t i, at = 0, end;
	bool good = true;

	to->turns = 0;
	buf_reset(&to->text);
	(void)buf_text(&to->text);
	for (i = 0; good && (i < t->spans || i == 0); i++) {
		end = i < t->spans ? t->span[i].start : t->n;
		buf_reset(&text);
		frame_decode(b, t->tokens, at, end, framed, &text);
		if (framed)
			good = take_out(f, mode, &text, i == 0, to);
		else if (text.n > 0)
			(void)add_turn(to, SPEAKER_USER, text.p, text.n);
		if (i < t->spans) {
			add_answer(f, b, t, i, framed, to);
			at = t->span[i].end;
		}
	}
	buf_release(&text);
	return good;
}

/* Whether the template's contexts are those of the trajectory. */
static bool
same_contexts(const struct chat *c, const struct traj *t)
{
	size_t i, at = 0, from = 0, n;

	if (c->bounds != 2 * t->spans)
		return false;
	if (t->spans == 0)
		return c->n == t->n &&
		    memcmp(c->tokens, t->tokens, t->n * sizeof *t->tokens) == 0;
	for (i = 0; i < t->spans; i++) {
		n = t->span[i].start - at;
		if (c->bound[2 * i] - from != n ||
		    memcmp(c->tokens + from, t->tokens + at,
			n * sizeof *t->tokens) != 0)
			return false;
		from = c->bound[2 * i + 1];
		at = t->span[i].end;
	}
	return true;
}

static bool
makes_same(const struct frame *f, const struct traj *t,
    const struct frame_talk *from)
{
	struct turn *turn = mem_alloc(from->turns, sizeof *turn);
	const struct talk talk = { .turn = turn,
		.turns = from->turns,
		.prompts = t->spans == 0 };
	struct chat c = { 0 };
	size_t i;
	bool same;

	for (i = 0; i < from->turns; i++)
		turn[i] = (struct turn){ .speaker = from->turn[i].speaker,
			.text = from->text.p + from->turn[i].at,
			.n = from->turn[i].n,
			.given = from->turn[i].given };
	same = chat_render(f->template, f->tokenizer, &talk, &c) == 0 &&
	    same_contexts(&c, t);
	chat_release(&c);
	free(turn);
	return same;
}

void
frame_turns(const struct frame *f, const struct tokenizer *b,
    const struct traj *t, struct frame_talk *to)
{
	enum mode mode = f != NULL && f->known ? WHOLE : PLAIN;

	while (!all_turns(f, b, t, mode, to) ||
	    (mode != PLAIN && !makes_same(f, t, to)))
		mode++;
}
