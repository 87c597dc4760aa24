/* SPDX-License-Identifier: MIT */
/*
 * features: what a frozen model makes of a trajectory, as one vector.
 *
 * The vector is the model's hidden states at the last action, after some of its
 * layers, each scaled to length 1, one after the other.  The layers above the
 * highest of these and the head are not computed.
 */
#ifndef LIKELIHOOD_FEATURES_H
#define LIKELIHOOD_FEATURES_H

#include <stddef.h>

#include "base/err.h"
#include "nn/ckpt.h"
#include "traj/traj.h"

enum { FEATURES_DEPTHS = 16 };

struct features;

/*
 * share[n], at most FEATURES_DEPTHS: after which shares of the layers, from 0
 * to 1, each rounded to the nearest layer from the first on; a layer counts
 * once. The model is borrowed, and no other pass may run over its weights.
 */
struct features *features_new(const struct ckpt *, const double *share,
    size_t n, size_t micro);
void features_free(struct features *);
/* Numbers of a vector. */
size_t features_width(const struct features *);
/*
 * x[n, width] of n trajectories, in micro-batches of at most `micro` tokens; a
 * prompt that neighbors share is computed once.  Their tokens and lengths have
 * been checked.  -1 names one without actions, or whose states are not finite.
 */
must_use int features_of(struct features *, const struct traj *const *,
    size_t n, float *x);

#endif
