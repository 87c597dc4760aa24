/* SPDX-License-Identifier: MIT */
/*
 * coverage: checks that the pieces of a tensor cover every element once.
 *
 * Call coverage_add for each piece as it arrives and coverage_end after the
 * last one.  Pieces nearly always arrive in order, so only the length of the
 * covered prefix is kept; pieces that arrive ahead of it are listed and
 * checked at the end.  Memory grows with the pieces received, not with the
 * size that they claim.
 *
 * Overlaps, gaps and pieces outside the tensor fail.
 */
#ifndef GRADIENT_COVERAGE_H
#define GRADIENT_COVERAGE_H

#include <stddef.h>

#include "base/err.h"

/* A piece that arrived ahead of the prefix. */
struct extent {
	size_t offset, n;
	size_t before; /* elements in the pieces ahead that arrived earlier */
};

/* All zero: nothing is covered. */
struct coverage {
	size_t prefix;        /* the first elements, covered without a gap */
	struct extent *ahead; /* owned */
	size_t pieces, cap;   /* of ahead */
	size_t ahead_elements;
};

/*
 * One more piece of a tensor of `total` elements: 1 if it extends the prefix,
 * 0 if it arrived ahead, -1.
 */
must_use int coverage_add(struct coverage *, size_t offset, size_t n,
    size_t total);
/* After the last piece: is all covered?  Sorts the pieces ahead by offset. */
must_use int coverage_end(struct coverage *, size_t total);
/* Nothing is covered; keeps the memory. */
void coverage_reset(struct coverage *);
void coverage_release(struct coverage *);

#endif
