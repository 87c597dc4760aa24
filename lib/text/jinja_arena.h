/* SPDX-License-Identifier: MIT */
/*
 * jinja_arena: memory that is released as a whole.
 *
 * An allocation never fails.  Code that allocates in a loop asks jarena_over()
 * whether the limit is passed, and stops then.
 */
#ifndef TEXT_JINJA_ARENA_H
#define TEXT_JINJA_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct jarena {
	struct jchunk *chunk;
	size_t total, limit; /* bytes */
};

/* n zero bytes. */
void *jarena_alloc(struct jarena *, size_t n);
bool jarena_over(const struct jarena *);
void jarena_release(struct jarena *);

#endif
