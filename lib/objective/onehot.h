/* SPDX-License-Identifier: MIT */
/*
 * onehot: the divergence of a demonstration's action from the policy.  The
 * expert is the distribution that gives all probability to the action y; the
 * policy is q = softmax(z / T).
 *
 *   D_f(y || q) = q_y f(1 / q_y) + (1 - q_y) f(0)
 *   grad D      = -w grad log q_y,    w = q_y (h(1 / q_y) - h(0))
 *   dD / dz_k   = (w / T) (q_k - [k = y])
 *
 * It needs no discriminator, no teacher and no samples.  w is 1 for fkl, which
 * is supervised fine-tuning, q_y for tv (Wu et al. 2025, dynamic fine-tuning),
 * sqrt q_y for hellinger.  A row whose h(0) is infinite has an infinite D.
 *
 * Everything is computed from l = -log q_y, which is bounded by `clip` where w
 * grows without bound in l.
 */
#ifndef OBJECTIVE_ONEHOT_H
#define OBJECTIVE_ONEHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "divergence/divergence.h"

struct onehot {
	struct divergence divergence;
	double T, clip; /* clip: of l */
	double h0, f0;  /* h(0), up to the row's constant; f(0) */
	bool explodes;  /* l is bounded by clip */
};

/* -1 where h(0) is infinite, saying so. */
must_use int onehot_init(struct onehot *, const struct divergence *, double T,
    double clip);
/* w at l = -log q_y, and D; *clipped += 1 where l was bounded. */
double onehot_weight(const struct onehot *, double l, double *D,
    double *clipped);
/*
 * D of the logits z[V], whose logsumexp is lse, and the action y.  dz[V] +=
 * by * dD / dz; NULL: not wanted.
 */
double onehot_logits(const struct onehot *, const float *z, double lse,
    size_t V, uint32_t y, double by, float *dz, double *clipped);

#endif
