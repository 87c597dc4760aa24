/* SPDX-License-Identifier: MIT */
/*
 * objective: the table of what divgrad(1) can minimise, beside and above the
 * divergences.
 *
 * Whatever it is, its gradient is a sum over actions,
 *
 *   g = grad of  sum_t  - coef_t z_t[a_t] + lse_t lse(z_t),
 *
 * of the logits z_t at each: where both coefficients are the same, of
 * -coef log pi.  A row says by which function the coefficients of a segment
 * come about, in which unit they are counted, and what it needs.  All
 * divergences share a row, as rewards of a policy gradient.
 */
#ifndef OBJECTIVE_OBJECTIVE_H
#define OBJECTIVE_OBJECTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "objective/credit.h"
#include "divergence/divergence.h"
#include "gradient/gradient.h"
#include "likelihood/likelihood.h"
#include "objective/preference.h"
#include "nn/ckpt.h"
#include "traj/traj.h"

struct objective_work;
struct regularizers;
/* Fill coefficients, units and stats; -1 names the record at fault. */
typedef int objective_fn(struct objective_work *);

struct objective_row {
	const char *name;           /* NULL: the divergences' */
	const char *unit;           /* token, trajectory, pair */
	struct parameter parameter; /* as in iq:LAMBDA */
	bool pairs;                 /* is of pairs, and has a reference */
	bool asked;                 /* the reference is to be said */
	double beta;                /* its temperature by default */
	objective_fn *coefficients;
	const char *character;
};

/* What -d said. */
struct objective {
	const char *name; /* as it was said; borrowed */
	const struct objective_row *row;
	struct divergence divergence; /* row NULL where it is none */
	double a;                     /* the parameter: `from` where annealed */
	double to;
	uint64_t steps; /* of the policy, from a to `to`; 0: it stays */
};

const struct objective_row *objective_rows(size_t *n);
/* Append all names, divergences first, as "fkl ... dpo iq:LAMBDA". */
void objective_names(struct buf *);
/*
 * "dpo", "js", "iq:0.1", and "alpha:1..0/400": the parameter goes linearly
 * from 1 to 0 over 400 steps of the policy.  -1 with the reason.
 */
must_use int objective_parse(const char *, struct objective *);
/* What it is at a step of the policy; nothing is annealed any more. */
struct objective objective_at(const struct objective *, uint64_t step);
bool objective_has_parameter(const struct objective *);

struct objective_settings {
	struct objective objective;
	struct credit credit; /* its divergence is set from the objective */
	struct preference preference;
	double ratio_clip;
	bool mask_cut; /* no gradient from what was cut off */
	struct regularizers *regularizers; /* borrowed; NULL: none */
	/* of pairs: where they are recorded, it may be NULL; borrowed */
	const struct ckpt *reference;
	struct likelihood *reference_work;
};

/*
 * The row that serves a segment: the teacher's where there is one;
 * demonstrations under fkl are SFT.
 */
const struct objective_row *objective_row_of(const struct objective_settings *,
    const struct traj_segment *);

/* One segment on its way to coefficients. */
struct objective_work {
	const struct objective_settings *o;
	struct objective now; /* at the policy's step */
	struct likelihood *likelihood;
	const struct ckpt *policy;
	const struct traj_segment *s;
	float *coef; /* [sum A], zero before */
	float *lse;  /* the same, where it is another; NULL, or made by row */
	struct gradient_head *h;
};

#endif
