/* SPDX-License-Identifier: MIT */
/*
 * estimate: divergences D_f(E || pi) from scored samples, as measure(1)
 * reports them.
 *
 *   rollouts         E_pi[f(e^l)]
 *   demonstrations   E_E[e^-l f(e^l)]
 *   both             f(e^l) / (w_pi + w_E e^l) for each sample, w the roles'
 *                    shares of weight
 *
 * Exact where all trajectories are listed with their probabilities as
 * weights.  Use: estimate_add every trajectory, then ask.
 */
#ifndef DIVERGENCE_ESTIMATE_H
#define DIVERGENCE_ESTIMATE_H

#include <stddef.h>

#include "divergence/divergence.h"
#include "traj/traj.h"

/* Log-ratios of trajectories.  All zero is empty. */
struct estimate {
	double *l, *weight; /* [n] */
	size_t n, cap, experts_cap;
	unsigned char *expert; /* [n] 1 for demonstrations */
	double policy, demos;  /* sums of weight */
};

void estimate_add(struct estimate *, const struct traj *);
void estimate_release(struct estimate *);
double estimate_divergence(const struct estimate *, const struct divergence *);
/*
 * The standard error of estimate_divergence, each role's samples independent:
 * sqrt of the sum of (w (g - mean g))^2, g the summand; NaN where a role has
 * one sample only.
 */
double estimate_error(const struct estimate *, const struct divergence *);
/*
 * The share by weight of pairs of a demonstration and a rollout where the
 * demonstration has the higher l; ties count half.  NaN where a role has no
 * sample.
 */
double estimate_auc(const struct estimate *);
/* E_pi[e^l], 1 when calibrated; NaN without rollouts. */
double estimate_calibration(const struct estimate *);
/* Effective sample size of the rollouts, (sum w u)^2 / sum (w u)^2. */
double estimate_ess(const struct estimate *);

#endif
