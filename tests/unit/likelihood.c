/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../models.h"
#include "../tap.h"
#include "base/mem.h"
#include "base/par.h"
#include "likelihood/likelihood.h"
#include "nn/packed.h"

enum { N = 5, TOKENS = 90, ACTIONS = 100 };

/* Five trajectories: short, long, of several turns, and one of no actions. */
struct batch {
	struct traj t[N];
	struct span span[N][3];
	uint32_t tokens[N][TOKENS];
};

static void
batch_make(struct batch *b, size_t V)
{
	static const struct {
		const char *id;
		uint32_t n, span[6];
	} shape[N] = { { "short", 4, { 1, 3 } },
		{ "turns", 20, { 2, 5, 9, 10, 15, 20 } }, { "given", 6, { 0 } },
		{ "long", TOKENS, { 20, 80 } }, { "tail", 12, { 3, 4 } } };
	size_t i, k;

	memset(b, 0, sizeof(*b));
	for (i = 0; i < N; i++) {
		struct traj *t = &b->t[i];

		t->id = (char *)(uintptr_t)shape[i].id;
		t->n = shape[i].n;
		t->tokens = b->tokens[i];
		t->span = b->span[i];
		for (k = 0; k < t->n; k++)
			t->tokens[k] = (uint32_t)((i * 31 + k * k * 7 + k) % V);
		for (k = 0; k < 6 && shape[i].span[k] > 0; k += 2) {
			struct span s = { shape[i].span[k],
				shape[i].span[k + 1] };

			t->span[t->spans++] = s;
			t->actions += s.end - s.start;
		}
	}
}

struct bench {
	struct config c;
	struct params p, d;
	struct naive naive;
	struct batch b;
	float coef[ACTIONS];
};

static void
bench_make(struct bench *s, const struct model *m, bool scored)
{
	model_make(&s->c, &s->p, m, scored);
	params_init(&s->d, &s->c, "");
	params_alloc(&s->d);
	naive_init(&s->naive, &s->c, &s->p);
	batch_make(&s->b, s->c.V);
	naive_fill(s->coef, ACTIONS, 5);
}

static void
bench_release(struct bench *s)
{
	naive_release(&s->naive);
	params_release(&s->p);
	params_release(&s->d);
}

/* logp (or score) of every action, by the textbook. */
static void
textbook(const struct bench *s, double *out)
{
	size_t i, k, n;
	double *h = mem_alloc(TOKENS * s->c.D, sizeof(*h));

	for (i = 0; i < N; i++) {
		const struct traj *t = &s->b.t[i];

		naive_hidden(&s->naive, t->tokens, t->n, h);
		for (n = 0; n < t->spans; n++)
			for (k = t->span[n].start; k < t->span[n].end; k++)
				*out++ = s->c.scored ?
				    naive_score(&s->naive, h, k) :
				    naive_logp(&s->naive, h, t->tokens, k);
	}
	free(h);
}

/* -sum coef logp, or sum coef score. */
static double
objective(void *ctx)
{
	const struct bench *s = ctx;
	size_t i, n = likelihood_actions(s->b.t, N);
	double x[ACTIONS], sum = 0;

	textbook(s, x);
	for (i = 0; i < n; i++)
		sum += (s->c.scored ? x[i] : -x[i]) * (double)s->coef[i];
	return sum;
}

/* The largest difference from the textbook. */
static double
distance(const float *x, const double *y, size_t n)
{
	double worst = 0;
	size_t i;

	for (i = 0; i < n; i++)
		worst = fmax(worst, fabs((double)x[i] - y[i]));
	return worst;
}

