/* SPDX-License-Identifier: MIT */
/*
 * goal: where training ends before its input does: at a step that it is to
 * reach, and before a step at which the loss is too high: its mean over the
 * newest steps, since that of one step may be far off by chance.
 */
#ifndef OPTIM_GOAL_H
#define OPTIM_GOAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "gradient/metadata.h"

enum { GOAL_STEPS = 8 };

struct goal {
	uint64_t until;            /* step; 0: the end of the input */
	double bound;              /* of the mean loss; 0: none */
	double newest[GOAL_STEPS]; /* losses, of step n in n % GOAL_STEPS */
	size_t seen;
};

/* Whether a policy at this step has nothing left to do. */
bool goal_reached(const struct goal *, uint64_t step);
/* -1 if a policy at this step is beyond the goal. */
must_use int goal_ahead(const struct goal *, uint64_t step);
/*
 * Of the objectives of a gradient, whether their loss lets the policy make
 * this step; -1: the mean of this and the losses of the up to GOAL_STEPS - 1
 * calls before is above the bound, or this one is unknown.
 */
must_use int goal_allows(struct goal *, uint64_t step,
    const struct gradient_metadata *, size_t n);
/* At the end of the input: -1 if the goal is not reached. */
must_use int goal_met(const struct goal *, uint64_t step);

#endif
