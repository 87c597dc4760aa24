/* SPDX-License-Identifier: MIT */
/*
 * whitebox: the divergence of two known distributions of one action, the
 * expert's p and the policy's q = softmax(z / T), and its gradient by the
 * logits z.
 *
 *   D_f(p || q) = sum_v q_v f(p_v / q_v)
 *   dD / dz_k   = -(1/T) q_k (h_k - sum_v q_v h_v),  h_v = h(log p_v - log q_v)
 *
 * One kernel serves every row of divergence.h.  Because q multiplies each
 * term, a row explodes here only where h grows faster than e^l above or |l|
 * below; those rows have l clipped.
 *
 * Where p is known for k tokens and one tail, cells take the place of tokens.
 * Q_c is the sum of q over the tokens of cell c, dQ_c / dz_k =
 * q_k ([k in c] - Q_c), and so dD / dz_k = -q_k (h_c(k) - sum_c Q_c h_c).
 *
 * All functions are per action; V is the vocabulary, `by` a factor of the
 * gradient.  They allocate nothing and cannot fail.  Source: divergences(7).
 */
#ifndef OBJECTIVE_WHITEBOX_H
#define OBJECTIVE_WHITEBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "divergence/divergence.h"

struct whitebox {
	struct divergence divergence;
	double T, clip;
	double h1;     /* h(1), subtracted from rewards */
	bool explodes; /* l is clipped */
};

/* clip: bound of |l| on rows that explode. */
void whitebox_init(struct whitebox *, const struct divergence *, double T,
    double clip);

/*
 * D of the distributions of the logits y[V] (p) and z[V] (q).  dz[V] +=
 * by * dD / dz; NULL: not wanted.  Overwrites y.  *clipped += tokens whose l
 * was clipped.
 */
double whitebox_full(const struct whitebox *, const float *z, float *y,
    size_t V, double by, float *dz, double *clipped);

/* log sum_v exp(x_v / T) */
double whitebox_lse(const float *x, size_t V, double T);

/* k tokens of a distribution, ascending, and the log of what is left. */
struct topk_row {
	size_t k;
	const uint32_t *token; /* [k] */
	const float *logp;     /* [k] */
	const float *tail;     /* NULL: nothing is left */
};

/* The same for cells, at T = 1; lse is the logsumexp of z. */
double whitebox_topk(const struct whitebox *, const float *z, double lse,
    const struct topk_row *, size_t V, double by, float *dz, double *clipped);

/* The entropy H of softmax(z); dz[V] += by * d(-H) / dz. */
double whitebox_entropy(const float *z, double lse, size_t V, double by,
    float *dz);

#endif
