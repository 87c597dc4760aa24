/* SPDX-License-Identifier: MIT */
/*
 * packer: masks of dropout belong to trajectories, whatever packs they are in:
 * log-probabilities, scores and gradients against the textbook with the same
 * masks, in packs of every size and in every order.
 */
#include "likelihood/packer.h"

#include <math.h>
#include <string.h>

#include "../models.h"
#include "../tap.h"
#include "base/par.h"
#include "likelihood/likelihood.h"
#include "nn/packed.h"

enum {
	N = 4,
	PROMPT = 12,
	LONG = 20,
	WIDEST = 16,
	ACTIONS = N * (LONG - PROMPT)
};

static const struct likelihood_dropout drop = { 0.3, 5, 6, 7 };

/* Samples of one prompt, which would be shared if nothing were dropped. */
struct bench {
	struct config c;
	struct params p, d;
	struct naive naive;
	struct traj t[N];
	struct span span[N];
	uint32_t tokens[N][LONG];
	float coef[ACTIONS];
};

static void
bench_make(struct bench *s, const struct model *m, bool scored)
{
	static const char *const id[N] = { "a#0", "a#1", "b#0", "c#0" };
	size_t i, k;

	memset(s, 0, sizeof *s);
	model_make(&s->c, &s->p, m, scored);
	params_like(&s->d, &s->p, &s->c);
	naive_init(&s->naive, &s->c, &s->p);
	naive_fill(s->coef, ACTIONS, 3);
	for (i = 0; i < N; i++) {
		for (k = 0; k < LONG; k++)
			s->tokens[i][k] =
			    (uint32_t)((k * k + k + (k < PROMPT ? 0 : i * 3)) %
				s->c.V);
		s->span[i] =
		    (struct span){ PROMPT, PROMPT + 2 + 2 * (uint32_t)i };
		s->t[i] = (struct traj){ .id = (char *)(uintptr_t)id[i],
			.tokens = s->tokens[i],
			.n = s->span[i].end,
			.span = &s->span[i],
			.spans = 1,
			.actions = s->span[i].end - PROMPT };
	}
}

static void
bench_release(struct bench *s)
{
	naive_release(&s->naive);
	params_release(&s->p);
	params_release(&s->d);
}

static void
textbook(const struct bench *s, double *out)
{
	double h[LONG * WIDEST];
	struct naive one = s->naive;
	size_t i, k;

	one.dropout = drop.rate;
	for (i = 0; i < N; i++) {
		const struct traj *t = &s->t[i];

		one.noise = naive_noise(drop.seed, drop.step, drop.pass, t->id);
		naive_hidden(&one, t->tokens, t->n, h);
		for (k = PROMPT; k < t->n; k++)
			*out++ = s->c.scored ?
			    naive_score(&one, h, k) :
			    naive_logp(&one, h, t->tokens, k);
	}
}

static double
loss(void *ctx)
{
	const struct bench *s = ctx;
	double x[ACTIONS], sum = 0;
	size_t i;

	textbook(s, x);
	for (i = 0; i < likelihood_actions(s->t, N); i++)
		sum += (s->c.scored ? x[i] : -x[i]) * (double)s->coef[i];
	return sum;
}

/* Values of n trajectories, and their gradient added to d. */
static int
passes(struct likelihood *l, struct bench *s, size_t first, size_t n,
    float *value, struct params *d)
{
	const size_t at = likelihood_actions(s->t, first);
	const struct traj *t = s->t + first;

	if (!s->c.scored)
		return likelihood_gradient(l, &s->p, t, n, s->coef + at,
		    value + at, d);
	if (likelihood_scores(l, &s->p, t, n, value + at) != 0)
		return -1;
	return likelihood_scores_gradient(l, &s->p, t, n, s->coef + at, d);
}

static double
distance(const struct params *a, const struct params *b)
{
	double worst = 0;
	size_t i;

	for (i = 0; i < a->total; i++)
		worst = fmax(worst,
		    fabs((double)a->block[i] - (double)b->block[i]) /
			(1 + fabs((double)b->block[i])));
	return worst;
}

