/* SPDX-License-Identifier: MIT */
/*
 * match: score the rollouts of segments by how well their features, in a frozen
 * policy, match those of the demonstrations of their prompts (match_kernel.h,
 * likelihood/features.h).  The scores are rewards; weights of trajectories do
 * not count in them.
 */
#ifndef DISCRIMINATOR_MATCH_H
#define DISCRIMINATOR_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "discriminator/match_kernel.h"
#include "likelihood/features.h"
#include "nn/ckpt.h"
#include "traj/pool.h"
#include "traj/traj.h"

struct match_settings {
	bool on;
	enum match_kernel kernel;
	double diversity; /* of the rollouts of a prompt; 0: none */
	double layer[FEATURES_DEPTHS]; /* shares of the layers */
	size_t layers;
};

/* "A,B,...", each from 0 to 1, to layer and layers. */
must_use int match_parse_layers(const char *, void *match_settings);

struct match;

/* The policy and the demonstrations are borrowed; see features_new. */
struct match *match_new(const struct match_settings *, const struct ckpt *,
    const struct pool *, size_t micro);
void match_free(struct match *);
/*
 * Write a score into each record, the ratio and the mean distance over prompts
 * into the header.  Tokens and lengths have been checked.  -1 where a prompt
 * has no demonstration, or too few rollouts for diversity, or a record is a
 * demonstration.
 */
must_use int match_run(struct match *, struct traj_segment *);

#endif
