/* SPDX-License-Identifier: MIT */
/*
 * embedding: the vector of a token at a position, into the first layer.
 *
 *   x = s embed[token] (+ position[pos] if positions are learned)
 *
 * where s is config.embedding_scale.
 */
#ifndef NN_EMBEDDING_H
#define NN_EMBEDDING_H

#include <stddef.h>
#include <stdint.h>

#include "nn/config.h"
#include "nn/params.h"

/* x[D] of one row. */
void embedding_forward(float *x, const struct config *, const struct params *,
    uint32_t token, size_t pos);
/* d embed and d position += dx[T, D]; either may be NULL in d. */
void embedding_backward(struct params *d, const float *dx,
    const struct config *, const uint32_t *tokens, const size_t *pos, size_t T);

#endif
