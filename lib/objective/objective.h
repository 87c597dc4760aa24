/* SPDX-License-Identifier: MIT */
/*
 * objective: the table of what divgrad(1) minimizes.
 *
 * Every objective's gradient is a sum over the actions a_t of a segment,
 *
 *   g = grad of  sum_t  - coef_t z_t[a_t] + lse_t logsumexp(z_t),
 *
 * with z_t the policy's logits.  Where lse is coef, this is -coef log pi(a_t).
 * A row's function computes the coefficients of a segment; one backward pass
 * (objectivegrad.h) turns them into a gradient.
 *
 * Adding an objective is adding a row to objective.c, and for a preference
 * (preference.h) its loss function.  Other kinds are policy gradients of
 * scores (policygrad.h) and likelihoods of demonstrations (imitation.h).
 *
 * All f-divergences (divergence.h) share one row, the policy gradient of
 * their rewards.
 */
#ifndef OBJECTIVE_OBJECTIVE_H
#define OBJECTIVE_OBJECTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "divergence/divergence.h"
#include "gradient/gradient.h"
#include "likelihood/likelihood.h"
#include "nn/ckpt.h"
#include "objective/credit.h"
#include "objective/preference.h"
#include "traj/traj.h"

struct objective_segment;
struct regularizers;

/* What the sums are divided by: the weight of so many of these. */
enum objective_unit { UNIT_TOKEN, UNIT_TRAJECTORY, UNIT_PAIR, UNIT_SINGLE };

/* The model that a preference is relative to. */
enum objective_reference {
	REFERENCE_NONE,
	REFERENCE_GIVEN, /* a model; without one, field "logp" of the records */
	REFERENCE_SAMPLER /* the policy that sampled, given or recorded */
};

/* Fill coef, lse, units and stats; -1 names the record at fault. */
typedef int objective_fn(struct objective_segment *);

struct objective_row {
	const char *name; /* NULL: chosen by the data, never by name */
	enum objective_unit unit;
	enum traj_role roles[2]; /* accepted, the better first; NONE: any */
	bool scores;             /* needs field "score" of the records */
	enum objective_reference reference;
	bool per_token; /* log-ratios are divided by the number of actions */
	struct parameter parameter; /* as in "iq:LAMBDA" */
	double beta;                /* default temperature of preferences */
	objective_fn *coefficients;
	preference_loss *loss; /* of preferences; NULL: another kind */
	const char *description;
};

/* An objective by name, with its parameter. */
struct objective {
	const char *name; /* as the user wrote it; borrowed */
	const struct objective_row *row;
	struct divergence divergence; /* row NULL: not a divergence */
	double a;                     /* the parameter, at step 0 */
	double to;                    /* ... and from step `steps` on */
	uint64_t steps;               /* 0: the parameter is constant */
};

const struct objective_row *objective_rows(size_t *n);
/* Append all names, divergences first, as "fkl ... dpo iq:LAMBDA". */
void objective_names(struct buf *);
const char *objective_unit_name(enum objective_unit);
/*
 * "dpo", "js", "iq:0.1", or annealed as "alpha:1..0/400": the parameter goes
 * linearly from 1 to 0 over 400 steps of the policy.  Borrows the text.  -1
 * names the fault, or all names.
 */
must_use int objective_parse(const char *, struct objective *);
/* The objective at a step of the policy, its parameter constant. */
struct objective objective_at(const struct objective *, uint64_t step);
bool objective_has_parameter(const struct objective *);

/* What configures a gradient, the same for all segments. */
struct objective_settings {
	struct objective objective;
	struct credit credit; /* its divergence is the objective's */
	struct preference preference;
	double ratio_clip; /* e of credit_off_policy */
	bool mask_cut;     /* no gradient from trajectories cut off */
	struct regularizers *regularizers; /* borrowed; NULL: none */
	/* Reference of preferences, borrowed; NULL: the records have logp. */
	const struct ckpt *reference;
	struct likelihood *reference_work;
};

/*
 * The row for a segment: the teacher's where there is one; SFT for
 * demonstrations under a divergence that is their likelihood, unless an
 * estimator is chosen; else the objective's own.
 */
const struct objective_row *objective_row_of(const struct objective_settings *,
    const struct traj_segment *);

/* One segment, from its trajectories to its coefficients. */
struct objective_segment {
	const struct objective_settings *settings;
	const struct objective_row *row;
	struct objective objective; /* at the policy's step */
	struct likelihood *likelihood;
	const struct ckpt *policy;
	const struct traj_segment *segment;
	float *coef; /* [sum A], 0 at first */
	float *lse;  /* [sum A], allocated by rows where it is not coef */
	struct gradient_head *head; /* takes units and stats */
};

/*
 * Whether every record has a role that the row takes and the fields that it
 * needs; -1 names the record.
 */
must_use int objective_check(const struct objective_segment *);

#endif
