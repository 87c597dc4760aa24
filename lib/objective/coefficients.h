/* SPDX-License-Identifier: MIT */
/*
 * coefficients: what the functions of the table of objective.h share: a row,
 * an objective, the settings of a gradient, and one segment on its way to
 * coefficients.
 *
 * A function reads the trajectories of objective_segment, fills coef (and lse
 * where it is not coef), and sets units and stats of the head.
 */
#ifndef OBJECTIVE_COEFFICIENTS_H
#define OBJECTIVE_COEFFICIENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "divergence/divergence.h"
#include "gradient/gradient.h"
#include "likelihood/likelihood.h"
#include "nn/ckpt.h"
#include "objective/credit.h"
#include "objective/implied.h"
#include "traj/traj.h"

struct objective_segment;
struct regularizers;

/* What a preference's loss function gets: x of both sides (preference.h). */
enum { SIDE_CHOSEN, SIDE_REJECTED, SIDE_COUNT };
struct preference_item {
	double x[SIDE_COUNT];
	double beta, margin; /* temperature; by how much to be better */
};
/* The loss of an item; slope[] = its derivatives by x. */
typedef double preference_loss(const struct preference_item *,
    double slope[SIDE_COUNT]);

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
	double beta, margin;        /* defaults of preferences */
	objective_fn *coefficients;
	preference_loss *loss; /* of preferences; NULL: another kind */
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

const char *objective_unit_name(enum objective_unit);
/* The objective at a step of the policy, its parameter constant. */
struct objective objective_at(const struct objective *, uint64_t step);
bool objective_has_parameter(const struct objective *);

/* What configures a gradient, the same for all segments. */
struct objective_settings {
	struct objective objective;
	struct credit credit; /* its divergence is the objective's */
	struct preference preference;
	double ratio_clip; /* e of credit_off_policy */
	double dropout;    /* rate, in passes of the policy */
	uint64_t seed;     /* of what is dropped */
	bool mask_cut;     /* no gradient from trajectories cut off */
	bool one_hot;      /* the expert is each demonstration itself */
	struct regularizers *regularizers; /* borrowed; NULL: none */
	/* Reference of preferences, borrowed; NULL: the records have logp. */
	const struct ckpt *reference;
	struct likelihood *reference_work;
};

/* One segment, from its trajectories to its coefficients. */
struct objective_segment {
	const struct objective_settings *settings;
	const struct objective_row *row;
	struct objective objective;    /* at the policy's step */
	struct likelihood *likelihood; /* drops as `dropout` says */
	struct likelihood_dropout dropout;
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
