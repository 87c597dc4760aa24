/* SPDX-License-Identifier: MIT */
/*
 * gemm: the general matrix product (the only user of cblas.h).
 *
 * Row-major, float32:
 *
 *   out[m, n] = beta * out + alpha * op(a)[m, k] @ op(b)[k, n]
 *
 * with op the transpose where asked for.
 * The product is cut into blocks over the thread pool (base/par.h), each
 * computed by BLAS on one thread; small ones run in place.
 */
#ifndef TENSOR_GEMM_H
#define TENSOR_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct gemm {
	size_t m, n, k;
	bool ta, tb; /* a is stored [k, m]; b is stored [n, k] */
	float alpha, beta;
};

/*
 * BLAS is loaded when it is first used.  -1: it is not there, and no product
 * can be asked for.  Who sets out to make some calls this before, at the
 * border, for kernels cannot fail.
 */
must_use int gemm_ready(void);

void gemm(float *out, const float *a, const float *b, const struct gemm *);

#endif
