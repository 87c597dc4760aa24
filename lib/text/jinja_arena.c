/* SPDX-License-Identifier: MIT */
#include "text/jinja_arena.h"

#include <stdlib.h>

#include "base/mem.h"

enum { CHUNK_BYTES = 1 << 16, ALIGN = 16 };

struct jchunk {
	struct jchunk *before;
	size_t used, cap;
	_Alignas(16) char p[];
};

void *
jarena_alloc(struct jarena *a, size_t n)
{
	struct jchunk *c = a->chunk;
	size_t cap;

	n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	a->total += n;
	if (c == NULL || n > c->cap - c->used) {
		cap = n > CHUNK_BYTES ? n : CHUNK_BYTES;
		c = mem_alloc(1, sizeof *c + cap);
		c->cap = cap;
		c->before = a->chunk;
		a->chunk = c;
	}
	c->used += n;
	return c->p + c->used - n;
}

bool
jarena_over(const struct jarena *a)
{
	return a->total > a->limit;
}

void
jarena_release(struct jarena *a)
{
	struct jchunk *c;

	while ((c = a->chunk) != NULL) {
		a->chunk = c->before;
		free(c);
	}
	a->total = 0;
}
