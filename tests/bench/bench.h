/* SPDX-License-Identifier: MIT */
/*
 * bench: a clock and numbers for the benchmarks in C.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/par.h"

/* [-j THREADS] [-s SECONDS]: where the operands begin; 0 for a wrong one. */
static inline int
bench_options(int argc, char **argv, double *least)
{
	int o;

	while ((o = getopt(argc, argv, "j:s:")) != -1)
		if (o == 'j')
			par_start((size_t)atoi(optarg));
		else if (o == 's')
			*least = atof(optarg);
		else
			return 0;
	return optind;
}

/* The wall's, unless a benchmark is of one thread and says so. */
static clockid_t bench_clock = CLOCK_MONOTONIC;

static inline double
now(void)
{
	struct timespec t;

	clock_gettime(bench_clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The shortest of several runs, at least `least` seconds in all. */
static inline double
fastest_cold(void (*fn)(void *), void *arg, double least)
{
	double best = 1e30, sum = 0;

	while (sum < least) {
		double began = now(), took;

		fn(arg);
		took = now() - began;
		sum += took;
		best = took < best ? took : best;
	}
	return best;
}

/* The same after one that is not counted. */
static inline double
fastest(void (*fn)(void *), void *arg, double least)
{
	fn(arg);
	return fastest_cold(fn, arg, least);
}

static inline void
noise(float *x, size_t n)
{
	uint32_t s = 1;
	size_t i;

	for (i = 0; i < n; i++) {
		s = s * 1664525u + 1013904223u;
		x[i] = (float)(int32_t)s / 2147483648.0f;
	}
}

#endif
