/* SPDX-License-Identifier: MIT */
/*
 * disc_fit: fit a discriminator to a batch, and to batches of earlier rounds.
 *
 * Each batch has its own two sides, and the log pi of the policy that sampled
 * its rollouts, for both sides.  So each is a whole problem of
 * noise-contrastive estimation with its own noise, and for shapes lm and
 * offset all have the same solution, whichever policy was the noise: earlier
 * rounds need neither importance weights nor the policies of then.  (The
 * target of a head is the log-ratio to the mixture of those policies.)  The
 * fit minimises the mean of the batches' losses.
 *
 * With dropout each step drops others, in the outputs that the loss is of and
 * in its gradient.  Accuracies, and scores that leave, are those of the whole
 * discriminator.
 */
#ifndef DISCRIMINATOR_DISC_FIT_H
#define DISCRIMINATOR_DISC_FIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "discriminator/disc_batch.h"
#include "discriminator/discriminator.h"
#include "optim/trainer.h"

struct disc_fit_settings {
	struct update update; /* the optimiser's */
	uint64_t steps;       /* at most */
	double until; /* mean accuracy at which the fit stops; above 1: never */
	double dropout; /* rate, in the fit and not in scores */
	uint64_t seed;  /* of what is dropped */
};

/*
 * Fit and commit a step of the discriminator, whose weights are those of
 * trainer_forward.  batch[0] is this round's and comes with its scores; *before
 * measures it before the fit, and the accuracy that ends the fit is of it.
 * Afterwards its first `passed` scores are those of the fitted discriminator.
 * The norm of each step's gradient is clipped at 1; one that is not finite
 * fails.
 */
must_use int disc_fit(const struct disc_fit_settings *, struct discriminator *,
    struct trainer *, struct disc_batch *const *batch, size_t batches,
    size_t passed, struct discriminator_stats *before);

#endif
