/* SPDX-License-Identifier: MIT */
/*
 * topk: a model's next-token distribution at each action of a trajectory, as
 * its k likeliest tokens and one tail for all others: the fields
 * teacher_token, teacher_logp and teacher_tail of apprentice-stream(5).
 */
#ifndef TRAJ_TOPK_H
#define TRAJ_TOPK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/traj.h"

/* All zero has no distributions. */
struct topk {
	size_t k, actions;
	uint32_t *token; /* [actions, k], ascending for each action once read */
	float *logp;     /* [actions, k] */
	float *tail;     /* [actions], log of the probability of all others */
	size_t tails;    /* actions, or 0 where k = V and there are no others */
	size_t token_cap, logp_cap, tail_cap;
};

/*
 * Read the distributions of a record and normalize each: 1, 0 where it has
 * none, -1 where they do not fit a vocabulary of V, naming the field.
 */
must_use int topk_read(struct topk *, const struct traj *, size_t V);
/* Make room for the distributions of so many actions, for the caller to fill.
 */
void topk_fit(struct topk *, size_t actions, size_t k, size_t V);
/* Set the fields of a record. */
void topk_write(const struct topk *, struct msg *rec);
void topk_release(struct topk *);

#endif
