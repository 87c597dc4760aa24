/* SPDX-License-Identifier: MIT */
/*
 * preference: losses that say which of two trajectories is better, or
 * whether one is good.
 *
 * With g = log pi - log ref of a trajectory (log pi for rows without a
 * reference; divided by its number of actions for rows per token) and phi its
 * implied reward (implied.h), a row's loss is a function of x = phi(g) of both
 * sides (preferenceloss.h).
 *
 * Sides are the row's two roles: chosen and rejected, or for spin
 * demonstrations and the policy's own samples of their prompts.  Within a
 * group the k-th of one side is paired with the k-th of the other, the
 * shorter side starting over.  A pair's weight is the mean of its
 * trajectories'.  Rows of UNIT_SINGLE have no pairs: each trajectory stands
 * against one reference point of the segment (singles.h).
 *
 * Sources: Rafailov et al. 2023 (DPO), Azar et al. 2023 (IPO), Meng et al.
 * 2024 (SimPO), Hong et al. 2024 (ORPO), Chen et al. 2024 (SPIN).
 */
#ifndef OBJECTIVE_PREFERENCE_H
#define OBJECTIVE_PREFERENCE_H

#include "base/err.h"

struct objective_segment;

/* The coefficients of all rows with a loss function. */
must_use int preference(struct objective_segment *);

#endif
