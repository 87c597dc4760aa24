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

int
goal_allows(const struct goal *g, uint64_t step,
    const struct gradient_metadata *o, size_t n)
{
	const double loss = metrics_loss(o, n);

	if (!(g->bound > 0) || loss <= g->bound)
		return 0;
	if (isnan(loss))
		return fail("step %" PRIu64 ": the gradient has no loss, so it "
			    "cannot be bounded",
		    step);
	return fail("step %" PRIu64
		    ": the loss is %.6g, above %.6g: the step is not made",
	    step, loss, g->bound);
}

int
goal_met(const struct goal *g, uint64_t step)
{
	if (g->until == 0 || step >= g->until)
		return 0;
	return fail("the input ended at step %" PRIu64 ", before step %" PRIu64,
	    step, g->until);
}
