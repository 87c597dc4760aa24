/* SPDX-License-Identifier: MIT */
/*
 * part: the first layers of a policy, with the first rows of its embedding and
 * head, as a policy of their own.
 *
 * It reads the policy's memory and computes as the policy does, with the same
 * kernels and kept copies; so a pass over it can be timed in place of a pass
 * over the whole.  The policy is borrowed, and must outlive it.
 */
#ifndef NN_PART_H
#define NN_PART_H

#include <stddef.h>

#include "nn/ckpt.h"

struct part {
	struct config config; /* fewer layers, and a smaller vocabulary */
	struct params params;
	struct params d; /* part_gradient; else empty */
	float *low;      /* of d's adapters */
	bool frozen;     /* only adapters are trained */
};

/* At most so many layers, and rows of the vocabulary. */
void part_init(struct part *, const struct ckpt *, size_t layers,
    size_t vocabulary);
/* Memory for the gradient of what is trained in it; kept in d. */
struct params *part_gradient(struct part *);
void part_release(struct part *);

#endif
