/* SPDX-License-Identifier: MIT */
/*
 * preference: losses that say which of two trajectories is better, or
 * whether one is good.
 *
 * With g = log pi - log ref of a trajectory (log pi alone for rows without a
 * reference; divided by its number of actions for rows per token) and phi its
 * implied reward, a row's loss is a function of x = phi(g) of both sides, such
 * as
 *
 *   dpo, spin  -log sigmoid(beta m), m = x chosen - x rejected
 *   ipo        (m - 1 / (2 beta))^2
 *
 * Sides are the row's two roles: chosen and rejected, or for spin
 * demonstrations and the policy's own samples of their prompts.  Within a
 * group the k-th of one side is paired with the k-th of the other, the
 * shorter side starting over.  A pair's weight is the mean of its
 * trajectories'.  Rows of UNIT_SINGLE have no pairs: each trajectory stands
 * against max(0, mean x of the segment), held constant.
 *
 * phi(g) is g where the regularizer is KL(pi || ref).  For another row,
 * D_f(ref || pi) = E_ref[k(v)] with v = pi / ref and k(v) = v f(1/v), phi is
 * k'(v) = -h(-g), h the row's reward.  It must rise without bound as v goes
 * to 0.
 *
 * Sources: Rafailov et al. 2023 (DPO), Azar et al. 2023 (IPO), Chen et al.
 * 2024 (SPIN), Wang et al. 2023 (f-DPO), Ethayarajh et al. 2024 (singles).
 */
#ifndef OBJECTIVE_PREFERENCE_H
#define OBJECTIVE_PREFERENCE_H

#include <stddef.h>

#include "base/err.h"
#include "divergence/divergence.h"

struct objective_segment;

/* Settings of preferences. */
struct preference {
	double beta;         /* 0: the row's default */
	struct divergence f; /* the regularizer; row NULL: KL(pi || ref) */
	double smooth;       /* assumed rate of flipped labels */
	double clip; /* rows that explode: phi is linear beyond |g| = clip */
};

/* The regularizer of f-DPO by name; -1 names the fault. */
must_use int preference_parse_f(const char *, struct divergence *);
/* phi(g) and its derivative. */
double preference_implied(const struct preference *, double g, double *slope);

/* What a loss function sees. */
enum { SIDE_CHOSEN, SIDE_REJECTED, SIDE_COUNT };
struct preference_item {
	double x[SIDE_COUNT];
	double beta, a; /* temperature; parameter of the objective */
};
/* The loss of an item and its derivatives by x. */
typedef double preference_loss(const struct preference_item *,
    double slope[SIDE_COUNT]);

/* The coefficients of all rows with a loss function. */
must_use int preference(struct objective_segment *);

#endif