static void
check_model(const struct model *m)
{
	struct bench s;
	struct likelihood *l;
	float logp[ACTIONS], again[ACTIONS], entropy[ACTIONS];
	double want[ACTIONS], error;
	const char *name;
	size_t n;

	bench_make(&s, m, false);
	n = likelihood_actions(s.b.t, N);
	l = likelihood_new(&s.c, 32);
	textbook(&s, want);
	ok(likelihood_logp(l, &s.p, s.b.t, N, logp, entropy) == 0,
	    "%s: %zu log-probabilities", m->name, n);
	error = distance(logp, want, n);
	ok(error < 1e-5, "log-probabilities within %g of the textbook", error);
	ok(likelihood_gradient(l, &s.p, s.b.t, N, s.coef, again, &s.d) == 0 &&
		distance(again, want, n) < 1e-5,
	    "a backward pass gives the same log-probabilities");
	error = naive_slopes(objective, &s, s.naive.w, &s.d, 40, &name);
	ok(error < 1e-4, "gradient within %g of differences (%s)", error, name);
	likelihood_free(l);
	bench_release(&s);
}

static void
check_scores(const struct model *m)
{
	struct bench s;
	struct likelihood *l;
	float f[ACTIONS];
	double want[ACTIONS], error;
	const char *name;

	bench_make(&s, m, true);
	l = likelihood_new(&s.c, 32);
	textbook(&s, want);
	ok(likelihood_scores(l, &s.p, s.b.t, N, f) == 0 &&
		distance(f, want, likelihood_actions(s.b.t, N)) < 1e-5,
	    "%s: scores", m->name);
	ok(likelihood_scores_gradient(l, &s.p, s.b.t, N, s.coef, &s.d) == 0,
	    "the gradient of scores is computed");
	error = naive_slopes(objective, &s, s.naive.w, &s.d, 40, &name);
	ok(error < 1e-4, "the gradient of scores is within %g (%s)", error,
	    name);
	likelihood_free(l);
	bench_release(&s);
}

/* How far the gradients of two tables are apart, relative to the first. */
static double
apart(const struct params *a, const struct params *b)
{
	double worst = 0;
	size_t i;

	for (i = 0; i < a->tensors; i++) {
		double *x = naive_copy(a->tensor[i].p, a->tensor[i].n);

		worst =
		    fmax(worst, naive_error(b->tensor[i].p, x, a->tensor[i].n));
		free(x);
	}
	return worst;
}

/* One pack, packs of one, and anything between give the same. */
static void
check_packing(void)
{
	static const size_t micro[] = { 0, 25, 100000 };
	struct bench s;
	struct params d;
	float logp[ACTIONS], first[ACTIONS];
	size_t i, k, n, j;

	bench_make(&s, &models[0], false);
	n = likelihood_actions(s.b.t, N);
	params_init(&d, &s.c, "");
	params_alloc(&d);
	for (i = 0; i < 3; i++) {
		struct likelihood *l = likelihood_new(&s.c, micro[i]);
		double worst = 0;

		params_zero(&d);
		if (likelihood_gradient(l, &s.p, s.b.t, N, s.coef, logp,
			i == 0 ? &s.d : &d) < 0)
			ok(false, "%s", err_last());
		if (i == 0)
			memcpy(first, logp, sizeof(first));
		for (k = 0; k < n; k++)
			worst = fmax(worst, fabs((double)(logp[k] - first[k])));
		if (i > 0)
			ok(worst < 1e-5 && apart(&s.d, &d) < 1e-5,
			    "micro-batches of %zu tokens: %g", micro[i],
			    apart(&s.d, &d));
		likelihood_free(l);
	}
	params_zero(&d);
	for (i = j = 0; i < N; j += s.b.t[i++].actions) {
		struct likelihood *l = likelihood_new(&s.c, 64);

		if (likelihood_gradient(l, &s.p, &s.b.t[i], 1, s.coef + j, NULL,
			&d) < 0)
			ok(false, "%s", err_last());
		likelihood_free(l);
	}
	ok(apart(&s.d, &d) < 1e-5, "the gradient of a sum is the sum");
	params_release(&d);
	bench_release(&s);
}

