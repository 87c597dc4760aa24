/* SPDX-License-Identifier: MIT */
/*
 * coarse: the distributions of a model at each action of a trajectory,
 * coarsened to its k likeliest tokens and one bucket for all others, as the
 * fields teacher_token, teacher_logp and teacher_tail of apprentice-stream(5)
 * carry them.
 */
#ifndef TRAJ_TOPK_H
#define TRAJ_TOPK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/traj.h"

/* All zero is one of no distributions. */
struct topk {
	size_t k, actions;
	uint32_t *token; /* [actions, k], ascending for each action once read */
	float *logp;     /* [actions, k] */
	float *tail;     /* [actions], log of what is left; unless k = V */
	size_t tails;    /* actions, or 0: nothing is left */
	size_t token_cap, logp_cap, tail_cap;
};

/*
 * Those of a record, each distribution normalised: 1, 0 where it has none, -1
 * where they are none of a vocabulary of V, naming the field.
 */
must_use int topk_read(struct topk *, const struct traj *, size_t V);
/* Room for the distributions of so many actions; to be filled. */
void topk_fit(struct topk *, size_t actions, size_t k, size_t V);
void topk_write(const struct topk *, struct msg *rec);
/* The distributions spoke of actions that are no more. */
void topk_forget(struct msg *rec);
void topk_release(struct topk *);

#endif
