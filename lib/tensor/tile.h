/* SPDX-License-Identifier: MIT */
/*
 * tile: the innermost product, for all others of the forward pass.
 *
 *   out[R, C] = x[R, k] @ w[k, C]
 *
 * for R <= tile_rows() rows and C columns.  Rows of x are TILE_STRIDE floats
 * apart, a constant that the innermost loop has in its addresses, and which
 * puts them into different sets of the cache.  w is in panels of 16 columns,
 * one row of a panel after the other, and panels `apart` elements.
 *
 * Every element of out is one chain of multiply-adds over k in order, in a
 * lane of its own.  So it depends on its row of x and its column of w alone,
 * to the bit, whatever stands beside them, and whichever width of vectors
 * the processor has; processors without fused multiply-add round each
 * product, and differ from those with it.
 *
 * Compiled for AVX-512, AVX2 with FMA, and what the compiler's default is;
 * which one runs is asked of the processor at each call.
 */
#ifndef TENSOR_TILE_H
#define TENSOR_TILE_H

#include <stddef.h>

/* What w is made of; sums are of floats in any case. */
enum tile_type { TILE_F32, TILE_BF16, TILE_INT8 };

enum {
	TILE_COLS = 16,
	TILE_ROWS_MAX = 12,
	TILE_PANELS_MAX = 4,
	TILE_DEPTH = 512, /* most k */
	TILE_STRIDE = TILE_DEPTH + 16
};

/* How many rows at once are fastest here. */
size_t tile_rows(void);
/* How many panels go at once for R rows: a good number to walk. */
size_t tile_panels(size_t R);
/* Bytes of an element. */
size_t tile_bytes(enum tile_type);
/* out[R, panels * 16], rows `stride` floats apart; `apart` in elements. */
void tile_walk(float *out, size_t stride, const float *x, enum tile_type,
    const void *w, size_t apart, size_t k, size_t R, size_t panels);

#endif
