/* SPDX-License-Identifier: MIT */
/*
 * loss: what a discriminator minimises, as functions of its estimate l of
 * the log density ratio.
 *
 * Every loss is written in l, so that its optimum is l = log p_E / p_pi
 * itself and a score needs no conversion: with label smoothing the logistic
 * loss is taken of the logit that l implies.  Demonstrations and rollouts
 * are averaged apart, which is the prior correction for any n_E : n_pi.
 * Any row of divergence.h is a loss too: E_pi[h] - E_E[f'] (f-GAN).
 */
#ifndef LEARN_LOSS_H
#define LEARN_LOSS_H

#include <stdbool.h>

#include "base/err.h"
#include "learn/divergence.h"
#include "traj/traj.h"

struct loss_row {
	const char *name;
	enum traj_ratio ratio; /* what the fitted l is */
	bool pairs;	       /* of differences l(chosen) - l(rejected) */
	/* The loss of one sample and its derivative by l. */
	double (*expert)(double l, double smooth, double *slope);
	double (*policy)(double l, double smooth, double *slope);
};

struct loss {
	const struct loss_row *row;   /* NULL: the divergence */
	struct divergence divergence;
	double smooth;		      /* label smoothing, logistic only */
};

must_use int loss_parse(const char *, struct loss *);
const char *loss_name(const struct loss *);
enum traj_ratio loss_ratio(const struct loss *);
bool loss_pairs(const struct loss *);
double loss_value(const struct loss *, bool expert, double l, double *slope);

#endif
