/* SPDX-License-Identifier: MIT */
/* ratio: means, ratios and clustered errors; groups: indices of names. */
#include "eval/ratio.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "eval/groups.h"

static bool
near(double x, double y)
{
	return fabs(x - y) < 1e-12 * fmax(1, fabs(y));
}

static void
test_mean(void)
{
	static const double y[] = { 1, 4, 2, 8 };
	struct ratio r = { 0 };
	double sum = 0;
	size_t i;

	ok(isnan(ratio_value(&r)) && isnan(ratio_error(&r)),
	    "of nothing there is none");
	for (i = 0; i < 4; i++) {
		ratio_add(&r, i, y[i], 1);
		sum += (y[i] - 3.75) * (y[i] - 3.75);
	}
	ok(near(ratio_value(&r), 3.75) && near(ratio_error(&r), sqrt(sum) / 4),
	    "groups of one: a mean and its error");
	ratio_release(&r);
	/* The same numbers twice, in groups: nothing is gained. */
	for (i = 0; i < 8; i++)
		ratio_add(&r, i % 4, y[i % 4], 1);
	ok(near(ratio_error(&r), sqrt(sum) / 4),
	    "a copy of each record in its group leaves the error");
	ratio_release(&r);
	for (i = 0; i < 8; i++)
		ratio_add(&r, i, y[i % 4], 1);
	ok(near(ratio_error(&r), sqrt(sum) / 4 / sqrt(2)),
	    "as groups of their own they would divide it by the root of two");
	ratio_release(&r);
	ratio_add(&r, 5, 1, 1);
	ratio_add(&r, 5, 2, 1);
	ok(near(ratio_value(&r), 1.5) && isnan(ratio_error(&r)),
	    "one group has no error");
	ratio_release(&r);
}

/* Residuals within a group may cancel: 1 - 2 * 1 and 3 - 2 * 1. */
static void
test_ratio(void)
{
	struct ratio r = { 0 };

	ratio_add(&r, 0, 1, 1);
	ratio_add(&r, 0, 3, 1);
	ratio_add(&r, 1, 6, 2);
	ratio_add(&r, 2, 2, 2);
	ok(near(ratio_value(&r), 2), "a ratio of sums");
	ok(near(ratio_error(&r), sqrt(0 + 4 + 4) / 6),
	    "its error by the residuals of groups");
	ratio_release(&r);
}

static void
test_groups(void)
{
	struct groups g = { 0 };
	char name[16];
	size_t i;
	bool good = true;

	for (i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof name, "p%zu", i * 7 % 1000);
		good = good && groups_index(&g, name) == i % 1000;
	}
	ok(good && g.n == 1000, "each name has the index of its first place");
	ok(groups_index(&g, "") == 1000, "the empty name is one");
	groups_release(&g);
	ok(groups_index(&g, "x") == 0, "after a release there are none");
	groups_release(&g);
}

int
main(void)
{
	test_mean();
	test_ratio();
	test_groups();
	return tap_done();
}
