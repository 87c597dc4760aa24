/* SPDX-License-Identifier: MIT */
/* recordline: the measures of one trajectory, as a line of JSON. */
#ifndef TRAJ_RECORDLINE_H
#define TRAJ_RECORDLINE_H

#include <stddef.h>

#include "base/buf.h"
#include "traj/traj.h"

/* What is known beside the record; NaN, NULL or -1 where it is not. */
struct recordline {
	const float *logp, *entropy; /* [actions] */
	double bytes;                /* of the actions as text */
	int exact, right;            /* 0 or 1 */
};

/*
 * Append {"id", "group", "role", "stop", "length", "weight", "nll",
 * "entropy", "bytes", "bits_per_byte", "score", "exact", "right"}, of which
 * what is not known is left out.
 */
void recordline_put(const struct traj *, const struct recordline *,
    struct buf *);

#endif
