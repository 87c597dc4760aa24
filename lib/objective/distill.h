/* SPDX-License-Identifier: MIT */
/*
 * distill: on-policy distillation, and the term of its gradient that is
 * usually dropped.
 *
 * With D_t the divergence of teacher and policy at action t, the loss of
 * rollouts is E_pi[D_1 + ... + D_T].  Its gradient is the sum of the D_t's own
 * gradients, which regularizers.h adds, and because pi chooses the states
 * where D is taken,
 *
 *   sum_t grad log pi(y_t) sum_{s > t} G^(s - t) D_s      with G = 1.
 *
 * For rkl the whole is the gradient of the divergence of sequences (Gu et al.
 * 2023, MiniLLM).  Demonstrations were not chosen by pi and have no such term.
 * The sum over s is a return, so a baseline over the group may be subtracted
 * (credit.h).
 */
#ifndef OBJECTIVE_DISTILL_H
#define OBJECTIVE_DISTILL_H

#include "base/err.h"
#include "objective/credit.h"
#include "objective/regularizers.h"
#include "traj/traj.h"

struct distill_stats {
	double alone; /* groups of one: no baseline */
	double cut;   /* actions whose ratio was clipped */
};

/*
 * coef[sum A] of the segment's actions, weights included, 0 for those of
 * demonstrations; v[sum A] has the divergences, credit->future is G.
 * logp[sum A]: the policy's log-probabilities now, where it has made steps
 * since it sampled; else NULL.
 */
must_use int distill_future(const struct credit *, const struct traj_segment *,
    const struct regularizer_value *v, const float *logp, double ratio_clip,
    float *coef, struct distill_stats *);

struct objective_segment;
/*
 * Coefficients with a teacher: distill_future where credit.future is above 0,
 * else 0.  The values of the terms take a pass of their own, before the
 * backward pass.
 */
must_use int distill(struct objective_segment *);

#endif
