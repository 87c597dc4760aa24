/* SPDX-License-Identifier: MIT */
/* goal: a step to reach, a bound of the loss. */
#include "optim/goal.h"

#include <string.h>

#include "../tap.h"

/* One objective of this weight with a loss of two units, or without any. */
static struct gradient_metadata
objective(double weight, const char *loss)
{
	struct gradient_metadata o = { 0 };
	struct gradient_head h = { .units = 2, .weight = weight };
	struct buf text = { 0 };

	buf_addf(&text, "{\"stats\":{%s}}", loss);
	if (msg_from_json(&h.header, text.p, text.n, NULL) != 0 ||
	    metadata_add(&o, &h) != 0)
		ok(false, "%s", err_last());
	gradient_head_release(&h);
	buf_release(&text);
	return o;
}

static bool
allows(double bound, double weight, const char *loss)
{
	struct goal g = { .bound = bound };
	struct gradient_metadata o = objective(weight, loss);
	const bool is = goal_allows(&g, 7, &o, 1) == 0;

	metadata_release(&o);
	return is;
}

/* How many steps of these losses a bound of 2 allows. */
static int
allowed(const double *loss, int n)
{
	struct goal g = { .bound = 2 };
	int i;

	for (i = 0; i < n; i++) {
		char text[64];
		struct gradient_metadata o;
		int is;

		snprintf(text, sizeof(text), "\"divgrad.loss\":%g",
		    2 * loss[i]);
		o = objective(1, text);
		is = goal_allows(&g, 1, &o, 1);
		metadata_release(&o);
		if (is != 0)
			break;
	}
	return i;
}

int
main(void)
{
	static const double odd[] = { 1, 1, 1, 3, 1, 1, 1, 1, 1, 4 };
	static const double away[] = { 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3 };
	const struct goal none = { 0 }, g = { .until = 5 };

	ok(!goal_reached(&none, 1000) && goal_ahead(&none, 1000) == 0 &&
		goal_met(&none, 0) == 0,
	    "without a goal no step is the last");
	ok(!goal_reached(&g, 4) && goal_reached(&g, 5), "a step is reached");
	ok(goal_ahead(&g, 5) == 0 && goal_ahead(&g, 6) != 0,
	    "a policy beyond it is refused");
	ok(goal_met(&g, 4) != 0 && goal_met(&g, 5) == 0,
	    "an input that ends before it is refused");

	ok(allows(0, 1, "\"divgrad.loss\":1e9"), "no bound allows any loss");
	ok(allows(0, 1, ""), "and none");
	ok(allows(2, 1, "\"divgrad.loss\":4"),
	    "a loss at the bound is allowed");
	ok(!allows(2, 1, "\"divgrad.loss\":4.001"), "one above it is not");
	ok(strstr(err_last(), "step 7: the mean loss is 2.0005, above 2") !=
		NULL,
	    "the message has both: %s", err_last());
	ok(!allows(2, 3, "\"divgrad.loss\":4"), "weights count");
	ok(!allows(2, 1, ""), "a bound needs a loss");
	ok(allowed(odd, 10) == 10, "a loss that is high by chance is allowed");
	ok(allowed(away, 13) == 12, "the mean of eight losses is not: %d",
	    allowed(away, 13));
	return tap_done();
}