/* Samples that share a prompt have the values and the gradient of separate
 * ones. */
static void
check_shared(const struct model *m, bool scored)
{
	enum { PROMPT = 70, LONG = 90, SAMPLES = 7 };
	struct config c;
	struct params p, whole, parts;
	struct span span[SAMPLES];
	struct traj t[SAMPLES];
	uint32_t tokens[SAMPLES][LONG];
	float coef[SAMPLES * LONG], x[SAMPLES * LONG], y[SAMPLES * LONG];
	size_t i, k, A = 0, different = 0;
	int rc = 0;

	model_make(&c, &p, m, scored);
	params_like(&whole, &p, &c);
	params_like(&parts, &p, &c);
	naive_fill(coef, SAMPLES * LONG, 8);
	for (i = 0; i < SAMPLES; i++) {
		for (k = 0; k < LONG; k++)
			tokens[i][k] =
			    (uint32_t)((k * k + k * 3 +
					   (k >= PROMPT || i == 4 ? i : 0)) %
				c.V);
		span[i] = (struct span){ PROMPT, PROMPT + 2 + (uint32_t)i };
		t[i] = (struct traj){ .id = "s",
			.tokens = tokens[i],
			.n = span[i].end,
			.span = &span[i],
			.spans = 1,
			.actions = 2 + i };
	}
	for (i = 0; i < 2; i++) {
		struct params *d = i == 0 ? &whole : &parts;
		struct likelihood *l = likelihood_new(&c, i == 0 ? 400 : 1);

		for (k = A = 0; k < SAMPLES; k += i == 0 ? SAMPLES : 1) {
			const size_t n = i == 0 ? SAMPLES : 1;
			float *to = (i == 0 ? x : y) + A;

			rc |= scored ? likelihood_scores(l, &p, t + k, n, to) :
				       likelihood_gradient(l, &p, t + k, n,
					   coef + A, to, d);
			if (scored)
				rc |= likelihood_scores_gradient(l, &p, t + k,
				    n, coef + A, d);
			A += likelihood_actions(t + k, n);
		}
		likelihood_free(l);
	}
	for (k = 0; k < A; k++)
		different += x[k] != y[k];
	ok(rc == 0 && different == 0,
	    "%s: %zu of %zu values differ if samples share the prompt", m->name,
	    different, A);
	ok(apart(&parts, &whole) < 1e-5,
	    "%s: the gradient with a shared prompt is within %g", m->name,
	    apart(&parts, &whole));
	params_release(&p);
	params_release(&whole);
	params_release(&parts);
}

/* What is no action, and stands behind the last one, moves nothing. */
static void
check_mask(void)
{
	struct bench s;
	struct params d;
	struct likelihood *l;
	size_t i;

	bench_make(&s, model_of(FAMILY_GPT2), false);
	l = likelihood_new(&s.c, 64);
	params_init(&d, &s.c, "");
	params_alloc(&d);
	if (likelihood_gradient(l, &s.p, s.b.t, N, s.coef, NULL, &s.d) < 0)
		ok(false, "%s", err_last());
	for (i = 4; i < 12; i++)
		s.b.t[4].tokens[i] = (uint32_t)(i * 5 % s.c.V);
	for (i = 0; i < 6; i++)
		s.b.t[2].tokens[i] = 1;
	if (likelihood_gradient(l, &s.p, s.b.t, N, s.coef, NULL, &d) < 0)
		ok(false, "%s", err_last());
	ok(apart(&s.d, &d) == 0, "masked tokens do not move the gradient");
	memset(s.coef, 0, sizeof(s.coef));
	params_zero(&d);
	if (likelihood_gradient(l, &s.p, s.b.t, N, s.coef, NULL, &d) < 0)
		ok(false, "%s", err_last());
	params_zero(&s.d);
	ok(apart(&s.d, &d) == 0, "coefficients of 0 have no gradient");
	params_release(&d);
	likelihood_free(l);
	bench_release(&s);
}

