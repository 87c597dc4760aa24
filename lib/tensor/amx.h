/* SPDX-License-Identifier: MIT */
/*
 * amx: tile.h's product of pairs of BF16 by AMX, where isa_here() says so.
 *
 *   out[R, 16 panels] = x[R, k] @ w[k, 16 panels],  R <= AMX_ROWS
 *
 * k is a number of words, a multiple of 16.
 */
#ifndef TENSOR_AMX_H
#define TENSOR_AMX_H

#include <stddef.h>

enum { AMX_ROWS = 32 };

/* How many panels go at once for R rows. */
size_t amx_panels(size_t R);
void amx_walk(float *out, size_t stride, const void *x, const void *w,
    size_t apart, size_t k, size_t R, size_t panels);

#endif
