/* SPDX-License-Identifier: MIT */
/*
 * bootstrap, seeds: against the normal approximation where it holds, and values
 * of little cases that can be computed by hand.
 */
#include "eval/bootstrap.h"

#include <math.h>

#include "base/rng.h"
#include "eval/seeds.h"
#include "tests/tap.h"

enum { MANY = 400 };

static void
test_bootstrap(void)
{
	static const double same[] = { 2, 4, 6 }, one[] = { 1, 2, 3 };
	static double top[MANY], bottom[MANY];
	struct rng r = rng_at(7, 0, 0, "test", 0);
	struct interval i, again, half;
	double sum = 0, se;
	size_t k;

	i = bootstrap_ratio(same, one, 3, 100, 1);
	ok(fabs(i.low - 2) < 1e-12 && fabs(i.high - 2) < 1e-12,
	    "a constant ratio has an interval without width");
	ok(isnan(bootstrap_ratio(same, one, 1, 100, 1).low),
	    "one unit has no interval");
	for (k = 0; k < MANY; k++) {
		top[k] = 3 + rng_normal(&r);
		bottom[k] = 1;
		sum += top[k];
	}
	for (k = 0, se = 0; k < MANY; k++)
		se += (top[k] - sum / MANY) * (top[k] - sum / MANY);
	se = sqrt(se) / MANY;
	i = bootstrap_ratio(top, bottom, MANY, BOOTSTRAP_DRAWS, 1);
	ok(fabs(i.low - (sum / MANY - 1.96 * se)) < 0.05 * se * 2 &&
		fabs(i.high - (sum / MANY + 1.96 * se)) < 0.05 * se * 2,
	    "of many units it is the normal interval: %g %g", i.low, i.high);
	again = bootstrap_ratio(top, bottom, MANY, BOOTSTRAP_DRAWS, 1);
	ok(!(again.low < i.low) && !(again.low > i.low) &&
		!(again.high < i.high) && !(again.high > i.high),
	    "the same seed gives the same interval");
	for (k = 0; k < MANY; k++)
		bottom[k] = 2;
	half = bootstrap_ratio(top, bottom, MANY, BOOTSTRAP_DRAWS, 1);
	ok(fabs(2 * half.low - i.low) < 1e-9, "the ratio is that of the sums");
}

static void
test_seeds(void)
{
	struct seeds s = { 0 };

	ok(isnan(seeds_mean(&s)), "no value has no mean");
	seeds_add(&s, 1);
	seeds_add(&s, (double)NAN);
	ok(s.n == 1 && isnan(seeds_half_width(&s)),
	    "one value, and one that is not finite, have no interval");
	seeds_add(&s, 2);
	seeds_add(&s, 3);
	/* t(2) = 4.30265, s = 1, n = 3 */
	ok(fabs(seeds_mean(&s) - 2) < 1e-12 &&
		fabs(seeds_half_width(&s) - 4.30265 / sqrt(3)) < 1e-9,
	    "1 2 3: the mean is 2, the half width t s / sqrt n");
	while (s.n < 33)
		seeds_add(&s, 2);
	/* t(32) = 2.03693, s^2 = 2 / 32 */
	ok(fabs(seeds_half_width(&s) - 2.03693 * sqrt(2.0 / 32 / 33)) < 1e-5,
	    "33 values: beyond the table of quantiles");
}

int
main(void)
{
	test_bootstrap();
	test_seeds();
	return tap_done();
}
