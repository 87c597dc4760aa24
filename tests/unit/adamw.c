/* SPDX-License-Identifier: MIT */
/* adamw: one update against its textbook form in double; schedules. */
#include "optim/adamw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/par.h"
#include "base/rng.h"

enum { N = 100003, STEPS = 4 }; /* N: no multiple of a chunk or a vector */

/* Two tensors, a matrix and a vector, made by hand. */
static void
make(struct params *p, uint64_t seed)
{
	struct rng r = rng_at(seed, 0, 0, "adamw", 0);
	size_t i;

	memset(p, 0, sizeof *p);
	p->tensors = 2;
	p->total = N + 7;
	p->tensor = calloc(2, sizeof *p->tensor);
	p->block = calloc(p->total, sizeof *p->block);
	p->tensor[0].dims = 2;
	p->tensor[0].n = N;
	p->tensor[0].p = p->block;
	p->tensor[1].dims = 1;
	p->tensor[1].n = 7;
	p->tensor[1].p = p->block + N;
	for (i = 0; seed != 0 && i < p->total; i++)
		p->block[i] = (float)rng_normal(&r);
}

static void
drop(struct params *p)
{
	free(p->block);
	free(p->tensor);
}

/* One element, as the papers have it. */
static void
textbook(const struct update *u, bool matrix, double g, double *w, double *m,
    double *v)
{
	const double t = (double)u->t + 1;
	double c;

	g *= u->scale;
	if (matrix)
		*w -= u->lr * u->decay * *w;
	if (u->optimizer == OPTIMIZER_SGD) {
		*w -= u->lr * g;
		return;
	}
	if (u->optimizer == OPTIMIZER_LION) {
		c = u->beta1 * *m + (1 - u->beta1) * g;
		*w -= u->lr * (c > 0 ? 1 : c < 0 ? -1 : 0);
		*m = u->beta2 * *m + (1 - u->beta2) * g;
		return;
	}
	*m = u->beta1 * *m + (1 - u->beta1) * g;
	*v = u->beta2 * *v + (1 - u->beta2) * g * g;
	*w -= u->lr * *m / (1 - pow(u->beta1, t)) /
	    (sqrt(*v / (1 - pow(u->beta2, t))) + u->eps);
}

/* Largest difference of the weights after some steps. */
static double
worst(struct update u)
{
	struct params w, d, m, v;
	double x, mm, vv, off = 0;
	struct update k = u;
	float *before;
	size_t i;

	make(&w, 1);
	make(&d, 2);
	make(&m, 0);
	make(&v, 0);
	before = malloc(w.total * sizeof *before);
	memcpy(before, w.block, w.total * sizeof *before);
	for (k.t = 0; k.t < STEPS; k.t++)
		update_apply(&k, &w, &d, &m, &v, NULL);
	for (i = 0; i < w.total; i++) {
		x = (double)before[i];
		mm = vv = 0;
		for (k.t = 0; k.t < STEPS; k.t++)
			textbook(&k, i < N, (double)d.block[i], &x, &mm, &vv);
		off = fmax(off, fabs(x - (double)w.block[i]));
	}
	free(before);
	drop(&w);
	drop(&d);
	drop(&m);
	drop(&v);
	return off;
}

static void
test_update(void)
{
	const char *const names[] = { "adamw", "sgd", "lion" };
	struct update u = { .lr = 0.01,
		.beta1 = 0.9,
		.beta2 = 0.99,
		.eps = 1e-8,
		.decay = 0.3,
		.scale = 0.25 };
	size_t o;
	double off;

	for (o = 0; o < 3; o++) {
		u.optimizer = (enum optimizer)o;
		off = worst(u);
		ok(off < 2e-6, "%s is that of the paper, within %.1e", names[o],
		    off);
		ok(strcmp(optimizer_names[u.optimizer], names[o]) == 0,
		    "%s has that name", names[o]);
	}
	ok(optimizer_moments(OPTIMIZER_ADAMW) == 2 &&
		optimizer_moments(OPTIMIZER_LION) == 1 &&
		optimizer_moments(OPTIMIZER_SGD) == 0,
	    "adamw keeps two moments, lion one, sgd none");
}

