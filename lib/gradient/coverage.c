/* SPDX-License-Identifier: MIT */
#include "gradient/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int
coverage_add(struct coverage *c, size_t offset, size_t n, size_t total)
{
	if (offset > total || n > total - offset)
		return fail("elements %zu to %zu lie outside its %zu", offset,
		    offset + n, total);
	if (offset < c->prefix || n > total - c->prefix - c->ahead_elements)
		return fail("elements from %zu on are given twice", offset);
	if (offset == c->prefix) {
		c->prefix += n;
		return 1;
	}
	c->ahead = mem_grow(c->ahead, &c->cap, c->pieces + 1, sizeof *c->ahead);
	c->ahead[c->pieces++] = (struct extent){ offset, n, c->ahead_elements };
	c->ahead_elements += n;
	return 0;
}

static int
by_offset(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

int
coverage_end(struct coverage *c, size_t total)
{
	size_t i, end = c->prefix;

	if (c->pieces > 0)
		qsort(c->ahead, c->pieces, sizeof *c->ahead, by_offset);
	for (i = 0; i < c->pieces; i++) {
		if (c->ahead[i].offset < end)
			return fail("elements from %zu on are given twice",
			    c->ahead[i].offset);
		if (c->ahead[i].offset > end)
			break;
		end += c->ahead[i].n;
	}
	if (end != total)
		return fail("elements from %zu on are missing, it has %zu", end,
		    total);
	return 0;
}

void
coverage_reset(struct coverage *c)
{
	c->prefix = c->pieces = c->ahead_elements = 0;
}

void
coverage_release(struct coverage *c)
{
	free(c->ahead);
	memset(c, 0, sizeof *c);
}
