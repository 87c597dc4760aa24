/* SPDX-License-Identifier: MIT */
#include "gradient/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int
coverage_add(struct coverage *c, size_t offset, size_t n, size_t of)
{
	if (offset > of || n > of - offset)
		return fail("elements %zu to %zu lie outside its %zu", offset,
		    offset + n, of);
	if (offset < c->filled || n > of - c->filled - c->early_n)
		return fail("elements from %zu on are given twice", offset);
	if (offset == c->filled) {
		c->filled += n;
		return 1;
	}
	c->early =
	    mem_grow(c->early, &c->cap, c->earlies + 1, sizeof *c->early);
	c->early[c->earlies++] = (struct extent){ offset, n, c->early_n };
	c->early_n += n;
	return 0;
}

static int
by_offset(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

int
coverage_end(struct coverage *c, size_t of)
{
	size_t i, end = c->filled;

	if (c->earlies > 0)
		qsort(c->early, c->earlies, sizeof *c->early, by_offset);
	for (i = 0; i < c->earlies; i++) {
		if (c->early[i].offset < end)
			return fail("elements from %zu on are given twice",
			    c->early[i].offset);
		if (c->early[i].offset > end)
			break;
		end += c->early[i].n;
	}
	if (end != of)
		return fail("elements from %zu on are missing, it has %zu", end,
		    of);
	return 0;
}

void
coverage_reset(struct coverage *c)
{
	c->filled = c->earlies = c->early_n = 0;
}

void
coverage_release(struct coverage *c)
{
	free(c->early);
	memset(c, 0, sizeof *c);
}
