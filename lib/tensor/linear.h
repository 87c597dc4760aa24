/* SPDX-License-Identifier: MIT */
/*
 * linear: a weight matrix with its packed copies, and its backward pass.
 *
 *   out[M, N] = x[M, K] @ w[N, K]^T     forward: panel_forward(.panel)
 *   dx[M, K]  = dout[M, N] @ w
 *   dw[N, K] += dout^T @ x
 *
 * w and dw are stored as [N, K], or as [K, N] if transposed.  Backward in F32
 * uses BLAS (gemm.h) on w.  Backward in BF16 rounds both factors of each
 * product, uses the packed copy `back` of w^T, and packs x or dout on each
 * call; sums, dx and dw are F32.
 */
#ifndef TENSOR_LINEAR_H
#define TENSOR_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

#include "tensor/panel.h"

struct linear {
	struct panel panel, back; /* back.p NULL: backward uses BLAS */
	const float *w;           /* borrowed */
	bool transposed;
};

/* dx = dout @ w, or with `add` dx += dout @ w. */
void linear_input(float *dx, const float *dout, const struct linear *, size_t M,
    bool add);
/*
 * dw += dout^T @ x and dbias[N] += the column sums of dout; either may be NULL.
 * scratch holds linear_floats() floats.
 */
void linear_weight(float *dw, float *dbias, const float *dout, const float *x,
    const struct linear *, size_t M, float *scratch);
/* Floats of scratch for M rows and a matrix with N, K <= widest. */
size_t linear_floats(size_t widest, size_t M, enum tile_type);

#endif
