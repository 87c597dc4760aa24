/* SPDX-License-Identifier: MIT */
/*
 * features: hidden states of the last action, compared with those of a model
 * that has no further layers.
 */
#include "likelihood/features.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/transformer.h"
#include "../models.h"
#include "../tap.h"

/* Four with one prompt, two with others, and one of several turns. */
enum { N = 7, TOKENS = 24 };

struct bench {
	struct ckpt c;
	struct traj t[N];
	struct span span[N][2];
	uint32_t tokens[N][TOKENS];
	const struct traj *at[N];
};

static void
bench_make(struct bench *s, const struct model *m)
{
	static const uint32_t begin[N] = { 9, 9, 9, 9, 9, 12, 10 },
			      end[N] = { 12, 10, 14, 11, 15, 13, 20 };
	size_t i, k;

	memset(s, 0, sizeof *s);
	model_make(&s->c.config, &s->c.params, m, false);
	for (i = 0; i < N; i++) {
		struct traj *t = &s->t[i];

		s->at[i] = t;
		t->id = (char *)(uintptr_t) "t";
		t->tokens = s->tokens[i];
		t->n = i == 6 ? TOKENS : end[i];
		t->span = s->span[i];
		t->spans = i == 6 ? 2 : 1;
		t->span[0] = (struct span){ 3, 5 };
		t->span[t->spans - 1] = (struct span){ begin[i], end[i] };
		t->actions = 1;
		for (k = 0; k < TOKENS; k++)
			t->tokens[k] = (uint32_t)((k * k + 3 +
						      (k < begin[i] && i < 4 ?
							      0 :
							      7 * i + k)) %
			    s->c.config.V);
	}
}

/* The states of one trajectory after `depth` layers, of length 1. */
static void
textbook(const struct bench *s, const struct traj *t, size_t depth, double *x)
{
	struct config c = s->c.config;
	const size_t start[] = { 0, t->span[t->spans - 1].end };
	const size_t row = start[1] - 1;
	const struct pack pack = { t->tokens, start[1], 1, 1, start, &row,
		NULL };
	struct activations *a;
	double sum = 0;
	size_t d;

	c.L = depth;
	a = activations_new(&c);
	transformer_forward(a, &s->c.params, &pack, false);
	for (d = 0; d < c.D; d++)
		sum += (double)a->at_rows[d] * (double)a->at_rows[d];
	for (d = 0; d < c.D; d++)
		x[d] = (double)a->at_rows[d] / sqrt(sum);
	activations_free(a);
}

static void
test_model(const struct model *m)
{
	const double share[] = { 1, 0.01, 0.5, 0.49999 };
	struct bench s;
	struct features *f;
	double worst = 0, *want;
	float *x, *other;
	size_t D, i, k, P, depths;
	bool same = true;

	bench_make(&s, m);
	D = s.c.config.D;
	/* matrices of all layers, for the textbook below */
	want = mem_alloc(D, sizeof *want);
	textbook(&s, s.at[0], s.c.config.L, want);
	f = features_new(&s.c, share, 4, 4096);
	P = features_width(f);
	depths = P / D;
	x = mem_floats(N * P);
	other = mem_floats(N * P);
	ok(depths == (s.c.config.L < 3 ? s.c.config.L : 3),
	    "%s: a layer counts once", m->name);
	ok(features_of(f, s.at, N, x) == 0, "%s: features", m->name);
	for (i = 0; i < N; i++)
		for (k = 0; k < P; k++) {
			if (k % D == 0)
				textbook(&s, s.at[i],
				    k / D + 1 == depths ? s.c.config.L :
					k == 0          ? 1 :
							  2,
				    want);
			worst = fmax(worst,
			    fabs((double)x[i * P + k] - want[k % D]));
		}
	ok(worst < 1e-6, "%s: states of each depth, within %.0e", m->name,
	    worst);
	features_free(f);
	f = features_new(&s.c, share, 4, 16);
	ok(features_of(f, s.at, N, other) == 0 &&
		memcmp(x, other, N * P * sizeof *x) == 0,
	    "%s: the same bits in smaller micro-batches", m->name);
	for (i = 0; i < N; i++)
		same = same && features_of(f, s.at + i, 1, other) == 0 &&
		    memcmp(x + i * P, other, P * sizeof *x) == 0;
	ok(same, "%s: the same bits without a shared prompt", m->name);
	features_free(f);
	free(x);
	free(other);
	free(want);
	params_release(&s.c.params);
}

static void
test_refused(void)
{
	const double share = 1;
	struct bench s;
	struct features *f;
	float x[256];

	bench_make(&s, &models[0]);
	f = features_new(&s.c, &share, 1, 4096);
	s.t[1].actions = 0;
	ok(features_of(f, s.at + 1, 1, x) != 0, "no actions: %s", err_last());
	s.t[1].actions = 1;
	s.c.dir = (char *)(uintptr_t) "dir";
	s.c.params.embed[s.tokens[1][0] * s.c.config.D] = (float)INFINITY;
	ok(features_of(f, s.at + 1, 1, x) != 0, "not finite: %s", err_last());
	features_free(f);
	params_release(&s.c.params);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < MODELS; i++)
		test_model(&models[i]);
	test_refused();
	return tap_done();
}
