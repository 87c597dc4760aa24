/* SPDX-License-Identifier: MIT */
/*
 * stepmetrics: the line of JSON about one step of training: step, time (now,
 * in seconds since the epoch), lr, grad_norm, clipped, skipped; then flat keys,
 * by the names that other trainers and their plots use; then for each objective
 * its units and the means of its stats (objective.h).
 *
 * The flat keys are learning_rate, seconds and num_tokens, and those of a table
 * of stats in stepmetrics.c, of the first objective that has them; loss is the
 * sum of weight times loss over the objectives; a divergence has its own name.
 * A key whose stats are missing, or not finite, is left out.
 */
#ifndef OPTIM_STEPMETRICS_H
#define OPTIM_STEPMETRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "gradient/metadata.h"

struct metrics {
	uint64_t step;   /* the policy's after it: the first is 1 */
	uint64_t tokens; /* of all steps up to this one */
	double seconds;  /* since the step before */
	double lr, norm; /* norm of the gradient before clipping */
	bool clipped, skipped;
};

/* Tokens that the gradients of a step were computed of. */
uint64_t metrics_tokens(const struct gradient_metadata *, size_t n);
/*
 * The loss of a step, weighted as the gradients are; NaN where an objective
 * reported none.
 */
double metrics_loss(const struct gradient_metadata *, size_t n);
/* Append the line, with its newline. */
void metrics_json(const struct metrics *, const struct gradient_metadata *,
    size_t n, struct buf *);

#endif
