/* SPDX-License-Identifier: MIT */
/* sum: of floats, in double, from the first to the last. */
#ifndef BASE_SUM_H
#define BASE_SUM_H

#include <stddef.h>

static inline double
sum_floats(const float *x, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += (double)x[i];
	return sum;
}

#endif
