/* SPDX-License-Identifier: MIT */
/*
 * A rendered text: its runs by source, the special tokens in the runs of the
 * template, and the actions.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/chat_parts.h"

static void
add_run(struct chat_text *t, const struct jpart *part)
{
	struct chat_run *last = t->runs > 0 ? &t->run[t->runs - 1] : NULL;
	const size_t start = t->text.n;

	buf_add(&t->text, part->p, part->n);
	if (last != NULL && last->origin == part->origin &&
	    last->learnt == part->learnt) {
		last->end = t->text.n;
		return;
	}
	t->run = mem_grow(t->run, &t->run_cap, t->runs + 1, sizeof *t->run);
	t->run[t->runs++] =
	    (struct chat_run){ start, t->text.n, part->origin, part->learnt };
}

/* A token that is decoded without special tokens leaves no text. */
static bool
is_special(const struct tokenizer *tokenizer, uint32_t id)
{
	struct buf text = { 0 };
	bool special;

	tokenizer_decode(tokenizer, &id, 1, false, &text);
	special = text.n == 0;
	buf_release(&text);
	return special;
}

/* The special tokens in text[start .. end), which is the template's. */
static void
find_hits(struct chat_text *t, const struct tokenizer *tokenizer, size_t start,
    size_t end)
{
	const char *p = t->text.p + start;
	const size_t n = end - start;
	size_t at = 0, from, to;
	uint32_t id;

	while (at < n &&
	    tokenizer_find_special(tokenizer, p, n, at, &from, &to, &id)) {
		t->hit =
		    mem_grow(t->hit, &t->hit_cap, t->hits + 1, sizeof *t->hit);
		t->hit[t->hits++] = (struct chat_hit){ start + from, start + to,
			id, is_special(tokenizer, id) };
		at = to;
	}
}

void
chat_text_read(struct chat_text *t, const struct jinja_run *v,
    const struct tokenizer *tokenizer, struct chat_sources *s)
{
	size_t i, start = 0;
	bool template = false;

	for (i = 0; i < v->parts; i++) {
		if (v->part[i].origin > 0)
			s->source[v->part[i].origin - 1].used = true;
		if (template && v->part[i].origin > 0)
			find_hits(t, tokenizer, start, t->text.n);
		if (!template && v->part[i].origin == 0)
			start = t->text.n;
		template = v->part[i].origin == 0;
		add_run(t, &v->part[i]);
	}
	if (template)
		find_hits(t, tokenizer, start, t->text.n);
}

void
chat_text_release(struct chat_text *t)
{
	buf_release(&t->text);
	free(t->run);
	free(t->hit);
	free(t->span);
	*t = (struct chat_text){ 0 };
}

/* ---- actions */

static void
add_span(struct chat_text *t, size_t start, size_t end, size_t turn)
{
	t->span =
	    mem_grow(t->span, &t->span_cap, t->spans + 1, sizeof *t->span);
	t->span[t->spans++] = (struct chat_span){ start, end, turn };
}

/* The turn that a run belongs to, SIZE_MAX if it is the template's. */
static size_t
turn_of(const struct chat_run *r, const struct chat_sources *s)
{
	return r->origin > 0 ? s->source[r->origin - 1].turn : SIZE_MAX;
}

