/* SPDX-License-Identifier: MIT */
/* params_random: the initial weights of a new policy. */
#ifndef NN_PARAMS_RANDOM_H
#define NN_PARAMS_RANDOM_H

#include <stdint.h>

#include "nn/config.h"
#include "nn/params.h"

/*
 * Normal with deviation sqrt(2/(5D)), which Nguyen and
 * Salazar (arXiv 1910.05895) use for square matrices: GPT-2's .02 at its width
 * of about a thousand, larger in small models.  Tensors that add to the
 * residual stream get 1/sqrt(2L) of that; norms multiply by 1, biases are 0.  A
 * tensor's values depend on seed, shape and name only.
 */
void params_random(struct params *, const struct config *, uint64_t seed);
/* out[n]: the same of n elements of a tensor from `first` on. */
void tensor_random_part(const struct tensor *, const struct config *,
    uint64_t seed, size_t first, size_t n, float *out);

#endif
