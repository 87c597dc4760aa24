/* SPDX-License-Identifier: MIT */
/*
 * disc_round: score segments with a discriminator that may be fitted to each
 * of them first: the work of discrim(1).
 *
 *	struct disc_round r;
 *
 *	disc_round_open(&r, &settings);
 *	while (...)
 *		disc_round_run(&r, &segment, &stats);
 *	disc_round_close(&r);
 *
 * A round that fits draws as many demonstrations as the segment has
 * trajectories, measures both, fits to them and to the `replay` rounds before,
 * and commits a step of the discriminator.  Every round then writes scores
 * into the segment's records.  A round that matches features does only that,
 * against the demonstrations (match.h).
 *
 * Everything that disc_round_open opens is closed by disc_round_close.
 */
#ifndef DISCRIMINATOR_DISC_ROUND_H
#define DISCRIMINATOR_DISC_ROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/texts.h"
#include "discriminator/disc_batch.h"
#include "discriminator/disc_fit.h"
#include "discriminator/discriminator.h"
#include "discriminator/match.h"
#include "likelihood/mixture.h"
#include "nn/ckpt.h"
#include "optim/trainer.h"
#include "traj/pool.h"
#include "traj/traj.h"

/* Strings are borrowed until disc_round_close. */
struct disc_settings {
	const char *disc;     /* directory of the discriminator */
	struct texts members; /* of models that are one with it; not fitted */
	const char
	    *policy;      /* computes log pi where a record has none; or NULL */
	const char *base; /* of shape offset; else NULL */
	const char *expert; /* file of demonstrations to fit to; or NULL */
	bool fit;  /* without demonstrations: fit to the segment's roles */
	int shape; /* enum discriminator_shape to insist on; -1: any */
	enum discriminator_level level;
	struct loss loss;
	bool implicit;   /* log pi is always the policy's, not the record's */
	bool with_demos; /* add the demonstrations used to the segment */
	uint64_t seed;   /* of the choice of demonstrations */
	uint64_t replay; /* earlier rounds to fit to */
	uint64_t micro;  /* tokens of a micro-batch */
	bool recompute;  /* keep the layers' inputs alone */
	enum tile_type type; /* of products with weights */
	struct disc_fit_settings fitting;
	struct match_settings match;
	bool plan; /* no round is run: do not read weights, see discplan.h */
};

struct disc_round {
	struct disc_settings settings;
	struct discriminator d;
	struct ckpt disc, policy, base;
	struct mixture members;
	struct trainer trainer;
	struct pool *pool;        /* NULL: no demonstrations */
	struct match *match;      /* NULL: no features are matched */
	bool fits, ready;         /* trainer is open; d is */
	struct disc_batch **past; /* earlier rounds, the oldest first */
	size_t pasts;
	struct buf notes; /* repairs made by disc_round_open, a line each */
};

/*
 * 0; a checkpoint that was damaged and went back to an older step is in notes.
 * -1: nothing is open.
 */
must_use int disc_round_open(struct disc_round *, const struct disc_settings *);
/* -1 where the last steps of a fit did not reach the disk. */
must_use int disc_round_close(struct disc_round *);
/* Does the discriminator know the segment's tokens? */
must_use int disc_round_check(const struct disc_round *,
    const struct traj_segment *);
/*
 * Check, fit to and score a segment; ratio and statistics go into its header,
 * those of a fit into *before too.  Does nothing to an empty segment.
 */
must_use int disc_round_run(struct disc_round *, struct traj_segment *,
    struct discriminator_stats *before);

#endif
