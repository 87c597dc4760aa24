/* SPDX-License-Identifier: MIT */
/*
 * metrics: the line of JSON about one step of training: step, time (now, in
 * seconds since the epoch), lr, grad_norm, clipped, skipped, and for each
 * objective its units and the means of its stats (objective.h).
 */
#ifndef OPTIM_METRICS_H
#define OPTIM_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "gradient/metadata.h"

struct metrics {
	uint64_t step;   /* the policy's after it: the first is 1 */
	double lr, norm; /* norm of the gradient before clipping */
	bool clipped, skipped;
};

/* Append the line, with its newline. */
void metrics_json(const struct metrics *, const struct gradient_metadata *,
    size_t n, struct buf *);

#endif
