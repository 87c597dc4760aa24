/* SPDX-License-Identifier: MIT */
/*
 * contrast: a loss (loss.h) over the trajectories of a batch, and its slope
 * by the output s of each.
 *
 * Better are demonstrations and chosen trajectories, worse all others.  A loss
 * that goes by rank reads the number `rank` from a record's `meta`: 1 is the
 * best, and there may be any number of ranks.  A trajectory without one comes
 * before all ranks where it is better, else behind them.  Equal ranks are not
 * compared.  A pair or a list has the weight of its better trajectory.
 *
 * Losses of pairs and lists depend on differences within a group, and dv on
 * differences within the batch, so a constant of s is free;
 * contrast_normalizer estimates it.
 */
#ifndef DISCRIMINATOR_CONTRAST_H
#define DISCRIMINATOR_CONTRAST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "discriminator/loss.h"
#include "traj/traj.h"

struct contrast {
	double loss;     /* 0 where nothing is compared */
	double compared; /* weight of the pairs */
	double right;    /* share of it where the better one has the higher s */
};

/* Is it a demonstration, or chosen? */
bool contrast_better(const struct traj *);
/*
 * slope[n] = dL/ds, or NULL; *out is always set.  -1 where a rank is not a
 * number, or where slopes of pairs or lists are wanted and there are none.
 */
must_use int contrast_loss(const struct loss *, const struct traj *, size_t n,
    const double *s, double *slope, struct contrast *out);
/*
 * A loss of sides over all prefixes of the trajectories: slope[sum A] by the
 * output S[sum A] at each action.  The j-th prefixes of both sides are samples
 * of p_E and pi, so each term has its optimum at their log-ratio.  Each side
 * is averaged over trajectories, not over actions, or longer ones would count
 * for less; the sum is divided by the mean length, so that its scale is that
 * of contrast_loss.
 */
void contrast_prefixes(const struct loss *, const struct traj *, size_t n,
    const double *S, double *slope);
/*
 * c[n] = log of the mean e^s over the rollouts (neither chosen nor rejected)
 * of the trajectory's prompt, for dv of the batch; NaN where there are fewer
 * than two.  E_pi[e^(s - c)] = 1.
 */
void contrast_normalizer(const struct loss *, const struct traj *, size_t n,
    const double *s, double *c);

#endif
