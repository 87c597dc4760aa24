/* SPDX-License-Identifier: MIT */
#include "optim/goal.h"

#include <inttypes.h>
#include <math.h>

#include "optim/stepmetrics.h"

bool
goal_reached(const struct goal *g, uint64_t step)
{
	return g->until > 0 && step >= g->until;
}

int
goal_ahead(const struct goal *g, uint64_t step)
{
	if (g->until == 0 || step <= g->until)
		return 0;
	return fail("the policy is at step %" PRIu64 ", beyond step %" PRIu64
		    ", where it was to end",
	    step, g->until);
}

/* The mean of the newest losses, of which this is one. */
static double
mean_with(struct goal *g, double loss)
{
	double sum = 0;
	size_t i, n;

	g->newest[g->seen++ % GOAL_STEPS] = loss;
	n = g->seen < GOAL_STEPS ? g->seen : GOAL_STEPS;
	for (i = 0; i < n; i++)
		sum += g->newest[i];
	return sum / (double)n;
}

int
goal_allows(struct goal *g, uint64_t step, const struct gradient_metadata *o,
    size_t n)
{
	const double loss = metrics_loss(o, n);
	double mean;

	if (!(g->bound > 0))
		return 0;
	if (isnan(loss))
		return fail("step %" PRIu64 ": the gradient has no loss, so it "
			    "cannot be bounded",
		    step);
	mean = mean_with(g, loss);
	if (mean <= g->bound)
		return 0;
	return fail("step %" PRIu64
		    ": the mean loss is %.6g, above %.6g: the step is not made",
	    step, mean, g->bound);
}

int
goal_met(const struct goal *g, uint64_t step)
{
	if (g->until == 0 || step >= g->until)
		return 0;
	return fail("the input ended at step %" PRIu64 ", before step %" PRIu64,
	    step, g->until);
}
