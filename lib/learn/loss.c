/* SPDX-License-Identifier: MIT */
#include "learn/loss.h"

#include <math.h>
#include <string.h>

#include "learn/logistic.h"

#define unused __attribute__((unused))

enum { EXPONENT_MAX = 30 }; /* e^l of a sample: bounded, or one sample is all */

/*
 * With smoothing e the optimal output is D = ((1-e) u + e) / (1 + u); its
 * logit s(l) = log((1-e) e^l + e) - log(e e^l + 1 - e), and
 * ds/dl = (1-e) e^l / ((1-e) e^l + e) - e e^l / (e e^l + 1 - e).
 */
static double
smoothed_logit(double l, double e, double *ds)
{
	double up, down, c;

	if (e == 0) {
		*ds = 1;
		return l;
	}
	c = log1p(-e) - log(e);
	up = sigmoid(l + c);
	down = sigmoid(l - c);
	*ds = up - down;
	return softplus(l + c) - softplus(l - c) - c;
}

static double
logistic(double l, double target, double e, double *slope)
{
	double ds, s = smoothed_logit(l, e, &ds);

	*slope = (sigmoid(s) - target) * ds;
	return target * softplus(-s) + (1 - target) * softplus(s);
}

static double
logistic_expert(double l, double e, double *slope)
{
	return logistic(l, 1 - e, e, slope);
}

static double
logistic_policy(double l, double e, double *slope)
{
	return logistic(l, e, e, slope);
}

static double
brier_expert(double l, unused double e, double *slope)
{
	double p = sigmoid(-l);

	*slope = -2 * p * p * (1 - p);
	return p * p;
}

static double
brier_policy(double l, unused double e, double *slope)
{
	double p = sigmoid(l);

	*slope = 2 * p * p * (1 - p);
	return p * p;
}

static double
nwj_expert(double l, unused double e, double *slope)
{
	*slope = -1;
	return -l;
}

static double
nwj_policy(double l, unused double e, double *slope)
{
	*slope = exp(fmin(l, EXPONENT_MAX));
	return *slope;
}

static double
lsif_expert(double l, unused double e, double *slope)
{
	*slope = -exp(fmin(l, EXPONENT_MAX));
	return *slope;
}

static double
lsif_policy(double l, unused double e, double *slope)
{
	*slope = exp(2 * fmin(l, EXPONENT_MAX));
	return 0.5 * *slope;
}

static double
hinge_expert(double l, unused double e, double *slope)
{
	*slope = l < 1 ? -1 : 0;
	return l < 1 ? 1 - l : 0;
}

static double
hinge_policy(double l, unused double e, double *slope)
{
	*slope = l > -1 ? 1 : 0;
	return l > -1 ? 1 + l : 0;
}

/* Of the difference chosen - rejected; there is no second side. */
static double
pair_expert(double l, unused double e, double *slope)
{
	*slope = -sigmoid(-l);
	return softplus(-l);
}

static const struct loss_row rows[] = {
	{ "logistic", RATIO_CALIBRATED, false, logistic_expert,
	    logistic_policy },
	{ "brier", RATIO_CALIBRATED, false, brier_expert, brier_policy },
	{ "nwj", RATIO_CALIBRATED, false, nwj_expert, nwj_policy },
	{ "lsif", RATIO_CALIBRATED, false, lsif_expert, lsif_policy },
	{ "hinge", RATIO_SIGN, false, hinge_expert, hinge_policy },
	{ "bt", RATIO_PROMPT, true, pair_expert, NULL },
};

int
loss_parse(const char *text, struct loss *loss)
{
	size_t i;

	loss->row = NULL;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].name, text) == 0) {
			loss->row = &rows[i];
			return 0;
		}
	if (divergence_parse(text, &loss->divergence) != 0)
		return fail("%s: not a loss: logistic, brier, nwj, lsif, "
		    "hinge, bt, or a row of divergences(7)", text);
	if (strcmp(loss->divergence.row->name, "tv") == 0)
		return fail("tv: its loss has no gradient; use hinge");
	return 0;
}

const char *
loss_name(const struct loss *loss)
{
	return loss->row != NULL ? loss->row->name :
	    loss->divergence.row->name;
}

enum traj_ratio
loss_ratio(const struct loss *loss)
{
	return loss->row != NULL ? loss->row->ratio : RATIO_CALIBRATED;
}

bool
loss_pairs(const struct loss *loss)
{
	return loss->row != NULL && loss->row->pairs;
}

/* dL/dl = h'(u) (u [rollout] - 1 [demo]) */
static double
fgan(const struct divergence *d, bool expert, double l, double *slope)
{
	double x = fmax(-EXPONENT_MAX, fmin(l, EXPONENT_MAX));
	double g = d->row->slope(x, d->a);

	*slope = expert ? -g : g * exp(x);
	return expert ? -d->row->df(x, d->a) : d->row->h(x, d->a);
}

double
loss_value(const struct loss *loss, bool expert, double l, double *slope)
{
	if (loss->row == NULL)
		return fgan(&loss->divergence, expert, l, slope);
	return expert || loss->row->policy == NULL ?
	    loss->row->expert(l, loss->smooth, slope) :
	    loss->row->policy(l, loss->smooth, slope);
}
