/* SPDX-License-Identifier: MIT */
/*
 * fixture: a small policy and a segment of random trajectories, to compare
 * gradients with differences of a loss that is computed in double.
 */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "objective/objectivegrad.h"
#include "naive.h"

enum { FIXTURE_MAX = 16, FIXTURE_TOKENS = 9, FIXTURE_V = 7, FIXTURE_D = 8 };
enum { FIXTURE_SEED = 11 }; /* of dropout, where naive.dropout is set */

struct fixture {
	struct ckpt policy, other; /* with different weights */
	struct naive naive, naive_other;
	struct likelihood *work, *other_work;
	struct params d;
	struct gradient_head h;
	struct traj_segment s;
	struct traj t[FIXTURE_MAX];
	char id[FIXTURE_MAX][8];
	uint32_t tokens[FIXTURE_MAX][FIXTURE_TOKENS];
	float logp[FIXTURE_MAX][FIXTURE_TOKENS],
	    score[FIXTURE_MAX][FIXTURE_TOKENS];
};

/* All zero but the two policies. */
void fixture_make(struct fixture *);
void fixture_release(struct fixture *);
/* Actions 2..4 and 5..8 of 9 random tokens, or with `one` 3..6 of 7. */
struct traj *fixture_add(struct fixture *, enum traj_role, const char *group,
    double weight, bool one);

/* Three demonstrations, of weights 1, .5 and 2: 16.5 weighted actions. */
void fixture_demos(struct fixture *);

/* z[A], lse[A] of a trajectory's actions; the log-probability of all. */
double fixture_logits(const struct naive *, const struct traj *, double *z,
    double *lse);
double fixture_logp(const struct naive *, const struct traj *);
/* Field logp, as a policy would have recorded it. */
void fixture_record(struct traj *, const struct naive *);

/* The gradient of an objective by name, into d and h. */
int fixture_gradient(struct fixture *, struct objective_settings *,
    const char *name);
/* The distance of d from differences of a loss, on a sample of each tensor. */
double fixture_error(struct fixture *, double (*loss)(void *), void *ctx);
/* A number of h's stats; NaN where it is missing. */
double fixture_stat(const struct fixture *, const char *name);

#endif
