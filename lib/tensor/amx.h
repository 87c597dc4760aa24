/* SPDX-License-Identifier: MIT */
/*
 * amx: the BF16 product of tile.h by AMX instructions.
 *
 *   out[R, 16 panels] = x[R, k] @ w[k, 16 panels],  R <= AMX_ROWS
 *
 * k counts words of two BF16 numbers and is a multiple of 16.  Call it only if
 * isa_here() is ISA_AMX.
 */
#ifndef TENSOR_AMX_H
#define TENSOR_AMX_H

#include <stddef.h>

enum { AMX_ROWS = 32 };

/* How many panels are multiplied at once for R rows. */
size_t amx_panels(size_t R);
/* Strides: floats between rows of out, words between panels of w. */
void amx_walk(float *out, size_t stride, const void *x, const void *w,
    size_t panel_stride, size_t k, size_t R, size_t panels);

#endif
