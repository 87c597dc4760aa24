/* SPDX-License-Identifier: MIT */
/*
 * rows: work on the rows of a matrix, in blocks over the thread pool.
 *
 * rows_for(rows, width, fn, arg) calls fn(arg, first, n) for blocks that
 * cover 0 .. rows-1.  The blocks hold about 2^14 elements and depend on the
 * shape only, so sums made per block do not depend on the number of
 * threads.
 */
#ifndef TENSOR_ROWS_H
#define TENSOR_ROWS_H

#include <stddef.h>

void rows_for(size_t rows, size_t width,
    void (*fn)(void *arg, size_t first, size_t n), void *arg);

/* out[rows, D] := x[rows, D] (+ b[D], where b is not NULL). */
void rows_copy(float *out, const float *x, const float *b, size_t rows,
    size_t D);
/* out[rows, D] := 0 */
void rows_zero(float *out, size_t rows, size_t D);
/* out[rows, D] += x[rows, D] */
void rows_add(float *out, const float *x, size_t rows, size_t D);
/* out[D] += sum over rows of x[rows, D], in the order of rows. */
void rows_sum(float *out, const float *x, size_t rows, size_t D);

#endif
