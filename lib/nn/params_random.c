/* SPDX-License-Identifier: MIT */
/* Random initial weights. */
#include "nn/params_random.h"

#include <math.h>

#include "base/par.h"
#include "base/rng.h"

void
tensor_random(struct tensor *t, const struct config *c, uint64_t seed)
{
	double small = sqrt(2.0 / (5.0 * (double)c->D));
	double scale = t->kind == TENSOR_RESIDUAL ?
	    small / sqrt(2.0 * (double)c->L) :
	    small;
	struct rng rng = rng_at(seed, 0, 0, t->name, 0);
	size_t i;

	for (i = 0; i < t->n; i++)
		t->p[i] = t->kind == TENSOR_NORM ? 1.0f :
		    t->kind == TENSOR_BIAS       ? 0.0f :
					     (float)(scale * rng_normal(&rng));
}

struct random {
	struct params *p;
	const struct config *c;
	uint64_t seed;
};

static void
random_one(size_t i, void *arg)
{
	const struct random *r = arg;

	tensor_random(&r->p->tensor[i], r->c, r->seed);
}

void
params_random(struct params *p, const struct config *c, uint64_t seed)
{
	struct random r = { p, c, seed };

	par_for(p->tensors, random_one, &r);
}
