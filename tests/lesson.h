/* SPDX-License-Identifier: MIT */
/*
 * lesson: a small policy, a segment of a few random trajectories, and a loss
 * written down in double whose differences its gradient is held against.
 */
#ifndef TESTS_LESSON_H
#define TESTS_LESSON_H

#include <stdbool.h>
#include <stdint.h>

#include "learn/segmentgrad.h"
#include "naive.h"

enum { LESSON_MAX = 16, LESSON_TOKENS = 9, LESSON_V = 7, LESSON_D = 8 };

struct lesson {
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
void lesson_make(struct lesson *);
void lesson_release(struct lesson *);
/* Actions 2..4 and 5..8 of 9 random tokens, or with `one` 3..6 of 7. */
struct traj *lesson_add(struct lesson *, enum traj_role, const char *group,
    double weight, bool one);

/* z[A], lse[A] of a trajectory's actions; the log-probability of all. */
double lesson_law(
    const struct naive *, const struct traj *, double *z, double *lse);
double lesson_logp(const struct naive *, const struct traj *);
/* Field logp, as a policy would have recorded it. */
void lesson_record(struct traj *, const struct naive *);

/* The gradient of what -d would call so, into d and h. */
int lesson_gradient(
    struct lesson *, struct objective_choice *, const char *name);
/* How far d is from the differences of a loss; some numbers of each tensor. */
double lesson_error(struct lesson *, double (*loss)(void *), void *ctx);
/* A number of h's stats, NaN where it is not there. */
double lesson_stat(const struct lesson *, const char *name);

#endif
