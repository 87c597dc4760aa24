/* SPDX-License-Identifier: MIT */
/* The sampler against a distribution made by sorting, in double. */
#include "nn/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/mem.h"
#include "base/rng.h"

enum { V = 37, GRID = 4000 };

static const float *sorted_by;

static int
by_logit(const void *a, const void *b)
{
	size_t i = *(const size_t *)a, j = *(const size_t *)b;

	if (sorted_by[i] > sorted_by[j])
		return -1;
	if (sorted_by[i] < sorted_by[j])
		return 1;
	return i < j ? -1 : 1;
}

/* distribution[n]: temperature, then the k best, then the nucleus. */
static void
textbook(double *distribution, const float *x, size_t n,
    const struct sampling *how)
{
	size_t *order = mem_alloc(n, sizeof(*order)), i;
	size_t kept = how->top_k > 0 && how->top_k < n ? how->top_k : n;
	double sum = 0.0, before = 0.0, total = 0.0;

	for (i = 0; i < n; i++)
		order[i] = i;
	sorted_by = x;
	qsort(order, n, sizeof(*order), by_logit);
	memset(distribution, 0, n * sizeof(*distribution));
	for (i = 0; i < kept; i++)
		sum += exp(((double)x[order[i]] - (double)x[order[0]]) /
		    how->temperature);
	for (i = 0; i < kept && (how->top_p >= 1.0 || before < how->top_p);
	     i++) {
		double p = exp(((double)x[order[i]] - (double)x[order[0]]) /
			       how->temperature) /
		    sum;

		distribution[order[i]] = p;
		before += p;
		total += p;
	}
	for (i = 0; i < n; i++)
		distribution[i] /= total;
	free(order);
}

static void
random_logits(float *x, size_t n, struct rng *r, double spread)
{
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = (float)(spread * rng_normal(r));
}

/* For u in even steps through [0, 1), frequency is probability. */
static void
compare(const float *x, const struct sampling *how, const char *name)
{
	static const struct sampling plain = { 1.0, 0, 1.0 };
	struct sample_candidate scratch[V];
	double distribution[V], policy[V], count[V] = { 0 }, worst = 0.0,
					   off = 0.0;
	bool good = true, rising = true;
	uint32_t token, last = 0;
	float y[V], logp, logq;
	size_t i;

	textbook(distribution, x, V, how);
	textbook(policy, x, V, &plain);
	for (i = 0; i < GRID; i++) {
		memcpy(y, x, sizeof(y));
		good &= sample_token(y, V, how, ((double)i + 0.5) / GRID,
			    scratch, &token, &logp, &logq) == 0 &&
		    token < V && distribution[token] > 0.0;
		rising &= token >= last;
		last = token;
		count[token] += 1.0 / GRID;
		off = fmax(off, fabs((double)logp - log(policy[token])));
		off = fmax(off, fabs((double)logq - log(distribution[token])));
	}
	for (i = 0; i < V; i++)
		worst = fmax(worst, fabs(count[i] - distribution[i]));
	ok(good && worst < 1.5 / GRID, "%s: the distribution, within %.1e",
	    name, worst);
	ok(off < 1e-5, "%s: logp and logq within %.1e", name, off);
	ok(rising, "%s: token ids do not fall as u rises", name);
}

static void
distributions(void)
{
	static const struct {
		const char *name;
		struct sampling how;
	} cases[] = {
		{ "plain", { 1.0, 0, 1.0 } },
		{ "temperature .5", { 0.5, 0, 1.0 } },
		{ "temperature 3", { 3.0, 0, 1.0 } },
		{ "temperature 1e-300", { 1e-300, 0, 1.0 } },
		{ "temperature 1e300", { 1e300, 0, 1.0 } },
		{ "top-k 1", { 1.0, 1, 1.0 } },
		{ "top-k 5", { 1.0, 5, 1.0 } },
		{ "top-k beyond V", { 1.0, 1000, 1.0 } },
		{ "top-p .8", { 1.0, 0, 0.8 } },
		{ "top-p tiny", { 1.0, 0, 1e-9 } },
		{ "all three", { 1.3, 12, 0.9 } },
	};
	struct rng r = { 7 };
	float x[V];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		random_logits(x, V, &r, 1.5);
		compare(x, &cases[i].how, cases[i].name);
	}
	memset(x, 0, sizeof(x));
	compare(x, &(struct sampling){ 1.0, 6, 1.0 }, "all equal, top-k 6");
	compare(x, &(struct sampling){ 1.0, 0, 0.49 }, "all equal, top-p .49");
}

