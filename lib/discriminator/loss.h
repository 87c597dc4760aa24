/* SPDX-License-Identifier: MIT */
/*
 * loss: what a discriminator minimises, as functions of its output s.
 *
 * Nearly every loss has its optimum where s is l = log p_E / p_pi itself,
 * and a score needs no conversion: with label smoothing the logistic loss is
 * taken of the logit that l implies.  Demonstrations and rollouts are
 * averaged apart, which is the prior correction for any n_E : n_pi.  Any row
 * of divergence.h is a loss too: E_pi[h] - E_E[f'] (f-GAN).
 *
 * The form says what a loss is a mean of, with B the better ones, which are
 * demonstrations or chosen, and W the worse (contrast.h does the walking):
 *
 *   sides   mean_B expert(s) + mean_W policy(s)
 *   dv      log mean_W e^s - mean_B s            (Donsker & Varadhan 1983)
 *   pairs   mean of expert(s_b - s_w) over the pairs of each group
 *   lists   mean of log(e^s_b + sum_w e^s_w) - s_b over the better ones of
 *           each group: InfoNCE (van den Oord et al. 2018); with the rank in
 *           the record, of each against all that are behind it: Plackett-Luce
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
	enum traj_ratio ratio; /* what the fitted s is */
	bool preferences;      /* also of pairs or rankings of anyone's */
	bool ranks;            /* lists go by rank, where a record has one */
	/* The loss of one sample or difference and its derivative by it. */
	double (*expert)(double s, double smooth, double *slope);
	double (*policy)(double s, double smooth, double *slope);
	double (*to_l)(double s); /* NULL: s is l, or as near as it gets */
};

struct loss {
	const struct loss_row *row; /* NULL: the divergence */
	struct divergence divergence;
	double smooth; /* label smoothing, logistic only */
};

const struct loss_row *loss_rows(size_t *n);
/* Append the names of all losses, divergences last. */
void loss_names(struct buf *);
must_use int loss_parse(const char *, struct loss *);
const char *loss_name(const struct loss *);
enum traj_ratio loss_ratio(const struct loss *);
enum loss_form loss_form(const struct loss *);
/* Of one sample of a side, or with `expert` of one difference of a pair. */
double loss_value(const struct loss *, bool expert, double s, double *slope);
/* The log-ratio that an output stands for. */
double loss_to_l(const struct loss *, double s);

#endif
