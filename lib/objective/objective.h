/* SPDX-License-Identifier: MIT */
/*
 * objective: the table of what divgrad(1) minimizes.
 *
 * Every objective's gradient is a sum over the actions a_t of a segment,
 *
 *   g = grad of  sum_t  - coef_t z_t[a_t] + lse_t logsumexp(z_t),
 *
 * with z_t the policy's logits.  Where lse is coef, this is -coef log pi(a_t).
 * A row's function computes the coefficients of a segment; one backward pass
 * (objectivegrad.h) turns them into a gradient.
 *
 * Adding an objective is adding a row to objective.c, and for a preference
 * (preference.h) its loss function (preferenceloss.h).  Other kinds are policy
 * gradients of scores (policygrad.h) and likelihoods of demonstrations
 * (imitation.h).
 *
 * All f-divergences (divergence.h) share one row, the policy gradient of
 * their rewards.
 */
#ifndef OBJECTIVE_OBJECTIVE_H
#define OBJECTIVE_OBJECTIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "objective/coefficients.h"
#include "traj/traj.h"

const struct objective_row *objective_rows(size_t *n);
/* Append all names, divergences first, as "fkl ... dpo iq:LAMBDA". */
void objective_names(struct buf *);
/*
 * "dpo", "js", "iq:0.1", or annealed as "alpha:1..0/400": the parameter goes
 * linearly from 1 to 0 over 400 steps of the policy.  Borrows the text.  -1
 * names the fault, or all names.
 */
must_use int objective_parse(const char *, void *objective);
/* Whether on demonstrations it is their likelihood, a divergence. */
bool objective_is_likelihood(const struct objective *);
/*
 * Whether a demonstration has a finite divergence of this name, at both ends of
 * an annealed parameter; -1 says why not.
 */
must_use int objective_one_hot(const struct objective *);
/*
 * The row for a segment: the teacher's where there is one; that of one-hot
 * demonstrations where they are the expert; SFT for demonstrations under a
 * divergence that is their likelihood, unless an estimator is chosen; else
 * the objective's own.
 */
const struct objective_row *objective_row_of(const struct objective_settings *,
    const struct traj_segment *);

#endif
