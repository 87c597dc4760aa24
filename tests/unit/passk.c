/* SPDX-License-Identifier: MIT */
/* passk: against binomial coefficients, and against all choices of samples. */
#include "eval/passk.h"

#include <math.h>

#include "../tap.h"

/* C(n, k) */
static double
choose(int n, int k)
{
	double c = 1;
	int i;

	if (k > n)
		return 0;
	for (i = 0; i < k; i++)
		c = c * (n - i) / (i + 1);
	return c;
}

/* The share of the sets of k of n samples that have a right one. */
static double
count_sets(int n, int right, int k)
{
	double all = 0, good = 0;
	unsigned set;

	for (set = 0; set < 1u << n; set++)
		if (__builtin_popcount(set) == k) {
			all++;
			good += (set & ((1u << right) - 1)) != 0;
		}
	return good / all;
}

static double
of_one(int n, int right, int k)
{
	struct passk p = { 0 };
	struct ratio mean = { 0 };
	double x;
	int i;

	for (i = 0; i < n; i++)
		passk_add(&p, 3, i < right);
	passk_mean(&p, (uint64_t)k, &mean);
	x = ratio_value(&mean);
	passk_release(&p);
	ratio_release(&mean);
	return x;
}

static void
test_one(void)
{
	double worst = 0, off = 0, x;
	int n, c, k;

	for (n = 1; n <= 12; n++)
		for (c = 0; c <= n; c++)
			for (k = 1; k <= n; k++) {
				x = of_one(n, c, k);
				worst = fmax(worst,
				    fabs(x - 1 +
					choose(n - c, k) / choose(n, k)));
				off = fmax(off, fabs(x - count_sets(n, c, k)));
			}
	ok(worst < 1e-12, "1 - C(n-c, k) / C(n, k): within %.1e", worst);
	ok(off < 1e-12, "the share of sets with a right one: within %.1e", off);
	ok(fabs(of_one(1000, 10, 100) -
	       (1 -
		   exp(lgamma(991) + lgamma(901) - lgamma(891) -
		       lgamma(1001)))) < 1e-9,
	    "a thousand samples");
	ok(isnan(of_one(3, 1, 4)), "fewer than k samples give none");
}

static void
test_mean(void)
{
	struct passk p = { 0 };
	struct ratio mean = { 0 };
	int i;

	for (i = 0; i < 4; i++) {
		passk_add(&p, 0, i == 0); /* 1/4 */
		passk_add(&p, 2, i < 3);  /* 3/4 */
	}
	passk_add(&p, 1, true);
	ok(passk_short(&p, 1) == 0 && passk_short(&p, 2) == 1 &&
		passk_short(&p, 5) == 3,
	    "prompts with too few samples");
	passk_mean(&p, 2, &mean);
	/* 1 - C(3,2)/C(4,2) = 1/2, and 1 */
	ok(fabs(ratio_value(&mean) - 0.75) < 1e-12,
	    "the mean over prompts that have enough");
	ok(fabs(ratio_error(&mean) - sqrt(2 * 0.0625) / 2) < 1e-12,
	    "and its error");
	ratio_release(&mean);
	passk_release(&p);
}

int
main(void)
{
	test_one();
	test_mean();
	return tap_done();
}
