/* SPDX-License-Identifier: MIT */
/*
 * credit: from the scores of a segment to a coefficient for every action.
 *
 * The policy gradient of a divergence is -sum_i w_i sum_t c_it grad log pi.
 * An action's coefficient c is what it earns of the rewards h(l) of the
 * log-ratios l (field "score"), minus the baseline over the group's other
 * samples, times the estimator's weight.
 *
 * level: what action t earns, of T actions, with L_t = l_1 + ... + l_t
 *
 *   trajectory   h(L_T)
 *   prefix       h(L_T) - h(L_{t-1}): the gradient of the divergence of
 *                sequences, with a baseline that depends only on the prefix;
 *                no length bias
 *   token        sum_{s >= t} future^(s-t) h(l_s): occupancy
 *
 * estimator: which samples, and with what weight
 *
 *   rollouts     samples of the policy, weight 1
 *   demos        demonstrations, weight e^-L
 *   both         1 / (w_pi + w_E e^L), w the two roles' shares of weight
 *
 * scale: `rms` divides the segment's advantages by their root mean square;
 * `std` divides those of a group by the standard deviation of its
 * trajectories' returns, unless that is 0.  This turns the gradient.
 *
 * Rewards are centered, h(1) = 0.
 *
 * Sources: divergences(7); leave-one-out: Ahmadian et al. 2024; std: Shao et
 * al. 2024.
 */
#ifndef OBJECTIVE_CREDIT_H
#define OBJECTIVE_CREDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "divergence/divergence.h"
#include "traj/traj.h"

/* AUTO: by the shape of the scores. */
enum credit_level { LEVEL_AUTO, LEVEL_PREFIX, LEVEL_TRAJECTORY, LEVEL_TOKEN };
/* AUTO: rollouts, or SFT where objective.h says so. */
enum credit_estimator {
	ESTIMATE_AUTO,
	ESTIMATE_ROLLOUTS,
	ESTIMATE_DEMOS,
	ESTIMATE_BOTH
};
enum credit_baseline { BASELINE_RLOO, BASELINE_MEAN, BASELINE_NONE };
enum credit_scale { SCALE_NONE, SCALE_RMS, SCALE_STD };
/* Their names by value, and NULL after the last. */
extern const char *const credit_levels[], *const credit_estimators[];
extern const char *const credit_baselines[], *const credit_scales[];

struct credit {
	struct divergence divergence; /* row NULL: the score is the reward */
	enum credit_level level;
	enum credit_estimator estimator;
	enum credit_baseline baseline;
	enum credit_scale scale;
	double clip;   /* of |l|, for rows that explode */
	double future; /* discount at level token; below 0: 1, a teacher's 0 */
};

/* Sums over the segment. */
struct credit_stats {
	double reward;  /* weight times the trajectory's reward */
	double clipped; /* trajectories (level token: actions) clipped */
	double alone;   /* groups of one: no baseline */
	double flat;    /* groups of several whose returns are all equal */
	double units;   /* weights */
};

/*
 * coef[sum A] of the segment's actions, in order, weights included.  All
 * records have a score.  -1 names the record whose score has the wrong shape
 * for the level, or whose role the estimator does not take.
 */
must_use int credit_assign(const struct credit *, const struct traj_segment *,
    float *coef, struct credit_stats *);

/*
 * For a policy that has made steps since it sampled: multiply the
 * coefficients of its samples by the ratio r = exp(logp - field "logp") of
 * each action's probability now (logp[sum A]) and then; set them to 0 where
 * the surrogate min(r A, clip(r, 1 - e, 1 + e) A) is flat, and count those in
 * *cut (Schulman et al. 2017, PPO, equation 7).  Demonstrations were not
 * sampled by the policy: their coefficients stay, and they need no "logp".
 */
must_use int credit_off_policy(const struct traj_segment *, const float *logp,
    double e, float *coef, double *cut);

/* Whether scores of this ratio are enough; -1 says what they are. */
must_use int credit_ratio(const struct credit *, enum traj_ratio);

#endif
