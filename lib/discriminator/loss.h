/* SPDX-License-Identifier: MIT */
/*
 * loss: what a discriminator minimizes, as functions of its output s.
 *
 * Nearly every loss has its optimum where s is l = log p_E / p_pi itself, so
 * that an output is a score.  (With label smoothing the logistic loss is
 * taken of the logit that l implies.)  Demonstrations and rollouts are
 * averaged separately, which corrects for any ratio of their numbers.  Every
 * divergence is a loss too: E_pi[h] - E_E[f'] (f-GAN, Nowozin et al. 2016).
 *
 * The form says what a loss is a mean of.  B are the better trajectories,
 * demonstrations or chosen ones, and W the worse (contrast.h computes them):
 *
 *   sides   mean_B expert(s) + mean_W policy(s)
 *   dv      log mean_W e^s - mean_B s            (Donsker & Varadhan 1983)
 *   pairs   mean of expert(s_b - s_w) over the pairs of each group
 *   lists   mean of log(e^s_b + sum_w e^s_w) - s_b over the better ones of
 *           each group: InfoNCE (van den Oord et al. 2018); where records
 *           have a rank, of each against all behind it: Plackett-Luce
 *
 * What other modules need to know about a loss is a field of its row: nothing
 * else compares names.
 */
#ifndef DISCRIMINATOR_LOSS_H
#define DISCRIMINATOR_LOSS_H

#include <stdbool.h>

#include "base/err.h"
#include "divergence/divergence.h"
#include "traj/traj.h"

enum loss_form { LOSS_SIDES, LOSS_DV, LOSS_PAIRS, LOSS_LISTS };

struct loss_row {
	const char *name;
	enum loss_form form;
	enum traj_ratio ratio; /* what s is at the optimum */
	bool preferences;      /* also compares chosen with rejected */
	bool ranks;            /* lists go by rank, where a record has one */
	bool smooths;          /* takes label smoothing */
	/* The loss of one sample, or one difference, and its derivative. */
	double (*expert)(double s, double smooth, double *slope);
	double (*policy)(double s, double smooth, double *slope);
	double (*to_l)(double s); /* NULL: s is l; else only a head has l */
};

struct loss {
	const struct loss_row *row; /* NULL: the loss of the divergence */
	struct divergence divergence;
	double smooth; /* label smoothing, for a row that takes it */
};

const struct loss_row *loss_rows(size_t *n);
/* Append the names of all losses, divergences last. */
void loss_names(struct buf *);
must_use int loss_parse(const char *, void *loss);
const char *loss_name(const struct loss *);
enum traj_ratio loss_ratio(const struct loss *);
enum loss_form loss_form(const struct loss *);
bool loss_smooths(const struct loss *);
bool loss_preferences(const struct loss *);
/* Is s something else than l, so that only a scalar head can put it out? */
bool loss_needs_head(const struct loss *);
/*
 * The loss of one sample of a side, or with `expert` of one difference of a
 * pair, and its derivative.
 */
double loss_value(const struct loss *, bool expert, double s, double *slope);
/* The log-ratio that an output stands for. */
double loss_to_l(const struct loss *, double s);

#endif
