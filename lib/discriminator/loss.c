/* SPDX-License-Identifier: MIT */
#include "discriminator/loss.h"

#include <math.h>
#include <string.h>

#include "divergence/logistic.h"

#define unused __attribute__((unused))

enum { EXPONENT_MAX = 30 }; /* of e^l, or one sample would be the sum */
enum { TAIL = 8, TERMS = 60 };
#define LEAST_D 1e-3 /* D is clipped to [1e-3, 1 - 1e-3], l to 6.9 nats */

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

/*
 * Least squares: the output is D - 1/2, where D is the probability of an
 * expert, so that output 0 is undecided; D = u / (1 + u) at the optimum.
 */
static double
ls_expert(double s, unused double e, double *slope)
{
	*slope = 2 * (s - 0.5);
	return (s - 0.5) * (s - 0.5);
}

static double
ls_policy(double s, unused double e, double *slope)
{
	*slope = 2 * (s + 0.5);
	return (s + 0.5) * (s + 0.5);
}

static double
ls_to_l(double s)
{
	double D = fmax(LEAST_D, fmin(s + 0.5, 1 - LEAST_D));

	return log(D) - log1p(-D);
}

/* Of the difference better - worse. */
static double
pair_expert(double d, unused double e, double *slope)
{
	*slope = -sigmoid(-d);
	return softplus(-d);
}

/*
 * -log Phi(d).  Phi(-z) = phi(z) / m(z) with the continued fraction
 * m(z) = z + 1/(z + 2/(z + 3/(...))), by which it does not underflow.
 */
static double
probit_expert(double d, unused double e, double *slope)
{
	double m, Phi;
	int k;

	if (d > -TAIL) {
		Phi = 0.5 * erfc(-d * M_SQRT1_2);
		*slope = -exp(-0.5 * d * d) / sqrt(2 * M_PI) / Phi;
		return -log(Phi);
	}
	for (m = -d, k = TERMS; k > 0; k--)
		m = -d + k / m;
	*slope = -m;
	return 0.5 * d * d + 0.5 * log(2 * M_PI) + log(m);
}

static const struct loss_row rows[] = {
	{ .name = "logistic",
	    .ratio = RATIO_CALIBRATED,
	    .smooths = true,
	    .expert = logistic_expert,
	    .policy = logistic_policy },
	{ .name = "brier",
	    .ratio = RATIO_CALIBRATED,
	    .expert = brier_expert,
	    .policy = brier_policy },
	{ .name = "ls",
	    .ratio = RATIO_CALIBRATED,
	    .expert = ls_expert,
	    .policy = ls_policy,
	    .to_l = ls_to_l },
	{ .name = "nwj",
	    .ratio = RATIO_CALIBRATED,
	    .expert = nwj_expert,
	    .policy = nwj_policy },
	{ .name = "lsif",
	    .ratio = RATIO_CALIBRATED,
	    .expert = lsif_expert,
	    .policy = lsif_policy },
	{ .name = "hinge",
	    .ratio = RATIO_SIGN,
	    .expert = hinge_expert,
	    .policy = hinge_policy },
	{ .name = "dv", .form = LOSS_DV, .ratio = RATIO_CONSTANT },
	{ .name = "infonce", .form = LOSS_LISTS, .ratio = RATIO_PROMPT },
	{ .name = "bt",
	    .form = LOSS_PAIRS,
	    .ratio = RATIO_PROMPT,
	    .preferences = true,
	    .expert = pair_expert },
	{ .name = "thurstone",
	    .form = LOSS_PAIRS,
	    .ratio = RATIO_REWARD,
	    .preferences = true,
	    .expert = probit_expert },
	{ .name = "pl",
	    .form = LOSS_LISTS,
	    .ratio = RATIO_PROMPT,
	    .preferences = true,
	    .ranks = true },
};

const struct loss_row *
loss_rows(size_t *n)
{
	*n = sizeof rows / sizeof rows[0];
	return rows;
}

void
loss_names(struct buf *list)
{
	static const struct parameter none = { 0 };
	const struct divergence_row *d;
	size_t i, n;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		parameter_list(&none, rows[i].name, list);
	d = divergence_rows(&n);
	for (i = 0; i < n; i++)
		if (!d[i].sign)
			parameter_list(&d[i].parameter, d[i].name, list);
}

int
loss_parse(const char *text, void *to)
{
	struct loss *loss = to;
	struct buf list = { 0 };
	size_t i;

	loss->row = NULL;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].name, text) == 0) {
			loss->row = &rows[i];
			return 0;
		}
	if (divergence_parse(text, &loss->divergence) == 0)
		return !loss->divergence.row->sign ?
		    0 :
		    fail("%s: its loss has no gradient; use hinge", text);
	if (divergence_known(text))
		return -1;
	loss_names(&list);
	(void)fail("%s: not one of %s", text, buf_text(&list));
	buf_release(&list);
	return -1;
}

const char *
loss_name(const struct loss *loss)
{
	return loss->row != NULL ? loss->row->name : loss->divergence.row->name;
}

enum traj_ratio
loss_ratio(const struct loss *loss)
{
	return loss->row != NULL ? loss->row->ratio : RATIO_CALIBRATED;
}

enum loss_form
loss_form(const struct loss *loss)
{
	return loss->row != NULL ? loss->row->form : LOSS_SIDES;
}

bool
loss_smooths(const struct loss *loss)
{
	return loss->row != NULL && loss->row->smooths;
}

bool
loss_preferences(const struct loss *loss)
{
	return loss->row != NULL && loss->row->preferences;
}

bool
loss_needs_head(const struct loss *loss)
{
	return loss->row != NULL && loss->row->to_l != NULL;
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
loss_value(const struct loss *loss, bool expert, double s, double *slope)
{
	if (loss->row == NULL)
		return fgan(&loss->divergence, expert, s, slope);
	return (expert ? loss->row->expert : loss->row->policy)(s, loss->smooth,
	    slope);
}

double
loss_to_l(const struct loss *loss, double s)
{
	return loss_needs_head(loss) ? loss->row->to_l(s) : s;
}
