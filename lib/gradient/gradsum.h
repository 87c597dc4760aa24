/* SPDX-License-Identifier: MIT */
/*
 * gradsum: a gradient in memory as its records tell it, without a policy.
 *
 * Names and sizes are learnt from the stream.  Memory is bounded by the
 * elements received: a record that claims a tensor of 2^60 elements costs
 * what it brought, and is refused at the end of its segment.
 */
#ifndef GRADIENT_GRADSUM_H
#define GRADIENT_GRADSUM_H

#include <stddef.h>

#include "base/err.h"
#include "gradient/coverage.h"
#include "gradient/gradient.h"

struct gradsum_tensor {
	char *name;
	size_t of;           /* elements of the whole */
	float *data, *early; /* in order; and pieces that came too soon */
	size_t cap, early_cap;
	struct coverage cover;
};

/* All zero is no gradient. */
struct gradsum {
	struct gradsum_tensor *tensor;
	size_t tensors, cap, last; /* last: the tensor of the last record */
};

/* The rest of the segment, into an empty sum; finite, all of each tensor. */
must_use int gradsum_read(struct gradsum *, struct gradient_in *);
/*
 * to += from, which is empty afterwards where `to` was before: its memory is
 * taken over.  -1 where a tensor is not of the same size in both.
 */
must_use int gradsum_add(struct gradsum *to, struct gradsum *from);
/*
 * The sum over elements of a * b; tensors that one lacks are 0 there.  -1
 * where a tensor is not of the same size in both.
 */
must_use int gradsum_dot(const struct gradsum *a, const struct gradsum *b,
    double *sum);
/* The sum of squares of one tensor. */
double gradsum_square(const struct gradsum_tensor *);
/* All tensors as records. */
must_use int gradsum_put(const struct gradsum *, struct stream_out *);
void gradsum_release(struct gradsum *);

#endif
