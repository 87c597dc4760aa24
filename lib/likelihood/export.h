/* SPDX-License-Identifier: MIT */
/*
 * toplaw: the distributions of a model at every action of a segment, coarsened
 * to their k likeliest tokens (coarse.h), written into its records: a teacher
 * for those who cannot have it beside them.
 */
#ifndef LIKELIHOOD_EXPORT_H
#define LIKELIHOOD_EXPORT_H

#include <stddef.h>

#include "base/err.h"
#include "likelihood/likelihood.h"
#include "traj/topk.h"
#include "traj/traj.h"

/* The likeliest token first; of two alike, the lower. */
must_use int export_topk(struct likelihood *, const struct params *,
    struct traj_segment *, size_t V, size_t k);

/* Distribution j of c from V logits, which are overwritten. */
void export_topk_take(struct topk *c, size_t j, float *z, size_t V);

#endif
