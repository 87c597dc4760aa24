/* SPDX-License-Identifier: MIT */
/*
 * preferenceitem: items of preferences, pairs or singles, from the log-ratios
 * of a segment to what their losses ask of each trajectory.
 *
 * preference.c fills gap, implied and slope of every trajectory; each
 * preference_item_add adds one item's derivatives to push and its values to
 * the sums.
 */
#ifndef OBJECTIVE_PREFERENCEITEM_H
#define OBJECTIVE_PREFERENCEITEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "objective/coefficients.h"

struct preference_sums {
	double loss, margin, right, chosen, rejected, clipped;
	double units, masked; /* weights of items used, and left out */
	double alone;         /* 1: singles without another prompt */
};

struct preferences {
	struct objective_segment *of;
	struct preference how; /* defaults filled in */
	double *gap;           /* [n] g of each trajectory */
	double *implied;       /* [n] x of each */
	double *slope;         /* [n] dx / d log pi of each */
	double *push;          /* [n] d loss / d log pi of each; 0 at first */
	double center;         /* x that singles stand against */
	struct preference_sums sum;
};

/* Whether items of the trajectory are left out. */
bool preference_masked(const struct preferences *, const struct traj *);
/*
 * Add an item of trajectories of both sides; NULL: the side is the center.  -1
 * names the record whose loss is not finite.
 */
must_use int preference_item_add(struct preferences *,
    const struct traj *const side[SIDE_COUNT]);

#endif
