/* SPDX-License-Identifier: MIT */
/*
 * packer: trajectories to packs (nn/pack.h), in order.
 *
 *	struct packer x = { .config = &config, .micro = 4096 };
 *
 *	for (i = 0; (more = packer_next(&x, t, n, &i, back)) > 0;)
 *		... x.pack, and x.at[R] of its rows ...
 *	packer_release(&x);
 *
 * A prompt that neighbors share is a sequence that they continue, unless it is
 * dropped: masks differ from trajectory to trajectory.
 */
#ifndef LIKELIHOOD_PACKER_H
#define LIKELIHOOD_PACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "nn/config.h"
#include "nn/pack.h"
#include "traj/traj.h"

/* Where an action is: trajectory, action in it, token in it. */
struct likelihood_at {
	size_t traj, action, token;
};

/*
 * A token's masks are a function of these numbers, its trajectory's id and its
 * position, and of nothing else.
 */
struct likelihood_dropout {
	double rate; /* share that is dropped, below 1; 0: none */
	uint64_t seed, step, pass;
};

struct packer {
	const struct config *config; /* borrowed */
	size_t micro;                /* tokens of a pack */
	struct likelihood_dropout dropout;
	struct pack pack;
	struct likelihood_at *at; /* [R] */
	/* owned: the pack's arrays, and whether one of its sequences
	 * continues another */
	uint32_t *tokens;
	size_t *start, *row, *parent;
	struct rng *noise;
	bool shared;
	size_t tokens_cap, start_cap, row_cap, at_cap, parent_cap, noise_cap;
};

void packer_release(struct packer *);
/*
 * A pack made by hand: begin; then sequences, each of n tokens that continue
 * sequence `parent`, its own number for none; and rows, by token of the pack.
 */
void packer_begin(struct packer *);
void packer_sequence(struct packer *, const uint32_t *tokens, size_t n,
    size_t parent);
void packer_row(struct packer *, size_t row);
/*
 * The next pack, from trajectory *i on; an action's row is `back` tokens before
 * it.  1; 0 when none is left; -1 names a trajectory that does not fit.
 */
must_use int packer_next(struct packer *, const struct traj *, size_t n,
    size_t *i, size_t back);

#endif
