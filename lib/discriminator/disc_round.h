/* SPDX-License-Identifier: MIT */
/*
 * adversary: the discriminator in its rounds, a segment each: what discrim(1)
 * does.
 *
 * Where it has a trainer it is fitted first: as many demonstrations as there
 * are rollouts are drawn, both are measured, and the fit, on these and on the
 * `replay` rounds before, is committed.  Then the segment is scored with it.
 * Or its distributions are told, for a student, and nothing else.
 */
#ifndef DISCRIMINATOR_DISC_ROUND_H
#define DISCRIMINATOR_DISC_ROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "discriminator/discriminator.h"
#include "discriminator/disc_batch.h"
#include "optim/trainer.h"
#include "nn/ckpt.h"
#include "traj/pool.h"
#include "traj/traj.h"

struct disc_round {
	struct discriminator d;
	struct ckpt
	    *policy; /* borrowed; its newest weights are used; or NULL */
	struct trainer *trainer; /* borrowed; NULL: it only scores */
	struct pool *pool;       /* borrowed; NULL: no demonstrations */
	struct disc_fit fit;
	uint64_t seed;
	bool with_demos;
	size_t replay;
	size_t export_topk; /* > 0: only distributions of so many tokens are
			       added (toplaw.h) */
	struct disc_batch *past; /* owned, the oldest first */
	size_t pasts, past_cap;
};

void disc_round_release(struct disc_round *);
/*
 * Check, fit and score a segment; ratio and statistics go into its header,
 * and where it is fitted, into *before too.  An empty one is no round.
 */
must_use int disc_round_run(struct disc_round *, struct traj_segment *,
    struct discriminator_stats *before);

#endif
