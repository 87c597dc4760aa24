/* SPDX-License-Identifier: MIT */
/*
 * seeds: the mean of one measure over runs that differ only in the seed, with
 * its 95 % confidence interval by Student's t.
 *
 *	struct seeds s = { 0 };
 *
 *	seeds_add(&s, x);		// each run; what is not finite is left
 *out mean = seeds_mean(&s);
 *	half = seeds_half_width(&s);	// mean - half to mean + half
 */
#ifndef EVAL_SEEDS_H
#define EVAL_SEEDS_H

#include <stddef.h>

/* All zero: no values. */
struct seeds {
	size_t n;
	double mean, squares; /* of the deviations from the mean */
};

void seeds_add(struct seeds *, double);
/* NaN without values, and without two values. */
double seeds_mean(const struct seeds *);
double seeds_half_width(const struct seeds *);

#endif
