/* SPDX-License-Identifier: MIT */
/*
 * linear: a layer's matrix with all that its products need.
 *
 *   out[M, N] = x[M, K] @ w[N, K]^T     forward: panel_forward of .panel
 *   dx[M, K]  = dout[M, N] @ w
 *   dw[N, K] += dout^T @ x
 *
 * w is stored [N, K], or [K, N] where transposed, and so is dw.  Going back
 * in F32 is BLAS' work (gemm.h), from w as it stands.  In BF16, where both
 * factors of all three products are rounded, panels do it: `back` holds w^T,
 * and x or dout is packed on the way; sums are F32 and so is what they add to.
 */
#ifndef TENSOR_LINEAR_H
#define TENSOR_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

#include "tensor/panel.h"

struct linear {
	struct panel panel, back; /* back.p NULL: by BLAS */
	const float *w;           /* borrowed */
	bool transposed;
};

/* dx is set, or added to. */
void linear_input(float *dx, const float *dout, const struct linear *, size_t M,
    bool add);
/*
 * dw += and, of the column sums of dout, dbias +=; either may be NULL.
 * scratch: linear_floats() of it.
 */
void linear_weight(float *dw, float *dbias, const float *dout, const float *x,
    const struct linear *, size_t M, float *scratch);
/* Of scratch for M rows, for a layer with sides of at most `widest`. */
size_t linear_floats(size_t widest, size_t M, enum tile_type);

#endif
