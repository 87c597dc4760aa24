/* SPDX-License-Identifier: MIT */
/*
 * last: what follows the layers, before the head.
 *
 *   hidden = norm(x) / logit_divisor
 *
 * so that hidden @ head^T are the logits.  A scalar head reads norm(x).
 */
#ifndef NN_LAST_H
#define NN_LAST_H

#include <stddef.h>

#include "nn/config.h"
#include "nn/params.h"

/* hidden[rows, D] of x[rows, D]; stat[rows, 2] for backward, or NULL. */
void last_forward(float *hidden, float *stat, const float *x,
    const struct config *, const struct params *, size_t rows);
/* dx += and d's norm += of dhidden[rows, D], which it may change. */
void last_backward(float *dx, struct params *d, float *dhidden, const float *x,
    const float *stat, const struct config *, const struct params *,
    size_t rows);

#endif