/* A term that is -log pi of the action, with a coefficient of its own. */
struct term {
	const struct traj *t;
	const float *coef;
	float *value; /* log pi of each action */
	size_t packs, blocks, V;
};

static int
term_pack(void *ctx, const struct pack *p)
{
	struct term *x = ctx;

	(void)p;
	x->packs++;
	return 0;
}

static void
term_block(void *ctx, size_t first, size_t n)
{
	struct term *x = ctx;

	(void)first;
	(void)n;
	x->blocks++;
}

static void
term_row(void *ctx, size_t i, size_t k, const struct likelihood_at *at,
    const float *z, double lse, float *dz)
{
	const struct term *x = ctx;
	const uint32_t token = x->t[at->traj].tokens[at->token];
	size_t v;

	(void)i;
	x->value[k] = (float)((double)z[token] - lse);
	for (v = 0; dz != NULL && v < x->V; v++)
		dz[v] += x->coef[k] *
		    (float)(exp((double)z[v] - lse) - (v == token));
}

/* Terms are part of the passes that take them, and of no other. */
static void
check_terms(void)
{
	struct bench s;
	struct params d;
	float value[ACTIONS], logp[ACTIONS], twice[ACTIONS];
	float held[ACTIONS], also[ACTIONS]; /* entropies */
	struct term x = { .value = value };
	const struct likelihood_terms terms = { &x, term_pack, term_block,
		term_row };
	struct likelihood *l;
	size_t i, n, packs;

	bench_make(&s, &models[0], false);
	params_like(&d, &s.p, &s.c);
	l = likelihood_new(&s.c, 32);
	n = likelihood_actions(s.b.t, N);
	x.t = s.b.t;
	x.coef = s.coef;
	x.V = s.c.V;
	ok(likelihood_evaluate(l, &s.p, s.b.t, N, &terms, logp) == 0 &&
		x.packs > 1 && x.blocks >= x.packs &&
		memcmp(value, logp, n * sizeof *logp) == 0,
	    "a forward pass gives every action to the terms");
	packs = x.packs;
	ok(likelihood_logp(l, &s.p, s.b.t, N, logp, held) == 0 &&
		likelihood_gradient(l, &s.p, s.b.t, N, s.coef, NULL, &s.d) ==
		    0 &&
		x.packs == packs,
	    "a later pass without terms does not run them");
	for (i = 0; i < n; i++)
		twice[i] = 2 * s.coef[i];
	ok(likelihood_logits_gradient(l, &s.p, s.b.t, N, s.coef, NULL, &terms,
	       NULL, also, &d) == 0 &&
		x.packs == 2 * packs,
	    "a backward pass runs them once");
	ok(memcmp(held, also, n * sizeof *held) == 0,
	    "both passes have the same entropies");
	params_zero(&s.d);
	if (likelihood_gradient(l, &s.p, s.b.t, N, twice, NULL, &s.d) < 0)
		ok(false, "%s", err_last());
	ok(apart(&s.d, &d) < 1e-5, "their gradient is added: within %g",
	    apart(&s.d, &d));
	params_release(&d);
	likelihood_free(l);
	bench_release(&s);
}

static int
give_up(void *ctx, const struct likelihood_at *at, size_t n, size_t V,
    float *logits)
{
	size_t *seen = ctx;

	(void)V;
	(void)logits;
	*seen += n;
	return at->traj == 1 ? fail("enough") : 0;
}

