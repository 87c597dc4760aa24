/* SPDX-License-Identifier: MIT */
/*
 * tile: the innermost matrix product, for all others with weights.
 *
 *   out[R, C] = x[R, k] @ w[k, C]
 *
 * for R <= tile_rows() rows and C columns.  Rows of x are TILE_STRIDE words
 * apart, a constant that the loop has in its addresses and that puts the rows
 * into different sets of the cache.  w consists of panels of 16 columns, each
 * stored row after row, panel_stride words from one to the next.
 *
 * A word of x has 4 bytes, and a word of w tile_bytes().  What they hold:
 *
 *   type        word of x              word of w
 *   TILE_F32    one float              one float
 *   TILE_BF16   one float              one BF16 number
 *               two BF16 numbers       two BF16 numbers    with AVX-512 BF16
 *   TILE_INT8   two 16-bit integers    two 8-bit integers  (quant.h)
 *   TILE_HALF   one float              one F16 number      (kv.h)
 *
 * Words of two (tile_packs_two) hold columns 2k and 2k + 1 of x, and those rows
 * of w.  BF16 words of two come in multiples of 16, filled up with zeros.  INT8
 * sums are integers, converted to floats at the end.
 *
 * An element of out is one chain of multiply-adds over k in order, in a lane of
 * its own.  So it depends, to the bit, on its row of x and its column of w
 * only.  It is the same for vectors of every width, but processors without
 * fused multiply-add round each product, and those with AVX-512 BF16 add both
 * products of a word before the next.
 *
 * There are kernels for AMX (amx.c), for AVX-512 with and without BF16, for
 * AVX2 with FMA, and for the baseline; base/isa.h says which one runs.
 */
#ifndef TENSOR_TILE_H
#define TENSOR_TILE_H

#include <stdbool.h>
#include <stddef.h>

#include "tensor/tilesize.h"

/* The numbers of w. */
enum tile_type { TILE_F32, TILE_BF16, TILE_INT8, TILE_HALF };

/* The most rows of a call, which are also the fastest. */
size_t tile_rows(enum tile_type);
/* How many panels are multiplied at once for R rows. */
size_t tile_panels(enum tile_type, size_t R);
/* Whether a word holds two numbers; how many words hold K numbers. */
bool tile_packs_two(enum tile_type);
size_t tile_words(enum tile_type, size_t K);
/* Bytes of a word of w. */
size_t tile_bytes(enum tile_type);
/*
 * A product of R rows by a number of panels.  While it runs, it prefetches as
 * many panels, as far apart, from `ahead` on: `pace` bytes of each in a step.
 * When several tiles read the same panels, each prefetches its share of the
 * next ones, which keeps memory busy: a product with 16 rows takes up to twice
 * as long if the next panels are fetched by the first tile, or only one of
 * them.
 */
struct tile_walk {
	enum tile_type type;
	const void *x, *w;
	size_t panel_stride, k; /* words */
	size_t R, panels;
	const void *ahead;
	size_t pace; /* bytes */
};

/* out[R, panels * 16], with stride in floats. */
void tile_walk(float *out, size_t stride, const struct tile_walk *);

#endif
