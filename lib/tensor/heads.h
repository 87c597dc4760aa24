/* SPDX-License-Identifier: MIT */
/*
 * heads: a fused row of queries, keys and values, by head or by kind.
 *
 * Some files have, in each row, q, k and v of the first head, then of the
 * next: [H, 3, E].  The kernels read all of q, then k, then v: [3, H, E].
 * Both functions work in place.
 */
#ifndef TENSOR_HEADS_H
#define TENSOR_HEADS_H

#include <stddef.h>

/* x[rows, H, 3, E] to x[rows, 3, H, E]. */
void heads_by_kind(float *x, size_t rows, size_t H, size_t E);
/* And back. */
void heads_by_head(float *x, size_t rows, size_t H, size_t E);

#endif
