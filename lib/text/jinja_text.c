/* SPDX-License-Identifier: MIT */
#include "text/jinja_text.h"

#include <string.h>

#include "base/utf8.h"

void
jbuild_part(struct jbuild *b, struct jpart part)
{
	struct jpart *last = b->parts > 0 ? &b->part[b->parts - 1] : NULL,
		     *more;

	if (part.n == 0 || b->long_)
		return;
	part.learnt |= b->learnt;
	b->n += part.n;
	b->long_ = b->n > JTEXT_MAX;
	if (last != NULL && last->origin == part.origin &&
	    last->learnt == part.learnt && last->p + last->n == part.p) {
		last->n += part.n;
		return;
	}
	if (b->parts == b->cap) {
		b->cap = b->cap > 0 ? 2 * b->cap : 4;
		more = jarena_alloc(b->arena, b->cap * sizeof *more);
		if (b->parts > 0)
			memcpy(more, b->part, b->parts * sizeof *more);
		b->part = more;
		b->long_ |= jarena_over(b->arena);
	}
	b->part[b->parts++] = part;
}

void
jbuild_add(struct jbuild *b, const char *p, size_t n, uint32_t origin)
{
	jbuild_part(b, (struct jpart){ p, n, origin, false });
}

void
jbuild_copy(struct jbuild *b, const char *p, size_t n, uint32_t origin)
{
	char *copy;

	if (n == 0 || b->long_)
		return;
	copy = jarena_alloc(b->arena, n);
	memcpy(copy, p, n);
	jbuild_add(b, copy, n, origin);
}

void
jbuild_text(struct jbuild *b, const struct jtext *t)
{
	size_t i;

	for (i = 0; i < t->parts; i++)
		jbuild_part(b, t->part[i]);
}

void
jbuild_slice(struct jbuild *b, const struct jtext *t, size_t from, size_t to)
{
	struct jpart part;
	size_t i, at = 0, start, end;

	for (i = 0; i < t->parts && at < to; at += t->part[i++].n) {
		part = t->part[i];
		start = from > at ? from - at : 0;
		end = to - at < part.n ? to - at : part.n;
		if (start >= end)
			continue;
		part.p += start;
		part.n = end - start;
		jbuild_part(b, part);
	}
}

static struct jval
made(const struct jbuild *b)
{
	struct jtext *t =
	    jarena_alloc(b->arena, sizeof *t + b->parts * sizeof t->part[0]);

	t->n = b->n;
	t->parts = b->parts;
	t->safe = b->safe;
	if (b->parts > 0)
		memcpy(t->part, b->part, b->parts * sizeof t->part[0]);
	return jval_text(t);
}

int
jbuild_end(struct jbuild *b, struct jval *out)
{
	if (b->n > JTEXT_MAX)
		return fail("a text of more than %d MiB", JTEXT_MAX >> 20);
	if (jarena_over(b->arena))
		return fail("more than %zu MiB of memory",
		    b->arena->limit >> 20);
	*out = made(b);
	return 0;
}

struct jval
jtext_slice(struct jarena *a, const struct jtext *t, size_t from, size_t to)
{
	struct jbuild b = { .arena = a, .safe = t->safe };

	if (from == 0 && to == t->n)
		return jval_text(t);
	jbuild_slice(&b, t, from, to);
	return made(&b);
}

bool
jwalk_next(struct jwalk *w)
{
	const struct jpart *part = &w->text->part[w->part];
	size_t length;

	if (w->part == w->text->parts)
		return false;
	w->code = utf8_decode(part->p + w->at, part->n - w->at, &length);
	w->piece = *part;
	w->piece.p += w->at;
	w->piece.n = length;
	w->at += length;
	if (w->at == part->n) {
		w->part++;
		w->at = 0;
	}
	return true;
}

const char *
jtext_bytes(struct jarena *a, const struct jtext *t)
{
	char *p, *to;
	size_t i;

	p = to = jarena_alloc(a, t->n + 1);
	for (i = 0; i < t->parts; i++) {
		memcpy(to, t->part[i].p, t->part[i].n);
		to += t->part[i].n;
	}
	*to = '\0';
	return p;
}

const char *
jtext_view(struct jarena *a, const struct jtext *t)
{
	return t->parts == 0 ? "" :
	    t->parts == 1    ? t->part[0].p :
			       jtext_bytes(a, t);
}

uint32_t
jtext_origin(const struct jtext *t, size_t at)
{
	size_t i;

	for (i = 0; i + 1 < t->parts && at >= t->part[i].n; i++)
		at -= t->part[i].n;
	return t->parts > 0 ? t->part[i].origin : 0;
}

size_t
jtext_count(const char *p, size_t n)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += (p[i] & 0xc0) != 0x80;
	return count;
}

size_t
jtext_at(const char *p, size_t n, size_t k)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((p[i] & 0xc0) != 0x80 && k-- == 0)
			return i;
	return n;
}

/* Compare from part to part, without a copy. */
int
jtext_order(const struct jtext *a, const struct jtext *b)
{
	size_t i = 0, k = 0, at = 0, bt = 0, n;
	int r;

	while (i < a->parts && k < b->parts) {
		n = a->part[i].n - at;
		n = b->part[k].n - bt < n ? b->part[k].n - bt : n;
		r = memcmp(a->part[i].p + at, b->part[k].p + bt, n);
		if (r != 0)
			return r;
		at += n;
		bt += n;
		if (at == a->part[i].n) {
			at = 0;
			i++;
		}
		if (bt == b->part[k].n) {
			bt = 0;
			k++;
		}
	}
	return (a->n > b->n) - (a->n < b->n);
}

bool
jtext_equal(const struct jtext *a, const struct jtext *b)
{
	return a->n == b->n && jtext_order(a, b) == 0;
}
