/* SPDX-License-Identifier: MIT */
#include "eval/seeds.h"

#include <math.h>

/* The 0.975 quantile of Student's t by degrees of freedom, from 1 on. */
static const double quantile[] = { 12.7062, 4.30265, 3.18245, 2.77645, 2.57058,
	2.44691, 2.36462, 2.30600, 2.26216, 2.22814, 2.20099, 2.17881, 2.16037,
	2.14479, 2.13145, 2.11991, 2.10982, 2.10092, 2.09302, 2.08596, 2.07961,
	2.07387, 2.06866, 2.06390, 2.05954, 2.05553, 2.05183, 2.04841, 2.04523,
	2.04227 };
enum { QUANTILES = sizeof quantile / sizeof *quantile };

/* Beyond the table: the first terms of its expansion about the normal's. */
static double
student(size_t freedom)
{
	const double z = 1.959963984540054;
	double v = (double)freedom;

	if (freedom <= QUANTILES)
		return quantile[freedom - 1];
	return z + (z * z * z + z) / (4 * v) +
	    (5 * pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * v * v);
}

void
seeds_add(struct seeds *s, double x)
{
	double off = x - s->mean;

	if (!isfinite(x))
		return;
	s->n++;
	s->mean += off / (double)s->n;
	s->squares += off * (x - s->mean);
}

double
seeds_mean(const struct seeds *s)
{
	return s->n > 0 ? s->mean : (double)NAN;
}

double
seeds_half_width(const struct seeds *s)
{
	double n = (double)s->n;

	if (s->n < 2)
		return (double)NAN;
	return student(s->n - 1) * sqrt(s->squares / (n - 1) / n);
}
