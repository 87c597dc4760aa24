/* SPDX-License-Identifier: MIT */
#include "text/stops.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int
stops_add(const char *text, void *stops)
{
	struct stops *s = stops;
	const size_t n = strlen(text);

	if (n == 0)
		return fail("empty text");
	s->text = mem_grow(s->text, &s->cap, s->n + 1, sizeof(*s->text));
	s->text[s->n++] = (struct stop_text){ text, n };
	s->longest = n > s->longest ? n : s->longest;
	return 0;
}

void
stops_release(struct stops *s)
{
	free(s->text);
	*s = (struct stops){ 0 };
}

/* Where t begins in p[0 .. n); n if it is not there. */
static size_t
find(const struct stop_text *t, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i + t->n <= n; i++)
		if (p[i] == t->p[0] && memcmp(p + i, t->p, t->n) == 0)
			return i;
	return n;
}

size_t
stops_find(const struct stops *s, const char *p, size_t n)
{
	size_t i, at, first = n;

	for (i = 0; s != NULL && i < s->n; i++) {
		at = find(&s->text[i], p, n);
		first = at < first ? at : first;
	}
	return first;
}

size_t
stops_begun(const struct stops *s, const char *p, size_t n)
{
	size_t i, back, most = 0;

	for (i = 0; s != NULL && i < s->n; i++)
		for (back = s->text[i].n - 1; back > most; back--)
			if (back <= n &&
			    memcmp(p + n - back, s->text[i].p, back) == 0)
				most = back;
	return most;
}
