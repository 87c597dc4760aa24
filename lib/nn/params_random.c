/* SPDX-License-Identifier: MIT */
/* Random initial weights. */
#include "nn/params_random.h"

#include <math.h>

#include "base/par.h"
#include "base/rng.h"
#include "tensor/normals.h"

static void
fill(float *out, size_t n, float x)
{
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = x;
}

void
tensor_random_part(const struct tensor *t, const struct config *c,
    uint64_t seed, size_t first, size_t n, float *out)
{
	double small = sqrt(2.0 / (5.0 * (double)c->D));
	double scale = t->kind == TENSOR_RESIDUAL ?
	    small / sqrt(2.0 * (double)c->L) :
	    small;
	struct rng rng = rng_at(seed, 0, 0, t->name, 0);

	if (t->kind == TENSOR_NORM || t->kind == TENSOR_BIAS) {
		fill(out, n,
		    t->kind == TENSOR_NORM ? 1.0f - c->norm_base : 0.0f);
		return;
	}
	rng_skip(&rng, 2 * first);
	normals_fill(out, n, scale, &rng);
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
	const struct tensor *t = &r->p->tensor[i];

	tensor_random_part(t, r->c, r->seed, 0, t->n, t->p);
}

void
params_random(struct params *p, const struct config *c, uint64_t seed)
{
	struct random r = { p, c, seed };

	par_for(p->tensors, random_one, &r);
}
