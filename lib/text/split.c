/* SPDX-License-Identifier: MIT */
#include "text/split.h"

#include <string.h>

#include "base/mem.h"

int
split_named(const char *name)
{
	static const char *const names[] = { [SPLIT_REMOVED] = "Removed",
		[SPLIT_ISOLATED] = "Isolated",
		[SPLIT_CONTIGUOUS] = "Contiguous",
		[SPLIT_PREVIOUS] = "MergedWithPrevious",
		[SPLIT_NEXT] = "MergedWithNext" };
	int i;

	for (i = 0; i < (int)(sizeof names / sizeof names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return -1;
}

void
words_add(struct words *out, size_t start, size_t end)
{
	if (start == end)
		return;
	if (out->n == out->cap)
		out->w =
		    mem_grow(out->w, &out->cap, out->n + 1, sizeof *out->w);
	out->w[out->n++] = (struct word){ start, end };
}

int
words_append(void *arg, const char *text, const struct words *more)
{
	struct words *out = arg;
	size_t i;

	(void)text;
	for (i = 0; i < more->n; i++)
		words_add(out, more->w[i].start, more->w[i].end);
	return 0;
}

void
parts_grow(struct parts *out)
{
	out->p = mem_grow(out->p, &out->cap, out->n + 1, sizeof *out->p);
}

bool
split_is_local(enum split how)
{
	return how == SPLIT_REMOVED || how == SPLIT_ISOLATED;
}

/* Whether part p belongs to the word of the part before it. */
static bool
joined(enum split how, const struct part *p, bool taken)
{
	switch (how) {
	case SPLIT_CONTIGUOUS:
		return p[0].match == p[-1].match;
	case SPLIT_PREVIOUS:
		return p[0].match && !p[-1].match;
	case SPLIT_NEXT:
		return taken;
	default:
		return false;
	}
}

static void
split_each(enum split how, const struct parts *in, struct words *out)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (how == SPLIT_ISOLATED || !in->p[i].match)
			words_add(out, in->p[i].start, in->p[i].end);
}

void
split_parts(enum split how, const struct parts *in, struct words *out)
{
	size_t i, start = 0;
	bool next = false; /* the match before this part begins its word */

	if (split_is_local(how)) {
		split_each(how, in, out);
		return;
	}
	for (i = 0; i < in->n; i++) {
		const struct part *p = &in->p[i];

		if (i > 0 && !joined(how, p, next)) {
			words_add(out, start, p->start);
			start = p->start;
		} else if (i == 0) {
			start = p->start;
		}
		next = p->match && i + 1 < in->n && !p[1].match;
	}
	if (in->n > 0)
		words_add(out, start, in->p[in->n - 1].end);
}
