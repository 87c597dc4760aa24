/* SPDX-License-Identifier: MIT */
/*
 * norm: RMSNorm and LayerNorm, a row at a time.
 *
 *   RMSNorm     y = x / sqrt(mean(x^2) + eps) * (base + w)
 *   LayerNorm   y = (x - mean(x)) / sqrt(var(x) + eps) * (base + w) + b
 *
 * Rows of D floats are contiguous.  For a norm of heads (Qwen3), rows are
 * tokens times heads, and D is the width of a head.  `stat` receives what
 * backward needs, two floats a row (mean, 1 / deviation); NULL if there is no
 * backward pass.
 */
#ifndef TENSOR_NORM_H
#define TENSOR_NORM_H

#include <stdbool.h>
#include <stddef.h>

struct norm {
	const float *w, *b; /* [D]; b NULL: none */
	size_t D;
	double eps;
	bool centered; /* LayerNorm */
	float base;    /* added to w: 1 in Gemma, whose w is 0 at first */
};

/* out[rows, D], stat[rows, 2] of x[rows, D]; out may be x. */
void norm_forward(float *out, float *stat, const float *x, const struct norm *,
    size_t rows);
/* dx[rows, D] +=, dw[D] +=, db[D] +=; dw and db may be NULL. */
void norm_backward(float *dx, float *dw, float *db, const float *dout,
    const float *x, const float *stat, const struct norm *, size_t rows);

#endif
