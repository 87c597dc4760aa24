/* SPDX-License-Identifier: MIT */
/*
 * discriminator: an estimate of l = log p_E(y|x) - log pi(y|x), fitted to
 * tell demonstrations from rollouts.
 *
 * What a discriminator is made of decides its shape:
 *   lm     a language model, l_t = log p_D(a_t|s_t) - log pi(a_t|s_t).  The
 *          policy's half of the ratio is exact; p_D's target, the expert,
 *          does not move while the policy does.
 *   head   a sequence classifier, l_t = score . hidden at each action, or
 *          l = score . hidden at the last action (level trajectory).
 * In both the trajectory's l is the sum over its actions, and that sum is
 * what the loss sees.  Every gradient is a weighted sum of gradients of l_t,
 * one backward pass of one causal model (likelihood.h).
 *
 * log pi comes with the rollouts (field `logp`); for demonstrations, and
 * where it is missing, it is computed with the policy at hand.
 */
#ifndef LEARN_DISCRIMINATOR_H
#define LEARN_DISCRIMINATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "learn/likelihood.h"
#include "learn/loss.h"
#include "nn/ckpt.h"
#include "traj/traj.h"

struct discriminator {
	const struct ckpt *ckpt;    /* borrowed */
	const struct params *weights; /* that score: the ckpt's, or those being fitted; borrowed */
	struct likelihood *work;    /* owned */
	const struct ckpt *policy;  /* borrowed; NULL: none at hand */
	struct likelihood *policy_work; /* owned */
	struct loss loss;
	bool whole;		    /* level trajectory: one score for all actions */
	bool implicit;		    /* log pi is always the policy's at hand, never the record's */
};

/*
 * What a fit is judged by: means, taken before it.  Of a loss of pairs, loss
 * and both accuracies are those of pairs.
 */
struct discriminator_stats {
	double loss, acc_expert, acc_policy, l_expert, l_policy;
	double u_policy, iu_expert; /* E_pi[e^l] and E_E[e^-l]: 1 when calibrated */
	double ece;		    /* expected calibration error of sigmoid(l), 10 bins */
};

void discriminator_init(struct discriminator *, const struct ckpt *,
    const struct ckpt *policy, size_t micro);
void discriminator_release(struct discriminator *);

/*
 * logpi[sum A] of the trajectories; -1 where it is missing and there is no
 * policy.  A head does not need it: all 0 then.
 */
must_use int discriminator_logpi(struct discriminator *, const struct traj *,
    size_t n, float *logpi);
/*
 * l[sum A]: l_t of each action, or at level trajectory of a head l at the
 * last action and 0 before it.
 */
must_use int discriminator_score(struct discriminator *, const struct traj *,
    size_t n, const float *logpi, float *l);
/*
 * The gradient of the loss over n trajectories, whose roles say which side
 * they are on (expert and chosen against the rest), added to d, from their scores l.  The
 * loss and the statistics of l go into *stats.
 */
must_use int discriminator_gradient(struct discriminator *,
    const struct traj *, size_t n, const float *l, struct params *d);
void discriminator_measure(const struct discriminator *, const struct traj *,
    size_t n, const float *l, struct discriminator_stats *);
/* As stats of a segment's header, discrim.NAME. */
void discriminator_tell(struct msg *header, const struct discriminator_stats *);
/* Write the scores l of one trajectory into its record, as f32[1] or f32[A]. */
void discriminator_write(const struct discriminator *, struct traj *,
    const float *l);

#endif
