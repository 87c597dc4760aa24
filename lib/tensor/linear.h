/* SPDX-License-Identifier: MIT */
/*
 * linear: a weight matrix as products read it, its low-rank adapter, and its
 * backward pass.
 *
 *   out[M, N] = x[M, K] @ W^T + s (x @ A^T) @ B^T      forward
 *   dx[M, K]  = dout[M, N] @ W + s (dout @ B) @ A      backward
 *   dW[N, K] += dout^T @ x
 *   dA[r, K] += s (dout @ B)^T @ x
 *   dB[N, r] += s dout^T @ (x @ A^T)
 *
 * The products of the adapter (Hu et al., arXiv 2106.09685) are computed in F32
 * and added; B @ A is never formed.  W and dW are stored as [N, K], or as [K,
 * N] if transposed; A[r, K] and B[N, r] are stored so in either case.
 *
 * Backward in F32 uses BLAS (gemm.h) on a W that is stored in F32.  In BF16
 * both factors of each product are rounded: `back` holds or views W^T, and x
 * or dout is packed on each call; sums, dx and dW are F32.
 */
#ifndef TENSOR_LINEAR_H
#define TENSOR_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

#include "tensor/panel.h"
#include "tensor/stored.h"

/* All zero: there is none. */
struct low_rank {
	size_t rank;
	float scale;           /* s */
	const float *A, *B;    /* borrowed */
	struct panel down, up; /* of A, and of s B */
};

struct linear {
	struct panel panel, back; /* of W and W^T; back unused: BLAS */
	struct stored w;          /* borrowed */
	bool transposed;
	struct low_rank low;
	size_t tensor; /* the caller's number for it */
};

/* Floats of memory for the packed adapter, and pack it there from A and B. */
size_t low_rank_floats(const struct linear *);
void low_rank_pack(struct linear *, float *memory);

/* Where gradients are added; each may be NULL. */
struct linear_gradient {
	float *w, *bias; /* dW, and the column sums of dout[N] */
	float *A, *B;
};

/*
 * bias and onto (added to out, which it may be) may be NULL.  low: scratch of
 * M times rank floats.
 */
void linear_forward(float *out, const float *x, const struct linear *,
    const float *bias, const float *onto, size_t M, float *low);
/*
 * Set dx or, with `add`, add to it; then add to the gradients.  scratch holds
 * linear_floats() floats.  dx must not be x or dout.
 */
void linear_backward(float *dx, bool add, const struct linear_gradient *,
    const float *dout, const float *x, const struct linear *, size_t M,
    float *scratch);
/* The two parts of it for a matrix without an adapter. */
void linear_input(float *dx, const float *dout, const struct linear *, size_t M,
    bool add);
void linear_weight(float *dw, float *dbias, const float *dout, const float *x,
    const struct linear *, size_t M, float *scratch);
/* Floats of scratch for M rows and a matrix with N, K <= widest. */
size_t linear_floats(size_t widest, size_t rank, size_t M, enum tile_type);

#endif
