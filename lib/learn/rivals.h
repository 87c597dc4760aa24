/* SPDX-License-Identifier: MIT */
/*
 * rivals: the two sides that a discriminator tells apart in one segment, its
 * own trajectories and then demonstrations, with log pi and l of each action;
 * and the fit of the discriminator on them.
 */
#ifndef LEARN_RIVALS_H
#define LEARN_RIVALS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "learn/discriminator.h"
#include "learn/trainer.h"
#include "traj/pool.h"
#include "traj/traj.h"

struct rivals {
	struct traj *t; /* borrowed insides */
	size_t n, own;	/* own: of the segment itself */
	float *logpi, *l;
};

/* pool NULL: no demonstrations.  They are drawn by (seed, step). */
void rivals_init(struct rivals *, const struct traj_segment *, struct pool *,
    uint64_t seed, uint64_t step);
void rivals_release(struct rivals *);
/* log pi and l of all, by the discriminator as it is. */
must_use int rivals_score(struct rivals *, struct discriminator *);

struct rivals_fit {
	struct update how;
	uint64_t steps;
	double until; /* mean accuracy at which it stops; above 1: never */
};

/*
 * Measure (into *before), fit, commit; l is then that of the fitted one.
 * The discriminator's weights are trainer_forward's.
 * The gradient's norm is clipped at 1.
 */
must_use int rivals_fit(struct rivals *, struct discriminator *,
    struct trainer *, const struct rivals_fit *,
    struct discriminator_stats *before);
/* The demonstrations, at the end of the segment. */
void rivals_join(const struct rivals *, struct traj_segment *);

#endif