static void
check(const struct model *m, bool scored)
{
	struct bench s;
	struct params d;
	struct likelihood *all, *one;
	float x[ACTIONS], y[ACTIONS];
	double want[ACTIONS], worst = 0;
	size_t i, A;
	int rc = 0;

	bench_make(&s, m, scored);
	params_like(&d, &s.p, &s.c);
	all = likelihood_new(&s.c, 1000);
	one = likelihood_new(&s.c, 1);
	likelihood_drop(all, &drop);
	likelihood_drop(one, &drop);
	rc |= passes(all, &s, 0, N, x, &s.d);
	for (i = N; i-- > 0;)
		rc |= passes(one, &s, i, 1, y, &d);
	A = likelihood_actions(s.t, N);
	textbook(&s, want);
	for (i = 0; i < A; i++)
		worst = fmax(worst, fabs((double)x[i] - want[i]));
	ok(rc == 0 && worst < 1e-5, "%s%s: values within %g of the textbook",
	    m->name, scored ? ", scored" : "", worst);
	ok(memcmp(x, y, A * sizeof *x) == 0,
	    "%s: the same values in packs of one, backwards", m->name);
	worst = naive_slopes(loss, &s, s.naive.w, &s.d, 40, NULL);
	ok(worst < 1e-4, "%s: gradient within %g of differences", m->name,
	    worst);
	ok(distance(&s.d, &d) < 1e-5,
	    "%s: in packs of one, backwards, within %g", m->name,
	    distance(&s.d, &d));
	likelihood_free(all);
	likelihood_free(one);
	params_release(&d);
	bench_release(&s);
}

/* How many values differ from those of a pass that drops otherwise. */
static void
check_masks(void)
{
	static const struct likelihood_dropout other[] = { { 0, 5, 6, 7 },
		{ 0.3, 4, 6, 7 }, { 0.3, 5, 5, 7 }, { 0.3, 5, 6, 8 },
		{ 0.3, 5, 6, 7 } };
	static const char *const what[] = { "no dropout", "another seed",
		"another step", "another pass", "the same again" };
	struct bench s;
	struct likelihood *l;
	float x[ACTIONS], y[ACTIONS];
	size_t i, k, A, same;
	int rc = 0;

	bench_make(&s, &models[0], false);
	A = likelihood_actions(s.t, N);
	l = likelihood_new(&s.c, 1000);
	likelihood_drop(l, &drop);
	rc |= likelihood_logp(l, &s.p, s.t, N, x, NULL);
	for (i = 0; i < 5; i++) {
		likelihood_drop(l, &other[i]);
		rc |= likelihood_logp(l, &s.p, s.t, N, y, NULL);
		for (k = same = 0; k < A; k++)
			same += x[k] == y[k];
		ok(rc == 0 && same == (i < 4 ? 0 : A),
		    "%s: %zu of %zu values are the same", what[i], same, A);
	}
	likelihood_drop(l, NULL);
	rc |= likelihood_logp(l, &s.p, s.t, N, x, NULL);
	likelihood_drop(l, &other[0]);
	rc |= likelihood_logp(l, &s.p, s.t, N, y, NULL);
	ok(rc == 0 && memcmp(x, y, A * sizeof *x) == 0,
	    "a rate of 0 drops nothing");
	likelihood_drop(l, &drop);
	s.t[1].id = s.t[0].id;
	s.t[1].tokens = s.t[0].tokens;
	rc |= likelihood_logp(l, &s.p, s.t, N, x, NULL);
	ok(rc == 0 && memcmp(x, x + 2, 2 * sizeof *x) == 0,
	    "the same id and tokens have the same masks");
	likelihood_free(l);
	bench_release(&s);
}

/* In BF16 the masks are the same, so values and gradient are near. */
static void
check_rounded(void)
{
	struct bench s, half;
	struct likelihood *l;
	float x[ACTIONS], y[ACTIONS];
	double off = 0, whole = 0, e;
	size_t i;
	int rc = 0;

	bench_make(&s, &models[0], false);
	bench_make(&half, &models[0], false);
	packed_set_type(&half.p, TILE_BF16);
	l = likelihood_new(&s.c, 1000);
	likelihood_drop(l, &drop);
	rc |= passes(l, &s, 0, N, x, &s.d);
	rc |= passes(l, &half, 0, N, y, &half.d);
	for (i = 0; i < s.d.total; i++) {
		e = (double)s.d.block[i] - (double)half.d.block[i];
		off += e * e;
		whole += (double)s.d.block[i] * (double)s.d.block[i];
	}
	ok(rc == 0 && off > 0 && sqrt(off / whole) < 0.1,
	    "in BF16 the gradient is off by %g", sqrt(off / whole));
	likelihood_free(l);
	bench_release(&s);
	bench_release(&half);
}

int
main(void)
{
	size_t i;

	par_start(2);
	for (i = 0; i < MODELS; i++)
		check(&models[i], false);
	check(&models[0], true);
	check_masks();
	check_rounded();
	return tap_done();
}
