/* SPDX-License-Identifier: MIT */
/*
 * distill: the term of the white box that on-policy distillation drops.
 *
 * With D_t the divergence of the distributions at action t, the loss of
 * rollouts is E_pi[D_1 + ... + D_T].  Its gradient is the sum of the D_t's own
 * and
 *
 *   sum_t grad log pi(y_t) sum_{s > t} G^(s - t) D_s
 *
 * at G = 1, because pi chooses the states where D is taken.  For rkl that sum
 * is the divergence of the sequences (Gu et al. 2023).  Demonstrations were
 * not chosen by pi and have no such term.  It is a return like another, so a
 * baseline over the group may be taken from it (credit.h).
 */
#ifndef OBJECTIVE_DISTILL_H
#define OBJECTIVE_DISTILL_H

#include "base/err.h"
#include "objective/credit.h"
#include "objective/regularizers.h"
#include "traj/traj.h"

struct distill_stats {
	double alone, cut; /* groups of one; actions beyond the ratio's bound */
};

/*
 * coef[sum A] of the segment's actions, weights included, 0 for those of
 * demonstrations: the discount is credit.future.  logp[sum A]: the policy has
 * moved on since it sampled, and these are now (NULL: it has not).
 */
must_use int distill_future(const struct credit *, const struct traj_segment *,
    const struct regularizer_value *, const float *logp, double ratio_clip,
    float *coef, struct distill_stats *);

struct objective_work;
/*
 * A row of objective.h: with a teacher, actions have no coefficients but
 * those of distill_future, where credit.future is not 0.
 */
must_use int distill(struct objective_work *);

#endif
