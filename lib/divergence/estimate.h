/* SPDX-License-Identifier: MIT */
/*
 * estimate: divergences from scored samples.
 *
 * D_f(E || pi) = E_pi[f(e^l)] from rollouts, = E_E[e^-l f(e^l)] from
 * demonstrations, and with both each sample has weight
 * 1 / (w_pi + w_E e^l), the mixture's.  Exact where all trajectories are
 * listed with their probabilities as weights.
 */
#ifndef DIVERGENCE_ESTIMATE_H
#define DIVERGENCE_ESTIMATE_H

#include <stddef.h>

#include "divergence/divergence.h"
#include "traj/traj.h"

/* Log-ratios of trajectories, collected over a stream. All zero is empty. */
struct estimate {
	double *l, *weight;
	size_t n, cap, experts_cap;
	unsigned char *expert;
	double policy, demos; /* sums of weight */
};

void estimate_add(struct estimate *, const struct traj *);
void estimate_release(struct estimate *);
double estimate_divergence(const struct estimate *, const struct divergence *);
/*
 * The standard error of that, each side's samples independent: sqrt of the
 * sum of (w (g - mean g))^2, g the summand; NaN where a side has but one.
 */
double estimate_error(const struct estimate *, const struct divergence *);
/*
 * The share of pairs of a demonstration and a rollout in which l is the
 * higher for the demonstration, by weight; equal ones are half.  NaN where a
 * side has none.
 */
double estimate_auc(const struct estimate *);
/* E_pi[e^l], 1 when calibrated; NaN without rollouts. */
double estimate_calibration(const struct estimate *);
/* (sum w u)^2 / sum (w u)^2 over rollouts: how many speak for the expert. */
double estimate_ess(const struct estimate *);

#endif
