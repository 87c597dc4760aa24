/* SPDX-License-Identifier: MIT */
/*
 * panel: the matrix of a layer in the order in which products read it.
 *
 *   out[M, N] = onto[M, N] + bias[N] + x[M, K] @ w[N, K]^T
 *
 * A matrix is packed once for each step of a policy, into panels of 16
 * columns of w^T: p[ceil(N / 16)][K][16], the last one filled up with zeros.
 * A row of out depends on its row of x (and of onto) alone, to the bit: not
 * on how many rows stand beside it, nor on the number of threads.  So what a
 * policy says of a sequence does not depend on its company, and a sampler
 * with one row for each sequence says what the gradient's pass over whole
 * sequences says.
 *
 * In BF16 a weight keeps 8 bits of its 24, and so does x; sums stay F32.  In
 * INT8 a weight is rounded to one of 255 steps of the largest in its row of w,
 * and x to 16 bits, so sums of a block of K are whole numbers, and those of
 * blocks F32.  They take half and a quarter of the memory; what that does to
 * the speed, panel.c tells.
 *
 * Use: memory for a shape, panel_pack whenever w has changed, panel_forward
 * as often as needed.
 */
#ifndef TENSOR_PANEL_H
#define TENSOR_PANEL_H

#include <stdbool.h>
#include <stddef.h>

#include "tensor/tile.h"

struct panel {
	size_t N, K;
	enum tile_type type;
	void *p;      /* borrowed, as scale */
	float *scale; /* [N] of TILE_INT8: w = scale q; or NULL */
};

/* How many floats of memory it takes, zero at first, and its place there. */
size_t panel_floats(size_t N, size_t K, enum tile_type);
void panel_place(struct panel *, size_t N, size_t K, enum tile_type,
    float *memory);
/* From w[N, K], or w[K, N] where transposed. */
void panel_pack(struct panel *, const float *w, bool transposed);
/* The same, panel by panel of so many. */
size_t panel_count(const struct panel *);
void panel_pack_one(struct panel *, const float *w, bool transposed, size_t i);
/* bias and onto may be NULL; onto may be out itself. */
void panel_forward(float *out, const float *x, const struct panel *w,
    const float *bias, const float *onto, size_t M);
/* The same for x[K, M], which is transposed on the way, without a bias; not in
 * INT8. */
void panel_forward_transposed(float *out, const float *x, const struct panel *w,
    const float *onto, size_t M);

#endif
