/* SPDX-License-Identifier: MIT */
/*
 * toplaw: the laws of a model at every action of a segment, coarsened to
 * their k likeliest tokens (coarse.h), written into its records: a teacher
 * for those who cannot have it beside them.
 */
#ifndef LEARN_TOPLAW_H
#define LEARN_TOPLAW_H

#include <stddef.h>

#include "base/err.h"
#include "learn/likelihood.h"
#include "traj/coarse.h"
#include "traj/traj.h"

/* The likeliest token first; of two alike, the lower. */
must_use int toplaw_write(struct likelihood *, const struct params *,
    struct traj_segment *, size_t V, size_t k);

/* Law j of c from V logits, which are overwritten. */
void toplaw_take(struct coarse *c, size_t j, float *z, size_t V);

#endif
