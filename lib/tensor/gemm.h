/* SPDX-License-Identifier: MIT */
/*
 * gemm: the general matrix product (the only user of cblas.h).
 *
 * Row-major, float32:
 *
 *   out[m, n] = beta * out + alpha * op(a)[m, k] @ op(b)[k, n]
 *
 * where op is the transpose if ta or tb is set.  The product is cut into blocks
 * for the thread pool (base/par.h); BLAS computes each on one thread.  The
 * result does not depend on the number of threads.
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
 * Load BLAS.  -1: it is missing.  Call this before the first gemm(), which
 * cannot fail.
 */
must_use int gemm_ready(void);

void gemm(float *out, const float *a, const float *b, const struct gemm *);

#endif