static void
check_failures(void)
{
	struct bench s;
	struct likelihood *l;
	float logp[ACTIONS];
	size_t seen = 0;

	bench_make(&s, &models[0], false);
	l = likelihood_new(&s.c, 1);
	ok(likelihood_rows(l, &s.p, s.b.t, N, give_up, &seen, NULL) < 0 &&
		strcmp(err_last(), "enough") == 0 && seen == 11,
	    "a function that fails ends the pass");
	s.b.t[1].tokens[3] = (uint32_t)s.c.V;
	ok(likelihood_logp(l, &s.p, s.b.t, N, logp, NULL) < 0 &&
		strcmp(err_last(),
		    "record (\"turns\"): token 3 is 11, "
		    "expected below 11") == 0,
	    "%s", err_last());
	s.b.t[1].tokens[3] = 0;
	s.p.norm[0] = NAN;
	ok(likelihood_logp(l, &s.p, &s.b.t[3], 1, logp, NULL) < 0 &&
		strcmp(err_last(),
		    "record (\"long\"): the log-probability "
		    "of action 0 is not finite") == 0,
	    "%s", err_last());
	likelihood_free(l);
	s.c.context = 50;
	l = likelihood_new(&s.c, 1);
	ok(likelihood_logp(l, &s.p, &s.b.t[3], 1, logp, NULL) < 0 &&
		strcmp(err_last(),
		    "record (\"long\"): 79 tokens are more "
		    "than the context of 50") == 0,
	    "%s", err_last());
	likelihood_free(l);
	bench_release(&s);
}

/* As the functions of scores are. */
static int
logp_of(struct likelihood *l, const struct params *p, const struct traj *t,
    size_t n, float *logp)
{
	return likelihood_logp(l, p, t, n, logp, NULL);
}

static int
gradient_of(struct likelihood *l, const struct params *p, const struct traj *t,
    size_t n, const float *coef, struct params *d)
{
	return likelihood_gradient(l, p, t, n, coef, NULL, d);
}

/* Of all tensors as one: |a - b| / |b|. */
static double
all_distance(const struct params *a, const struct params *b)
{
	double off = 0, whole = 0;
	size_t i, j;

	for (i = 0; i < b->tensors; i++)
		for (j = 0; j < b->tensor[i].n; j++) {
			double x = (double)b->tensor[i].p[j];
			double y = (double)a->tensor[i].p[j] - x;

			off += y * y;
			whole += x * x;
		}
	return sqrt(off / whole);
}

/*
 * BF16 is near, in what it says and in its gradient, but not the same: with
 * weights far from zero, as these are.
 */
static void
check_rounded(const struct model *m, bool scored)
{
	struct bench s, half;
	struct likelihood *l;
	float said[2][ACTIONS];
	size_t i, n, bad = 0;
	double off = 0, d;

	bench_make(&s, m, scored);
	bench_make(&half, m, scored);
	packed_set_type(&half.p, TILE_BF16);
	n = likelihood_actions(s.b.t, N);
	l = likelihood_new(&s.c, 100);
	for (i = 0; i < 2; i++) {
		struct bench *b = i == 0 ? &s : &half;

		bad += (scored ? likelihood_scores : logp_of)(l, &b->p, b->b.t,
			   N, said[i]) != 0;
		bad += (scored ? likelihood_scores_gradient : gradient_of)(l,
			   &b->p, b->b.t, N, b->coef, &b->d) != 0;
	}
	for (i = 0; i < n; i++)
		off = fmax(off, fabs((double)said[0][i] - (double)said[1][i]));
	d = all_distance(&half.d, &s.d);
	ok(bad == 0 && off > 0 && off < 0.3 && d > 1e-4 && d < 0.1,
	    "%s%s, bf16: off by %.0e, its gradient by %.0e", m->name,
	    scored ? ", scored" : "", off, d);
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
		check_model(&models[i]);
	check_scores(&models[0]);
	check_scores(model_of(FAMILY_GPT2));
	check_packing();
	for (i = 0; i < MODELS; i++)
		check_shared(&models[i], false);
	check_shared(&models[0], true);
	check_shared(model_of(FAMILY_GPT2), true);
	for (i = 0; i < MODELS; i++)
		check_rounded(&models[i], false);
	check_rounded(&models[0], true);
	check_mask();
	check_terms();
	check_failures();
	return tap_done();
}
