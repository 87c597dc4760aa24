/* SPDX-License-Identifier: MIT */
/*
 * coarse: the laws of a model at each action of a trajectory, coarsened to
 * its k likeliest tokens and one bucket for all others, as the fields
 * teacher_token, teacher_logp and teacher_tail of apprentice-stream(5) carry
 * them.
 */
#ifndef TRAJ_COARSE_H
#define TRAJ_COARSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/traj.h"

/* All zero is one of no laws. */
struct coarse {
	size_t k, actions;
	uint32_t *token;  /* [actions, k], ascending for each action once read */
	float *logp;	  /* [actions, k] */
	float *tail;	  /* [actions], log of what is left; unless k = V */
	size_t tails;	  /* actions, or 0: nothing is left */
	size_t token_cap, logp_cap, tail_cap;
};

/*
 * Those of a record, each law normalised: 1, 0 where it has none, -1 where
 * they are none of a vocabulary of V, naming the field.
 */
must_use int coarse_read(struct coarse *, const struct traj *, size_t V);
/* Room for the laws of so many actions; to be filled. */
void coarse_fit(struct coarse *, size_t actions, size_t k, size_t V);
void coarse_write(const struct coarse *, struct msg *rec);
/* The laws spoke of actions that are no more. */
void coarse_forget(struct msg *rec);
void coarse_release(struct coarse *);

#endif