/* The first special token that ends after a position. */
static size_t
hit_after(const struct chat_text *t, size_t at)
{
	size_t lo = 0, hi = t->hits, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (t->hit[mid].end <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Blanks after the token that ends the last action: nobody waits for them. */
static void
drop_blanks(struct chat_text *t)
{
	struct chat_span *s = &t->span[t->spans - 1];
	size_t end = s->end, i;

	while (end > s->start && strchr(" \t\n", t->text.p[end - 1]) != NULL &&
	    t->text.p[end - 1] != '\0')
		end--;
	i = end > 0 ? hit_after(t, end - 1) : t->hits;
	if (i < t->hits && t->hit[i].special && t->hit[i].end == end)
		s->end = end;
}

/* What generation blocks wrote; a block without a message's text belongs to
 * the message before it. */
static void
find_marked(struct chat_text *t, const struct chat_sources *s)
{
	size_t i, turn = SIZE_MAX, k, inside;

	for (i = 0; i < t->runs; i = k) {
		k = i + 1;
		inside = turn_of(&t->run[i], s);
		if (t->run[i].learnt) {
			for (; k < t->runs && t->run[k].learnt; k++)
				if (inside == SIZE_MAX)
					inside = turn_of(&t->run[k], s);
			turn = inside != SIZE_MAX ? inside : turn;
			add_span(t, t->run[i].start, t->run[k - 1].end, turn);
		} else if (inside != SIZE_MAX) {
			turn = inside;
		}
	}
	if (t->spans > 0)
		drop_blanks(t);
}

static bool
is_opener(const struct chat_template *template, uint32_t id)
{
	size_t i;

	for (i = 0; i < template->openers; i++)
		if (template->opener[i] == id && (int64_t)id != template->end)
			return true;
	return false;
}

/*
 * The end of an answer whose words end at `from`: with the token that ends
 * turns, or else the first special ones side by side, before one that begins a
 * turn and before `to`, where the template's text ends.  A template may end
 * answers by text alone.
 */
static size_t
end_of_answer(const struct chat_text *t, const struct chat_template *template,
    size_t from, size_t to)
{
	size_t i = hit_after(t, from), first = from;

	for (; i < t->hits && t->hit[i].end <= to; i++) {
		if (t->hit[i].start < from || !t->hit[i].special)
			continue;
		if ((int64_t)t->hit[i].id == template->end)
			return t->hit[i].end;
		if (is_opener(template, t->hit[i].id))
			break;
		if (first == from || first == t->hit[i].start)
			first = t->hit[i].end;
	}
	if (first == from && template->end < 0 && template->tail.n > 0 &&
	    to - from >= template->tail.n &&
	    memcmp(t->text.p + from, template->tail.p, template->tail.n) == 0)
		return from + template->tail.n;
	return first;
}

/* The last place of a text in p[0 .. n), or NULL. */
static const char *
last_place(const char *p, size_t n, const struct buf *what)
{
	size_t at;

	for (at = n >= what->n ? n - what->n + 1 : 0; at-- > 0;)
		if (memcmp(p + at, what->p, what->n) == 0)
			return p + at;
	return NULL;
}

/*
 * The start of an answer whose words begin at `to`, after the template's text
 * from `from`: what follows the text that prompts an answer.  Without that, a
 * blank before the words is part of their first token.
 */
static size_t
start_of_answer(const struct chat_text *t, const struct chat_template *template,
    size_t from, size_t to)
{
	const char *p = t->text.p, *at = NULL;
	size_t i;

	if (template->prompt.n > 0)
		at = last_place(p + from, to - from, &template->prompt);
	if (at != NULL)
		return (size_t)(at - p) + template->prompt.n;
	if (to == from || p[to - 1] != ' ' ||
	    (to - from > 1 && p[to - 2] == ' '))
		return to;
	i = hit_after(t, to - 1);
	return i < t->hits && t->hit[i].start < to ? to : to - 1;
}

/* Words of an assistant, joined over the template's text between them. */
static void
find_answers(struct chat_text *t, const struct chat_template *template,
    const struct chat_sources *s)
{
	size_t i, k, last, from = 0, to;
	const struct chat_source *one;

	for (i = 0; i < t->runs; i = k) {
		k = i + 1;
		if (t->run[i].origin == 0)
			continue;
		one = &s->source[t->run[i].origin - 1];
		if (!one->spoken) {
			from = t->run[i].end;
			continue;
		}
		for (last = i; k < t->runs &&
		     (t->run[k].origin == 0 ||
			 turn_of(&t->run[k], s) == one->turn);
		     k++)
			if (t->run[k].origin > 0)
				last = k;
		to = k < t->runs ? t->run[k].start : t->text.n;
		k = last + 1;
		to = end_of_answer(t, template, t->run[last].end, to);
		add_span(t, start_of_answer(t, template, from, t->run[i].start),
		    to, one->turn);
		from = to;
	}
}

/* Move edges out of the middle of special tokens. */
static void
fix_edges(struct chat_text *t)
{
	struct chat_span *s;
	size_t i, k;

	for (i = 0; i < t->spans; i++) {
		s = &t->span[i];
		k = hit_after(t, s->start);
		if (k < t->hits && t->hit[k].start < s->start)
			s->start = t->hit[k].end;
		k = hit_after(t, s->end);
		if (k < t->hits && t->hit[k].start < s->end)
			s->end = t->hit[k].start;
		if (s->end < s->start)
			s->end = s->start;
	}
}

void
chat_text_spans(struct chat_text *t, const struct chat_template *template,
    const struct chat_sources *s)
{
	if (jinja_marks(template->jinja))
		find_marked(t, s);
	else
		find_answers(t, template, s);
	fix_edges(t);
}
