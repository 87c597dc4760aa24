/* SPDX-License-Identifier: MIT */
/*
 * panel: a weight matrix packed for products, in F32, BF16 or INT8.
 *
 *   out[M, N] = onto[M, N] + bias[N] + x[M, K] @ w[N, K]^T
 *
 * w^T is packed into panels of 16 columns: p[ceil(N / 16)][K][16], filled up
 * with zeros.  A row of out depends, to the bit, on its rows of x and onto
 * only: not on the number of rows, nor on the number of threads.  So a
 * sequence has the same log-probabilities in every batch, and in sampling token
 * by token as in a pass over whole sequences.
 *
 * BF16 rounds w and x to 8 bits of their 24; sums are F32.  INT8 rounds w to
 * 255 steps of the largest weight in its row and x to 16 bits; sums over a
 * block of K are integers, and blocks are added in F32.  They take a half and a
 * quarter of the memory of F32.  Speed: see panelproduct.c.
 *
 * Use:
 *
 *	memory = panel_floats(N, K, type) floats, zero at first;
 *	panel_place(&p, N, K, type, memory);
 *	panel_pack(&p, w, false);	// whenever w has changed
 *	panel_forward(out, x, &p, bias, onto, M);
 */
#ifndef TENSOR_PANEL_H
#define TENSOR_PANEL_H

#include <stdbool.h>
#include <stddef.h>

#include "tensor/stored.h"
#include "tensor/tile.h"

struct panel {
	size_t N, K;
	enum tile_type type;
	void *p;      /* borrowed, like scale */
	float *scale; /* [N] for TILE_INT8: w = scale * q; otherwise NULL */
	/* p NULL: a view of w, which is packed block by block as it is used */
	struct stored view;
	bool transposed; /* the view is [K, N] */
	/* view.p NULL too: of the transpose of these INT8 panels; borrowed */
	const struct panel *packed;
};

/* Floats of memory for a matrix; set *panel to use that memory. */
size_t panel_floats(size_t N, size_t K, enum tile_type);
void panel_place(struct panel *, size_t N, size_t K, enum tile_type,
    float *memory);
/* Pack w[N, K], or w[K, N] if transposed. */
void panel_pack(struct panel *, const float *w, bool transposed);
/* The number of panels; pack panel i only. */
size_t panel_count(const struct panel *);
void panel_pack_one(struct panel *, const struct stored *w, bool transposed,
    size_t i);
/*
 * A panel without memory of its own, for products with many rows: they pack a
 * block of w[N, K], or w[K, N] if transposed, that the cache holds, and
 * multiply all rows by it.  The result has the same bits as with a packed
 * panel.  w is borrowed.  Not for TILE_INT8.
 */
void panel_view(struct panel *, size_t N, size_t K, enum tile_type,
    const struct stored *w, bool transposed);
/*
 * The same of the transpose of w[K, N], packed as TILE_INT8: of the numbers
 * that its integers and scales stand for.  w is borrowed and must not move.
 */
void panel_view_packed(struct panel *, enum tile_type, const struct panel *w);
/* Pack words k .. k+words-1 of panels from .. end-1 of a view. */
void panel_pack_block(void *to, const struct panel *, size_t from, size_t end,
    size_t k, size_t words);
/* bias and onto may be NULL; onto may be out. */
void panel_forward(float *out, const float *x, const struct panel *w,
    const float *bias, const float *onto, size_t M);
/* The same with x[K, M]^T and without a bias; not for TILE_INT8. */
void panel_forward_transposed(float *out, const float *x, const struct panel *w,
    const float *onto, size_t M);
/* Bytes that products take on the stacks and heaps of so many threads. */
size_t panel_scratch(size_t threads);
/* Rows of x for which a view packs w once. */
size_t panel_view_rows(void);

#endif
