/* SPDX-License-Identifier: MIT */
/*
 * whitebox: the divergence of two distributions of one action, the expert's p
 * and the policy's q = softmax(z / T), both known, and its gradient in the
 * logits.
 *
 *   D_f(p || q) = sum_v q_v f(p_v / q_v)
 *   dD / dz_k   = -(1/T) q_k (h_k - sum_v q_v h_v),  h_v = h(log p_v - log q_v)
 *
 * One kernel for every row of divergence.h.  As q weighs each term, a row
 * explodes here only where h outgrows e^l above or |l| below; those rows have
 * l clipped.  (divergences(7))
 *
 * Of a distribution that is known for k tokens and one bucket, cells take the
 * place of tokens: Q_c is the sum of q over the tokens of cell c, dQ_c / dz_k =
 * q_k ([k in c] - Q_c), and so dD / dz_k = -q_k (h_c(k) - sum_c Q_c h_c).
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
	double h1; /* h(1), from which rewards are counted */
	bool explodes;
};

/* clip acts on the rows that explode. */
void whitebox_init(struct whitebox *, const struct divergence *, double T,
    double clip);

/*
 * D of the distributions of the logits y (p) and z (q).  dz[V] += by * dD / dz,
 * where it is not NULL; y is then overwritten.  *clipped: how many l were.
 */
double whitebox_full(const struct whitebox *, const float *z, float *y,
    size_t V, double by, float *dz, double *clipped);

/* A distribution of k tokens, ascending, and where there is one the bucket. */
struct topk_row {
	size_t k;
	const uint32_t *token;
	const float *logp;
	const float *tail; /* NULL: no bucket */
};

/* The same of cells, at T = 1; lse of z. */
double whitebox_topk(const struct whitebox *, const float *z, double lse,
    const struct topk_row *, size_t V, double by, float *dz, double *clipped);

/* The entropy H of softmax(z); dz[V] += by * d(-H) / dz. */
double whitebox_entropy(const float *z, double lse, size_t V, double by,
    float *dz);

#endif
