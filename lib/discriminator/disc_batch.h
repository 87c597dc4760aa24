/* SPDX-License-Identifier: MIT */
/*
 * rivals: the two sides that a discriminator tells apart in one segment, its
 * own trajectories and then demonstrations, with what is known beforehand of
 * each action, and its output and l; and the fit of the discriminator on
 * them.
 *
 * Rounds past may be fitted on too.  Each keeps its own two sides and the log
 * pi of the policy that sampled its rollouts, for both sides: so each is a
 * whole problem of noise-contrastive estimation with its own noise, and
 * for shapes lm and offset all have the same solution, whichever policy was
 * the noise.  No importance weight is needed and no old policy either.  (A
 * head's target is the log-ratio to the mixture of those policies.)  Losses
 * are of each round, and the fit minimises their mean.
 */
#ifndef DISCRIMINATOR_DISC_BATCH_H
#define DISCRIMINATOR_DISC_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "discriminator/discriminator.h"
#include "optim/trainer.h"
#include "traj/pool.h"
#include "traj/traj.h"

struct disc_batch {
	struct traj
	    *t; /* borrowed insides; of kept ones the first `own` are ours */
	size_t n, own; /* own: of the segment itself */
	size_t told;   /* of the first so many the ratio is told */
	bool kept;
	float *known, *s, *l;
	enum traj_ratio ratio; /* what l is */
};

/* pool NULL: no demonstrations.  They are drawn by (seed, step). */
void disc_batch_init(struct disc_batch *, const struct traj_segment *,
    struct pool *, uint64_t seed, uint64_t step);
void disc_batch_release(struct disc_batch *);
/* From here on the segment may change; the pool has to stay. */
void disc_batch_keep(struct disc_batch *);
/* Once: what is known; then s and l, by the discriminator as it is. */
must_use int disc_batch_know(struct disc_batch *, struct discriminator *);
must_use int disc_batch_score(struct disc_batch *, struct discriminator *);

struct disc_fit {
	struct update how;
	uint64_t steps;
	double until; /* mean accuracy at which it stops; above 1: never */
};

/*
 * Measure (into *before), fit on these and the n past, commit; s and l of the
 * first `told` are then those of the fitted one.  The discriminator's weights
 * are trainer_forward's.  The gradient's norm is clipped at 1.
 */
must_use int disc_fit(struct disc_batch *, struct disc_batch *past, size_t n,
    struct discriminator *, struct trainer *, const struct disc_fit *,
    struct discriminator_stats *before);
/* The demonstrations, at the end of the segment. */
void disc_batch_join(const struct disc_batch *, struct traj_segment *);

#endif
