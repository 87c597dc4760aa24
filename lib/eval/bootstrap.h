/* SPDX-License-Identifier: MIT */
/*
 * bootstrap: a 95 % interval of a ratio of sums over units that were drawn
 * independently, such as prompts.
 *
 * Each of `draws` samples takes n units with replacement and computes sum of
 * top / sum of bottom over them; the interval is from the 2.5th to the 97.5th
 * percentile (Efron 1979).  Both sums are over the same units, so it is paired:
 * with the difference of two policies as top, what makes a prompt hard for both
 * cancels.  The result is a function of the numbers and the seed.
 */
#ifndef EVAL_BOOTSTRAP_H
#define EVAL_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

enum { BOOTSTRAP_DRAWS = 10000 };

struct interval {
	double low, high;
};

/* top[n], bottom[n]; bottoms are positive.  NaN where n < 2. */
struct interval bootstrap_ratio(const double *top, const double *bottom,
    size_t n, size_t draws, uint64_t seed);

#endif
