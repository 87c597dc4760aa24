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
	out->w = mem_grow(out->w, &out->cap, out->n + 1, sizeof *out->w);
	out->w[out->n++] = (struct word){ start, end };
}

void
parts_add(struct parts *out, size_t start, size_t end, bool match)
{
	out->p = mem_grow(out->p, &out->cap, out->n + 1, sizeof *out->p);
	out->p[out->n++] = (struct part){ start, end, match };
}

/* Does part i > 0 go into one word with the part before it? */
static bool
joined(enum split how, const struct part *p, const bool *taken)
{
	switch (how) {
	case SPLIT_CONTIGUOUS:
		return p[0].match == p[-1].match;
	case SPLIT_PREVIOUS:
		return p[0].match && !p[-1].match;
	case SPLIT_NEXT:
		return *taken;
	default:
		return false;
	}
}

void
split_parts(enum split how, const struct parts *in, struct words *out)
{
	size_t i, start = 0;
	bool next = false; /* the match before begins this part's word */

	for (i = 0; i < in->n; i++) {
		const struct part *p = &in->p[i];

		if (how == SPLIT_REMOVED) {
			if (!p->match)
				words_add(out, p->start, p->end);
			continue;
		}
		if (i > 0 && !joined(how, p, &next)) {
			words_add(out, start, p->start);
			start = p->start;
		} else if (i == 0) {
			start = p->start;
		}
		next = p->match && i + 1 < in->n && !p[1].match;
	}
	if (how != SPLIT_REMOVED && in->n > 0)
		words_add(out, start, in->p[in->n - 1].end);
}
