/* SPDX-License-Identifier: MIT */
/* winrate: against all pairs, and the interval against the normal one. */
#include "eval/winrate.h"

#include <math.h>
#include <stdio.h>

#include "../tap.h"
#include "base/rng.h"

static bool
near(double x, double y)
{
	return fabs(x - y) < 1e-12;
}

static void
test_hands(void)
{
	struct winrate w = { 0 };
	double low, high;

	winrate_add(&w, WINRATE_OTHER, "a", 2);
	winrate_add(&w, WINRATE_OWN, "b", 1);
	winrate_add(&w, WINRATE_OWN, "a", 2);
	winrate_add(&w, WINRATE_OWN, "a", 3);
	winrate_add(&w, WINRATE_OTHER, "a", 5);
	winrate_add(&w, WINRATE_OTHER, "c", 0);
	winrate_add(&w, WINRATE_OTHER, "b", 1);
	winrate_add(&w, WINRATE_OWN, "d", 1);
	winrate_close(&w);
	/* a: 1/2 + 0 + 1 + 0 of 4; b: a tie */
	ok(w.prompts == 2 && near(winrate_value(&w), (0.375 + 0.5) / 2),
	    "pairs and ties of prompts that both have");
	winrate_interval(&w, 1, &low, &high);
	ok(near(low, 0.375) && near(high, 0.5), "of two prompts: %g to %g", low,
	    high);
	winrate_release(&w);
	winrate_add(&w, WINRATE_OWN, "a", 1);
	winrate_close(&w);
	ok(w.prompts == 0 && isnan(winrate_value(&w)),
	    "without a prompt in common there is none");
	winrate_interval(&w, 1, &low, &high);
	ok(isnan(low) && isnan(high), "and no interval");
	winrate_release(&w);
}

static void
test_many(void)
{
	enum { PROMPTS = 200, EACH = 5 };
	struct winrate w = { 0 };
	struct rng r = rng_at(3, 0, 0, "x", 0);
	double x[EACH], y[EACH], sum = 0, squares = 0, rate, low, high, error;
	char name[16];
	size_t p, i, j;

	for (p = 0; p < PROMPTS; p++) {
		(void)snprintf(name, sizeof name, "p%zu", p);
		for (i = 0; i < EACH; i++) {
			x[i] = (double)rng_below(&r, 5);
			y[i] = (double)rng_below(&r, 4);
			winrate_add(&w, WINRATE_OWN, name, x[i]);
			winrate_add(&w, WINRATE_OTHER, name, y[i]);
		}
		for (rate = 0, i = 0; i < EACH; i++)
			for (j = 0; j < EACH; j++)
				rate += ((x[i] > y[j]) + (x[i] >= y[j])) / 2.0 /
				    (EACH * EACH);
		sum += rate;
		squares += rate * rate;
	}
	winrate_close(&w);
	ok(w.prompts == PROMPTS &&
		fabs(winrate_value(&w) - sum / PROMPTS) < 1e-12,
	    "all pairs of 200 prompts");
	winrate_interval(&w, 7, &low, &high);
	error = sqrt(squares / PROMPTS - pow(sum / PROMPTS, 2)) / sqrt(PROMPTS);
	ok(fabs((high - low) / (2 * 1.959964 * error) - 1) < 0.05 &&
		fabs((high + low) / 2 - sum / PROMPTS) < 0.2 * error,
	    "the interval is nearly the normal one: %g to %g", low, high);
	rate = low;
	winrate_interval(&w, 7, &low, &high);
	ok(near(rate, low), "the same seed gives the same interval");
	winrate_interval(&w, 8, &low, &high);
	ok(!near(rate, low), "another seed gives another");
	winrate_release(&w);
}

int
main(void)
{
	test_hands();
	test_many();
	return tap_done();
}
