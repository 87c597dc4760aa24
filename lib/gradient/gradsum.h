/* SPDX-License-Identifier: MIT */
/*
 * gradsum: a gradient in memory, without a policy: a list of named tensors.
 *
 * Names and sizes come from the records of a stream.  Memory grows with the
 * elements received: a record that claims a tensor of 2^60 elements costs
 * only what it carries, and the segment fails at its end.  Use:
 *
 *	struct gradsum s = { 0 };
 *
 *	gradsum_read(&s, in);         // after gradient_next
 *	gradsum_add(&sum, &s);        // shards add
 *	gradsum_put(&sum, out);       // as records
 *	gradsum_release(&s);
 *
 * Elements that are not finite, missing or given twice fail, and so do two
 * sizes for one tensor; the message names the tensor.
 */
#ifndef GRADIENT_GRADSUM_H
#define GRADIENT_GRADSUM_H

#include <stddef.h>

#include "base/err.h"
#include "gradient/coverage.h"
#include "gradient/gradient.h"

/* After gradsum_read: data[total]; ahead and cover are used while reading. */
struct gradsum_tensor {
	char *name;   /* owned, as are data and ahead */
	size_t total; /* elements of the tensor */
	float *data;  /* elements in order, without a gap */
	float *ahead; /* pieces that arrived before their turn */
	size_t cap, ahead_cap;
	struct coverage cover;
};

/* All zero: no tensors. */
struct gradsum {
	struct gradsum_tensor *tensor;
	size_t tensors, cap;
	size_t last; /* the tensor found last, where the next search begins */
};

/* Read the rest of the segment into an empty sum, and check it. */
must_use int gradsum_read(struct gradsum *, struct gradient_in *);
/*
 * to += from.  Where `to` is empty it takes from's memory, and `from` is
 * empty afterwards.
 */
must_use int gradsum_add(struct gradsum *to, struct gradsum *from);
/* *sum = inner product of a and b; a tensor that one lacks counts as 0. */
must_use int gradsum_dot(const struct gradsum *a, const struct gradsum *b,
    double *sum);
/* The sum of squares of one tensor. */
double gradsum_square(const struct gradsum_tensor *);
/* Write all tensors as records. */
must_use int gradsum_put(const struct gradsum *, struct stream_out *);
void gradsum_release(struct gradsum *);

#endif
