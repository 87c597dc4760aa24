/* SPDX-License-Identifier: MIT */
/*
 * mismatch: prompts of a segment, each with a response to another prompt.
 *
 * The prompt is what comes before a trajectory's last response, and the
 * response is that of a trajectory of the next group, in the order of groups
 * and ids; so the pairs do not depend on the order of the segment.  A response
 * is cut where it would not fit into the context; a prompt that fills it is
 * left out.
 */
#ifndef OBJECTIVE_MISMATCH_H
#define OBJECTIVE_MISMATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "traj/traj.h"

struct mismatch {
	struct traj *t; /* [n] one span each; ids borrowed */
	size_t n;       /* 0 where the segment has one prompt */
	struct span *span;
	uint32_t *tokens;
};

/* whole: leave out trajectories that were cut off. */
void mismatch_init(struct mismatch *, const struct traj_segment *, bool whole,
    size_t context);
void mismatch_release(struct mismatch *);

#endif