static void
test_still(void)
{
	struct update u = { .lr = 1,
		.beta1 = 0.9,
		.beta2 = 0.99,
		.eps = 1e-8,
		.scale = 1 };
	struct params w, old, d, m, v;
	bool touched[] = { false, true };

	make(&w, 3);
	make(&old, 3);
	make(&d, 0);
	make(&m, 0);
	make(&v, 0);
	update_apply(&u, &w, &d, &m, &v, NULL);
	ok(memcmp(w.block, old.block, w.total * sizeof(float)) == 0,
	    "a zero gradient without decay leaves every bit");
	d.block[0] = d.block[N] = 1;
	u.decay = 0.5;
	update_apply(&u, &w, &d, &m, &v, touched);
	ok(memcmp(w.block, old.block, N * sizeof(float)) == 0 &&
		!(m.block[0] > 0),
	    "a tensor that is not touched stays, and its moments");
	ok(w.block[N] < old.block[N], "a touched one moves");
	ok(memcmp(w.block + N + 1, old.block + N + 1, 6 * sizeof(float)) == 0,
	    "a vector does not decay");
	drop(&w);
	drop(&old);
	drop(&d);
	drop(&m);
	drop(&v);
}

static void
test_threads(void)
{
	struct update u = { .lr = 0.1,
		.beta1 = 0.9,
		.beta2 = 0.99,
		.eps = 1e-8,
		.decay = 0.1,
		.scale = 1 };
	struct params w[2], d, m[2], v[2];
	double norm[2], sum = 0;
	size_t i;

	make(&d, 2);
	for (i = 0; i < 2; i++) {
		make(&w[i], 1);
		make(&m[i], 0);
		make(&v[i], 0);
		norm[i] = gradient_norm(&d, NULL);
		update_apply(&u, &w[i], &d, &m[i], &v[i], NULL);
		par_start(3);
	}
	ok(memcmp(w[0].block, w[1].block, w[0].total * sizeof(float)) == 0 &&
		memcmp(v[0].block, v[1].block, v[0].total * sizeof(float)) == 0,
	    "weights and moments are the same with three threads");
	ok(memcmp(&norm[0], &norm[1], sizeof norm[0]) == 0,
	    "the norm is the same with three threads");
	for (i = 0; i < d.total; i++)
		sum += (double)d.block[i] * (double)d.block[i];
	ok(fabs(norm[0] - sqrt(sum)) < 1e-9 * norm[0], "the norm is %g",
	    sqrt(sum));
	d.block[N / 2] = (float)INFINITY;
	ok(!isfinite(gradient_norm(&d, NULL)), "an infinity shows in the norm");
	for (i = 0; i < 2; i++) {
		drop(&w[i]);
		drop(&m[i]);
		drop(&v[i]);
	}
	drop(&d);
}

static bool
near(double a, double b)
{
	return fabs(a - b) < 1e-12;
}

static void
test_schedule(void)
{
	const struct {
		enum schedule s;
		uint64_t t;
		double want;
	} cases[] = {
		{ SCHEDULE_CONSTANT, 0, 0.5 },
		{ SCHEDULE_CONSTANT, 3, 2 },
		{ SCHEDULE_CONSTANT, 99, 2 },
		{ SCHEDULE_LINEAR, 2, 1.5 },
		{ SCHEDULE_LINEAR, 4, 2 },
		{ SCHEDULE_LINEAR, 9, 1.1 },
		{ SCHEDULE_LINEAR, 14, 0.2 },
		{ SCHEDULE_LINEAR, 15, 0.2 },
		{ SCHEDULE_COSINE, 4, 2 },
		{ SCHEDULE_COSINE, 9, 1.1 },
		{ SCHEDULE_COSINE, 1000, 0.2 },
	};
	size_t i;
	double lr;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		lr = schedule_lr(cases[i].s, 2, cases[i].t, 4, 14, 0.1);
		ok(near(lr, cases[i].want), "schedule %d at step %d: %g",
		    (int)cases[i].s, (int)cases[i].t, lr);
	}
	ok(near(schedule_lr(SCHEDULE_COSINE, 1, 5, 5, 5, 0.25), 0.25),
	    "a schedule that is all warm-up ends at its floor");
}

int
main(void)
{
	test_update();
	test_still();
	test_threads();
	test_schedule();
	return tap_done();
}
