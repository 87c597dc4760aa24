/* SPDX-License-Identifier: MIT */
/*
 * credit: from the scores of a segment to a coefficient for every action.
 *
 * The policy gradient of a divergence is -sum_i w_i sum_t c_it grad log pi.
 * Here is made of the log-ratios l (field `score`) what each action earns
 * (`level`), less the baseline over the group's other samples, times the
 * importance weight of the estimator:
 *
 *   trajectory   h(L_T) for every action
 *   prefix       h(L_T) - h(L_{t-1}), L_t = l_1 + ... + l_t: the sequence
 *                divergence's own gradient with a baseline that depends on
 *                the prefix alone; no length bias
 *   token        sum_{s >= t} future^(s-t) h(l_s): occupancy
 *
 *   rollouts     weight 1 on samples of the policy
 *   demos        e^-L on demonstrations
 *   both         1 / (w_pi + w_E e^L) on either, w the shares of weight
 *
 * What they earn can be scaled: `rms` divides the advantages of the segment
 * by their root mean square; `std` those of a group by the standard deviation
 * of its trajectories' returns, where that is not 0 (Shao et al. 2024), which
 * turns the gradient.
 *
 * Rewards are centred, h(1) = 0.  (divergences(7); leave-one-out: Ahmadian
 * et al. 2024.)
 */
#ifndef OBJECTIVE_CREDIT_H
#define OBJECTIVE_CREDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "divergence/divergence.h"
#include "traj/traj.h"

enum credit_level { LEVEL_AUTO, LEVEL_PREFIX, LEVEL_TRAJECTORY, LEVEL_TOKEN };
enum credit_estimator {
	ESTIMATE_AUTO,
	ESTIMATE_ROLLOUTS,
	ESTIMATE_DEMOS,
	ESTIMATE_BOTH
};
enum credit_baseline { BASELINE_RLOO, BASELINE_MEAN, BASELINE_NONE };
enum credit_scale { SCALE_NONE, SCALE_RMS, SCALE_STD };

struct credit {
	struct divergence divergence; /* row NULL: the score is a reward */
	enum credit_level level;
	enum credit_estimator estimator;
	enum credit_baseline baseline;
	enum credit_scale scale;
	double clip, future;
};

/* Sums over the segment. */
struct credit_stats {
	double reward;  /* of weight * reward of the trajectory */
	double clipped; /* trajectories (token level: actions) clipped */
	double alone;   /* groups of one: no baseline */
	double flat;    /* groups of several whose returns are all equal */
	double units;   /* of weights */
};

/*
 * coef[sum A] of the segment's actions, in order, weights included.  -1
 * names the record whose score does not serve.
 */
must_use int credit_assign(const struct credit *, const struct traj_segment *,
    float *coef, struct credit_stats *);

/*
 * The policy has moved on since it sampled: coef times the ratio r of each
 * action's probability now (logp[sum A]) and then (field `logp`), and 0
 * where the surrogate min(r A, clip(r, 1 - e, 1 + e) A) is flat (PPO:
 * Schulman et al. 2017, eq. 7).  *cut counts those.
 */
must_use int credit_off_policy(const struct traj_segment *, const float *logp,
    double e, float *coef, double *cut);

/* Whether scores of this ratio can serve; -1 with the reason. */
must_use int credit_ratio(const struct credit *, enum traj_ratio);

#endif
