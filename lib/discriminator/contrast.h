/* SPDX-License-Identifier: MIT */
/*
 * contrast: a loss (loss.h) over the two sides of a segment, and its slope by
 * the output s of each trajectory.
 *
 * Better are demonstrations and what was chosen, worse all others.  A loss
 * that goes by rank reads the number `rank` in a record's `meta`, 1 the best
 * and any number of levels; who has none is before all ranks or behind them,
 * by role.  Equals are not compared.  A pair or a list has the weight of its
 * better one.
 *
 * Losses of pairs and lists see differences within a group, and dv those
 * within the segment, so s has a free constant; contrast_normaliser tells it.
 */
#ifndef DISCRIMINATOR_CONTRAST_H
#define DISCRIMINATOR_CONTRAST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "discriminator/loss.h"
#include "traj/traj.h"

struct contrast {
	double loss;     /* 0 where there is nothing to take it of */
	double compared; /* weight of pairs */
	double right;    /* share of it whose better one has the higher s */
};

/* Demonstration or chosen, and not a rollout or rejected. */
bool contrast_better(const struct traj *);
/*
 * slope[n] = dL/ds, or NULL; *out is always filled.  -1: a rank that is no
 * number, or slopes asked of pairs or lists where there are none.
 */
must_use int contrast_loss(const struct loss *, const struct traj *, size_t n,
    const double *s, double *slope, struct contrast *out);
/*
 * A loss of sides over all prefixes of the trajectories, up to each action:
 * slope[sum A] by the output S[sum A] at it.  The j-th prefixes of both sides
 * are samples of p_E and pi themselves, so each term has its optimum at their
 * log-ratio.  Which side a trajectory is on is averaged as in contrast_loss,
 * and never over its own length, or longer ones would count for less; all is
 * divided by the mean length, so that the scale is that of one.
 */
void contrast_prefixes(const struct loss *, const struct traj *, size_t n,
    const double *S, double *slope);
/*
 * c[n]: log of the mean e^s over the rollouts (neither chosen nor rejected)
 * of each trajectory's prompt, or of the segment for dv; NaN where there are
 * less than two.  E_pi[e^(s - c)] = 1.
 */
void contrast_normaliser(const struct loss *, const struct traj *, size_t n,
    const double *s, double *c);

#endif