static uint32_t
draw(const float *x, size_t n, struct sampling how, double u, float *logp,
    float *logq)
{
	struct sample_candidate *scratch = mem_alloc(n, sizeof(*scratch));
	float *y = (void *)mem_dup(x, n * sizeof(*x));
	uint32_t token = UINT32_MAX;

	if (sample_token(y, n, &how, u, scratch, &token, logp, logq) < 0)
		token = UINT32_MAX;
	free(y);
	free(scratch);
	return token;
}

static void
edges(void)
{
	const float tie[5] = { 0.0f, 3.0f, 1.0f, 3.0f, 2.0f };
	const float far[4] = { -200.0f, 5.0f, -200.0f, -200.0f };
	const double last = 1.0 - 0x1p-53;
	struct sampling plain = { 1.0, 0, 1.0 }, cold = { 1e-300, 0, 1.0 };
	float p, q;

	ok(draw(tie, 5, (struct sampling){ 0.0, 0, 1.0 }, 0.9, &p, &q) == 1,
	    "greedy takes the lowest id of equals");
	ok(q == 0.0f &&
		fabs((double)p -
		    log(1.0 / (2.0 + exp(-1) + exp(-2) + exp(-3)))) < 1e-6,
	    "greedy: logq 0, logp of the policy");
	ok(draw(tie, 5, (struct sampling){ 1.0, 1, 1.0 }, last, &p, &q) == 1,
	    "top-k 1 keeps the lowest id of equals");
	ok(draw(tie, 5, plain, 0.0, &p, &q) == 0 &&
		draw(tie, 5, plain, last, &p, &q) == 4,
	    "u at 0 and just below 1");
	ok(draw(far, 4, plain, 0.0, &p, &q) == 1 &&
		draw(far, 4, plain, last, &p, &q) == 1,
	    "no token of probability 0 is drawn at either end of u");
	ok(draw(far, 4, (struct sampling){ 0.5, 3, 1.0 }, last, &p, &q) == 1,
	    "no token of probability 0 is drawn after a cut");
	ok(draw(tie, 5, cold, 0.2, &p, &q) == 1 &&
		draw(tie, 5, cold, 0.8, &p, &q) == 3,
	    "a temperature near 0 draws the best token");
	ok(draw(tie, 1, plain, 0.5, &p, &q) == 0 && p == 0.0f,
	    "a vocabulary of one token");
	ok(!sampling_changes(&plain) && sampling_changes(&cold) &&
		sampling_changes(&(struct sampling){ 1.0, 3, 1.0 }) &&
		sampling_changes(&(struct sampling){ 1.0, 0, 0.5 }),
	    "sampling_changes: temperature, top-k and top-p");
}

static void
refusals(void)
{
	const float bad[3] = { NAN, INFINITY, -INFINITY };
	float x[4] = { 1.0f, 2.0f, 3.0f, 4.0f }, p, q;
	size_t i;

	for (i = 0; i < 3; i++) {
		x[2] = bad[i];
		ok(draw(x, 4, (struct sampling){ 1.0, 0, 1.0 }, 0.5, &p, &q) ==
			UINT32_MAX,
		    "a logit of %g is refused: %s", (double)bad[i], err_last());
	}
}

/* A vocabulary of realistic size: the cuts agree with sorting. */
static void
large(void)
{
	enum { N = 50000 };
	struct sampling how = { 0.8, 500, 0.95 };
	float *x = mem_floats(N), p, q;
	double *distribution = mem_alloc(N, sizeof(*distribution)), off = 0.0,
	       below, u;
	struct rng r = { 3 };
	bool inside = true;
	size_t i, v;

	random_logits(x, N, &r, 3.0);
	textbook(distribution, x, N, &how);
	for (i = 0; i < 40; i++) {
		u = rng_unit(&r);
		v = draw(x, N, how, u, &p, &q);
		off = fmax(off, fabs((double)q - log(distribution[v])));
		below = 0.0;
		for (size_t w = 0; w < v; w++)
			below += distribution[w];
		inside &=
		    u > below - 1e-6 && u < below + distribution[v] + 1e-6;
	}
	ok(inside && off < 1e-5, "a vocabulary of 50000: logq within %.1e",
	    off);
	free(x);
	free(distribution);
}

int
main(void)
{
	distributions();
	edges();
	refusals();
	large();
	return tap_done();
}
