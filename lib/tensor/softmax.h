/* SPDX-License-Identifier: MIT */
/*
 * softmax: softmax and log-sum-exp of rows of logits.  The maximum is
 * subtracted first; sums of more than SOFTMAX_CHUNK numbers are in double.
 */
#ifndef TENSOR_SOFTMAX_H
#define TENSOR_SOFTMAX_H

#include <stddef.h>

enum { SOFTMAX_CHUNK = 1024 };

/* sum_i exp((x_i - max) * scale) of n <= SOFTMAX_CHUNK numbers. */
double softmax_sum(const float *x, size_t n, float max, float scale);
/* log sum_i exp(x_i) */
double logsumexp(const float *x, size_t n);
/* x_i := exp(x_i - log-sum-exp), in place; returns the log-sum-exp. */
double softmax_row(float *x, size_t n);
/*
 * x := by * softmax(x); returns the log-sum-exp of x before.  *entropy, unless
 * it is NULL, becomes that of softmax(x).
 */
double softmax_scaled(float *x, size_t n, float by, float *entropy);
/* -sum_i p_i log p_i of the distribution softmax(x), in nats. */
double softmax_entropy(const float *x, size_t n);

/* The largest of n > 0 numbers; and all of them times a number. */
float row_max(const float *x, size_t n);
void row_scale(float *x, size_t n, float by);

#endif
