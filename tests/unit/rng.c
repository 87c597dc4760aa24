/* SPDX-License-Identifier: MIT */
/*
 * The generator is held against numbers computed by hand (SplitMix64's
 * published first outputs for state 0), against its keys, and against the
 * distributions it should follow, with bounds at five standard deviations.
 */
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"

enum { DRAWS = 200000, CELLS = 7 };

static void
test_splitmix(void)
{
	struct rng r = { 0 };

	ok(rng_u64(&r) == 0xe220a8397b1dcdafu &&
		rng_u64(&r) == 0x6e789e6aa1b965f4u &&
		rng_u64(&r) == 0x06c45d188009454fu,
	    "SplitMix64 from 0 gives its published numbers");
}

static uint64_t
first(uint64_t seed, uint64_t step, uint64_t pass, const char *id, uint64_t k)
{
	struct rng r = rng_at(seed, step, pass, id, k);

	return rng_u64(&r);
}

static void
test_keys(void)
{
	uint64_t x = first(1, 0, 0, "a", 0);

	ok(x == first(1, 0, 0, "a", 0), "the same place draws the same number");
	ok(x != first(2, 0, 0, "a", 0), "the seed counts");
	ok(x != first(1, 1, 0, "a", 0), "the step counts");
	ok(x != first(1, 0, 1, "a", 0), "the pass counts");
	ok(x != first(1, 0, 0, "b", 0), "the id counts");
	ok(x != first(1, 0, 0, "a", 1), "the position counts");
	ok(first(1, 2, 0, "a", 0) != first(2, 1, 0, "a", 0),
	    "equal keys in other places draw other numbers");
	ok(first(1, 0, 0, "", 0) != first(1, 0, 0, "a", 0) &&
		first(1, 0, 0, "12345678", 0) != first(1, 0, 0, "123456789", 0),
	    "ids of all lengths draw different numbers");
}

static void
test_unit(void)
{
	struct rng r = rng_at(1, 0, 0, "unit", 0);
	double x, sum = 0.0, squares = 0.0;
	bool inside = true;
	size_t i;

	for (i = 0; i < DRAWS; i++) {
		x = rng_unit(&r);
		inside = inside && x >= 0.0 && x < 1.0;
		sum += x;
		squares += x * x;
	}
	ok(inside, "unit: in [0, 1)");
	ok(fabs(sum / DRAWS - 0.5) < 5.0 * sqrt(1.0 / 12.0 / DRAWS),
	    "unit: mean %g", sum / DRAWS);
	ok(fabs(squares / DRAWS - 1.0 / 3.0) < 5.0 * sqrt(4.0 / 45.0 / DRAWS),
	    "unit: second moment %g", squares / DRAWS);
}

static void
test_below(void)
{
	struct rng r = rng_at(1, 0, 0, "below", 0);
	double chi = 0.0, expected = (double)DRAWS / CELLS;
	size_t seen[CELLS] = { 0 }, i;
	bool inside = true, large = true;
	uint64_t x;

	for (i = 0; i < DRAWS; i++) {
		x = rng_below(&r, CELLS);
		inside = inside && x < CELLS;
		seen[x % CELLS]++;
	}
	for (i = 0; i < CELLS; i++)
		chi += pow((double)seen[i] - expected, 2.0) / expected;
	ok(inside, "below: in 0 .. n-1");
	ok(chi < 35.0, "below: chi square %g of 6 degrees", chi);
	ok(rng_below(&r, 1) == 0, "below 1 is 0");
	for (i = 0; i < 1000; i++)
		large = large && rng_below(&r, (1ull << 63) + 1) <= 1ull << 63;
	ok(large, "below a number that half of all words exceed");
}

static void
test_normal(void)
{
	struct rng r = rng_at(1, 0, 0, "normal", 0);
	double x, sum = 0.0, squares = 0.0, fourth = 0.0;
	bool finite = true;
	size_t i;

	for (i = 0; i < DRAWS; i++) {
		x = rng_normal(&r);
		finite = finite && isfinite(x);
		sum += x;
		squares += x * x;
		fourth += x * x * x * x;
	}
	ok(finite, "normal: finite");
	ok(fabs(sum / DRAWS) < 5.0 / sqrt(DRAWS), "normal: mean %g",
	    sum / DRAWS);
	ok(fabs(squares / DRAWS - 1.0) < 5.0 * sqrt(2.0 / DRAWS),
	    "normal: variance %g", squares / DRAWS);
	ok(fabs(fourth / DRAWS - 3.0) < 5.0 * sqrt(96.0 / DRAWS),
	    "normal: fourth moment %g", fourth / DRAWS);
}

int
main(void)
{
	test_splitmix();
	test_keys();
	test_unit();
	test_below();
	test_normal();
	return tap_done();
}
