/* SPDX-License-Identifier: MIT */
/*
 * naive: a textbook transformer in double precision and plain loops, with
 * which tests compare the kernels and the passes.  It shares only shapes,
 * configs and random numbers with lib/.
 */
#ifndef TESTS_NAIVE_H
#define TESTS_NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "nn/config.h"
#include "nn/params.h"

/* out[m, n] = op(a) @ op(b); a is [k, m] when ta, b is [n, k] when tb. */
void naive_gemm(double *out, const double *a, const double *b, size_t m,
    size_t n, size_t k, bool ta, bool tb);
/* y[n] = softmax(x[n]); returns the log-sum-exp. */
double naive_softmax(double *y, const double *x, size_t n);
/* y[D]; b may be NULL. */
void naive_norm(double *y, const double *x, const double *w, const double *b,
    size_t D, double eps, bool centered);
/* Rotate x[E] in place to a position. */
void naive_rope(double *x, const double *freq, size_t E, size_t pos);
/*
 * out[T, H, E] of q[T, H, E], k[T, K, E], v[T, K, E], one sequence; each sees
 * the last `window` up to itself, or with 0 all.
 */
void naive_attention(double *out, const double *q, const double *k,
    const double *v, size_t T, size_t H, size_t K, size_t E, size_t window);
double naive_swiglu(double gate, double up);
double naive_gelu(double x);
double naive_gelu_exact(double x);

/* A policy with its weights copied to double. */
struct naive {
	struct config config;
	const struct params *params; /* borrowed: its table and pointers */
	double **w;                  /* of each tensor */
	/* rate, and the generator of the sequence (nn/activations.h) */
	double dropout;
	struct rng noise;
};

void naive_init(struct naive *, const struct config *, const struct params *);
void naive_release(struct naive *);
/* The generator of dropout of the trajectory (likelihood/packer.h). */
struct rng naive_noise(uint64_t seed, uint64_t step, uint64_t pass,
    const char *id);
/* hidden[T, D] after the last norm, of one sequence. */
void naive_hidden(const struct naive *, const uint32_t *tokens, size_t T,
    double *hidden);
/* The logit of token t of a sequence, t > 0, and the lse of its row. */
double naive_logit(const struct naive *, const double *hidden,
    const uint32_t *tokens, size_t t, double *lse);
/* The log-probability of token t. */
double naive_logp(const struct naive *, const double *hidden,
    const uint32_t *tokens, size_t t);
/* score . hidden of token t. */
double naive_score(const struct naive *, const double *hidden, size_t t);

/* The central difference of f at *x. */
double naive_slope(double (*f)(void *), void *ctx, double *x);
/*
 * The largest naive_error of a tensor of d against differences by its numbers
 * w, of which `most` or fewer are taken, spread over it.  name, unless it is
 * NULL, becomes the tensor's.
 */
double naive_slopes(double (*f)(void *), void *ctx, double *const *w,
    const struct params *d, size_t most, const char **name);
/* Numbers in -1 .. 1, which depend only on the seed. */
void naive_fill(float *x, size_t n, uint64_t seed);
double *naive_copy(const float *x, size_t n);
/* ||x - y|| / ||y||, or ||x|| if y is 0. */
double naive_error(const float *x, const double *y, size_t n);

#endif
