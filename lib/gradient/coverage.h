/* SPDX-License-Identifier: MIT */
/*
 * coverage: was every element of a tensor given exactly once?
 *
 * Pieces nearly always come in order, so only a length is kept for them;
 * those that come early are noted, and looked at when all have come.  The
 * memory is bounded by the pieces received, whatever sizes they claim.
 */
#ifndef GRADIENT_COVERAGE_H
#define GRADIENT_COVERAGE_H

#include <stddef.h>

#include "base/err.h"

struct extent {
	size_t offset, n;
	size_t before; /* elements of the early pieces that came before it */
};

/* All zero is nothing covered. */
struct coverage {
	size_t filled; /* elements from the first on, without a gap */
	struct extent *early;
	size_t earlies, cap;
	size_t early_n; /* elements of all of them */
};

/* One more piece, of a tensor of `of` elements: 1 in order, 0 early, -1. */
must_use int coverage_add(struct coverage *, size_t offset, size_t n,
    size_t of);
/* All pieces have come; the early ones are sorted by offset here. */
must_use int coverage_end(struct coverage *, size_t of);
/* Nothing covered again, the memory kept; and freed. */
void coverage_reset(struct coverage *);
void coverage_release(struct coverage *);

#endif
