/* SPDX-License-Identifier: MIT */
/*
 * block: one layer of a transformer.
 *
 *   mid = x + attention(norm1(x)) @ o^T
 *   out = mid + mlp(norm2(mid)),  mlp(h) = act(h) @ down^T
 *
 * block_backward takes d out in work.dx and leaves d x there.  It makes
 * norm and activation again from what acts keep.
 */
#ifndef NN_BLOCK_H
#define NN_BLOCK_H

#include "nn/acts.h"

/* out[T, D] may be layer i's x. */
void block_forward(float *out, struct acts *, const struct params *,
    const struct pack *, size_t i);
void block_backward(struct acts *, const struct params *, const struct pack *,
    size_t i, struct params *d);

#endif
