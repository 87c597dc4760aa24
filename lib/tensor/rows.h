/* SPDX-License-Identifier: MIT */
/*
 * rows: run a function on blocks of rows of a matrix over the thread pool, and
 * elementary operations on rows.
 *
 * rows_for calls fn(arg, first, n) for blocks that cover 0 .. rows-1.  A block
 * has about 2^14 elements.  Blocks depend on the shape only, so sums by block
 * do not depend on the number of threads.
 */
#ifndef TENSOR_ROWS_H
#define TENSOR_ROWS_H

#include <stddef.h>

void rows_for(size_t rows, size_t width,
    void (*fn)(void *arg, size_t first, size_t n), void *arg);

/* out[rows, D] := x[rows, D] + b[D]; b may be NULL. */
void rows_copy(float *out, const float *x, const float *b, size_t rows,
    size_t D);
/* out[rows, D] := 0 */
void rows_zero(float *out, size_t rows, size_t D);
/* x[rows, D] *= s, `stride` floats from row to row; nothing if s is 1. */
void rows_scale(float *x, float s, size_t rows, size_t D, size_t stride);
/* out[rows, D] := onto[rows, D] + s x[rows, D]; out may be onto. */
void rows_add_to(float *out, const float *onto, const float *x, float s,
    size_t rows, size_t D);
/* out[rows, D] += x[rows, D] */
void rows_add(float *out, const float *x, size_t rows, size_t D);
/* out[D] += sum over rows of x[rows, D], in the order of rows. */
void rows_sum(float *out, const float *x, size_t rows, size_t D);

#endif
