/* SPDX-License-Identifier: MIT */
#include "eval/bootstrap.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of n sorted values, between the two nearest. */
static double
quantile(const double *x, size_t n, double share)
{
	double at = share * (double)(n - 1);
	size_t i = (size_t)at;

	if (i + 1 >= n)
		return x[n - 1];
	return x[i] + (at - (double)i) * (x[i + 1] - x[i]);
}

static double
draw(const double *top, const double *bottom, size_t n, uint64_t seed, size_t k)
{
	struct rng r = rng_at(seed, 0, 0, "bootstrap", k);
	double above = 0, below = 0;
	size_t i, unit;

	for (i = 0; i < n; i++) {
		unit = (size_t)rng_below(&r, n);
		above += top[unit];
		below += bottom[unit];
	}
	return above / below;
}

struct interval
bootstrap_ratio(const double *top, const double *bottom, size_t n, size_t draws,
    uint64_t seed)
{
	struct interval found = { (double)NAN, (double)NAN };
	double *ratio;
	size_t k;

	if (n < 2 || draws == 0)
		return found;
	ratio = mem_alloc(draws, sizeof *ratio);
	for (k = 0; k < draws; k++)
		ratio[k] = draw(top, bottom, n, seed, k);
	qsort(ratio, draws, sizeof *ratio, by_value);
	found.low = quantile(ratio, draws, 0.025);
	found.high = quantile(ratio, draws, 0.975);
	free(ratio);
	return found;
}
