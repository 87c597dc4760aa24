/* SPDX-License-Identifier: MIT */
/*
 * strip: some rows of x as words of a tile (tile.h), and their product with
 * some panels (panel.h).
 *
 *   out[rows, cols] (+)= x[rows, depth] @ w[depth, cols]
 *
 * K is cut into blocks of `depth` words, which depend only on K and the type;
 * the sums of the blocks are added in order.  So an element of out has the
 * same bits however rows, columns and threads are divided.
 */
#ifndef TENSOR_STRIP_H
#define TENSOR_STRIP_H

#include <stdbool.h>
#include <stddef.h>

#include "tensor/panel.h"
#include "tensor/tile.h"

enum { STRIP_ROWS = 144 }; /* a multiple of most tile_rows() */

struct product {
	float *out;
	const float *x, *bias, *onto; /* bias and onto may be NULL */
	const struct panel *w;
	bool transposed; /* x is [K, M] */
	size_t M;
	size_t words, depth; /* words of K, and of a block of K */
};

struct strip {
	float x[STRIP_ROWS * TILE_STRIDE] __attribute__((aligned(64)));
	float scale[STRIP_ROWS]; /* of each row, for TILE_INT8 */
	size_t first, rows, k, depth;
};

/* Set words and depth. */
void product_init(struct product *);
/* Pack up to `rows` rows of x from `first`: the block of K from word k. */
void strip_pack(struct strip *, const struct product *, size_t first,
    size_t rows, size_t k);
/*
 * Multiply by panels from .. end-1, each of which is read once.  w: the block's
 * first word in panel `from`; `stride` words from panel to panel.
 */
void strip_multiply(const struct product *, const struct strip *, size_t from,
    size_t end, const void *w, size_t stride);

#endif
