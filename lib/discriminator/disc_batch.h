/* SPDX-License-Identifier: MIT */
/*
 * disc_batch: what a discriminator sees of one segment: the segment's own
 * trajectories, then demonstrations, with an output and a log-ratio for each
 * action.  Use:
 *
 *	disc_batch_init(&x, &segment, pool, seed, step);
 *	disc_batch_known(&x, &d);           // once
 *	disc_batch_score(&x, &d, x.n, x.n); // whenever weights have changed
 *	disc_batch_release(&x);
 *
 * Trajectories are borrowed from the segment and the pool.  After
 * disc_batch_keep the batch has copies of the segment's, and outlives it, but
 * not the pool.
 *
 * Arrays [sum A] have an element for each action, of trajectory after
 * trajectory.
 */
#ifndef DISCRIMINATOR_DISC_BATCH_H
#define DISCRIMINATOR_DISC_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "discriminator/discriminator.h"
#include "traj/pool.h"
#include "traj/traj.h"

struct disc_batch {
	struct traj *t;        /* [n] */
	size_t n, own;         /* the first `own` are the segment's */
	bool kept;             /* those are copies, owned by the batch */
	float *known;          /* [sum A] added to the network's output */
	float *s, *l;          /* [sum A] outputs and log-ratios */
	enum traj_ratio ratio; /* what l is */
};

/*
 * As many demonstrations as trajectories are drawn from the pool, by (seed,
 * step); pool NULL: none.
 */
void disc_batch_init(struct disc_batch *, const struct traj_segment *,
    struct pool *, uint64_t seed, uint64_t step);
void disc_batch_release(struct disc_batch *);
/* Copy the trajectories of the segment that the batch was made of. */
void disc_batch_keep(struct disc_batch *, const struct traj_segment *);

/* Compute `known`; -1 where a log-probability is missing. */
must_use int disc_batch_known(struct disc_batch *, struct discriminator *);
/*
 * Compute s and l of the first n trajectories.  `ratio` is what l is of the
 * first `passed`, which leave the tool: a constant that some losses leave open
 * can only be estimated for prompts with two rollouts.
 */
must_use int disc_batch_score(struct disc_batch *, struct discriminator *,
    size_t n, size_t passed);
/* Append the demonstrations to the segment. */
void disc_batch_join(const struct disc_batch *, struct traj_segment *);

#endif
