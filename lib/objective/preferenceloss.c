/* SPDX-License-Identifier: MIT */
#include "objective/preferenceloss.h"

#include <math.h>

#include "divergence/logistic.h"

/* Derivatives of a loss by x from its derivative by m. */
static double
of_margin(double loss, double by_m, double slope[SIDE_COUNT])
{
	slope[SIDE_CHOSEN] = by_m;
	slope[SIDE_REJECTED] = -by_m;
	return loss;
}

double
preferenceloss_logistic(const struct preference_item *p,
    double slope[SIDE_COUNT])
{
	double m = p->x[SIDE_CHOSEN] - p->x[SIDE_REJECTED];
	double s = p->beta * m - p->margin;

	return of_margin(softplus(-s), -p->beta * sigmoid(-s), slope);
}

double
preferenceloss_squared(const struct preference_item *p,
    double slope[SIDE_COUNT])
{
	double s = p->x[SIDE_CHOSEN] - p->x[SIDE_REJECTED] - 1 / (2 * p->beta);

	return of_margin(s * s, 2 * s, slope);
}

/* The log-odds of e^x, and their derivative; x near 0 is bounded. */
static double
log_odds(double x, double *slope)
{
	const double nearest = -1e-12;
	double rest;

	x = x < nearest ? x : nearest;
	rest = -expm1(x);
	*slope = 1 / rest;
	return x - log(rest);
}

double
preferenceloss_odds(const struct preference_item *p, double slope[SIDE_COUNT])
{
	double chosen = log_odds(p->x[SIDE_CHOSEN], &slope[SIDE_CHOSEN]);
	double rejected = log_odds(p->x[SIDE_REJECTED], &slope[SIDE_REJECTED]);
	double s = chosen - rejected, by_s = -p->beta * sigmoid(-s);

	slope[SIDE_CHOSEN] = by_s * slope[SIDE_CHOSEN] - 1;
	slope[SIDE_REJECTED] = -by_s * slope[SIDE_REJECTED];
	return p->beta * softplus(-s) - p->x[SIDE_CHOSEN];
}

double
preferenceloss_value(const struct preference_item *p, double slope[SIDE_COUNT])
{
	double m = p->x[SIDE_CHOSEN] - p->x[SIDE_REJECTED];
	double short_of = sigmoid(-p->beta * m);

	return of_margin(short_of, -p->beta * short_of * (1 - short_of), slope);
}
