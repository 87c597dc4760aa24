/* SPDX-License-Identifier: MIT */
/*
 * fixture: a small policy, a segment of a few random trajectories, and a loss
 * written down in double whose differences its gradient is held against.
 */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "objective/objectivegrad.h"
#include "naive.h"

enum { LESSON_MAX = 16, LESSON_TOKENS = 9, LESSON_V = 7, LESSON_D = 8 };

struct fixture {
	struct ckpt policy, other; /* other: its weights are different ones */
	struct naive naive, naive_other;
	struct likelihood *work, *other_work;
	struct params d;
	struct gradient_head h;
	struct traj_segment s;
	struct traj t[LESSON_MAX];
	char id[LESSON_MAX][8];
	uint32_t tokens[LESSON_MAX][LESSON_TOKENS];
	float logp[LESSON_MAX][LESSON_TOKENS], score[LESSON_MAX][LESSON_TOKENS];
};

/* All zero but the two policies. */
void fixture_make(struct fixture *);
void fixture_release(struct fixture *);
/* Actions 2..4 and 5..8 of 9 random tokens, or with `one` 3..6 of 7. */
struct traj *fixture_add(struct fixture *, enum traj_role, const char *group,
    double weight, bool one);

/* z[A], lse[A] of a trajectory's actions; the log-probability of all. */
double fixture_topk(const struct naive *, const struct traj *, double *z,
    double *lse);
double fixture_logp(const struct naive *, const struct traj *);
/* Field logp, as a policy would have recorded it. */
void fixture_record(struct traj *, const struct naive *);

/* The gradient of what -d would call so, into d and h. */
int fixture_gradient(struct fixture *, struct objective_settings *,
    const char *name);
/* How far d is from the differences of a loss; some numbers of each tensor. */
double fixture_error(struct fixture *, double (*loss)(void *), void *ctx);
/* A number of h's stats, NaN where it is not there. */
double fixture_stat(const struct fixture *, const char *name);

#endif
