/* SPDX-License-Identifier: MIT */
/*
 * distributions: tiny policies in directories, and their whole next-token
 * distributions by the naive model, for tests that compare distributions.
 */
#ifndef TESTS_DISTRIBUTIONS_H
#define TESTS_DISTRIBUTIONS_H

#include <math.h>
#include <string.h>

#include "models.h"
#include "policydir.h"

enum { V = 4, TOKENS = 9 };

static const struct model shape = { "small",
	{ .family = FAMILY_LLAMA,
	    .D = 8,
	    .L = 1,
	    .H = 2,
	    .K = 1,
	    .E = 4,
	    .F = 10,
	    .V = V,
	    .context = 16 } };

struct model_of {
	struct config config;
	struct params params;
	struct naive naive;
};

/* log softmax(z / T) at token t of a sequence, its V logits from logp. */
static inline void
distribution(const struct model_of *m, const struct traj *t, size_t at,
    double T, double *logp)
{
	double hidden[TOKENS * 8], p[V];
	struct naive one = m->naive;
	uint32_t tokens[TOKENS];
	size_t v;

	one.noise = naive_noise(1, 0, 0, t->id);
	memcpy(tokens, t->tokens, t->n * sizeof *tokens);
	naive_hidden(&one, tokens, t->n, hidden);
	for (v = 0; v < V; v++) {
		tokens[at] = (uint32_t)v;
		logp[v] = naive_logp(&m->naive, hidden, tokens, at) / T;
	}
	T = naive_softmax(p, logp, V);
	for (v = 0; v < V; v++)
		logp[v] -= T;
}

/* p and q onto the k likeliest of p and a bucket; how many cells. */
static inline size_t
coarsen(double *p, double *q, size_t k)
{
	double P[V] = { 0 }, Q[V] = { 0 };
	size_t v, r, n = 0;

	if (k == 0 || k >= V)
		return V;
	for (v = 0; v < V; v++) {
		size_t better = 0, c;

		for (r = 0; r < V; r++)
			better += p[r] > p[v];
		c = better < k ? n++ : k;
		P[c] += p[v];
		Q[c] += q[v];
	}
	memcpy(p, P, sizeof P);
	memcpy(q, Q, sizeof Q);
	return k + 1;
}

static inline void
model_of_make(struct model_of *m, const char *dir, float change)
{
	const struct ckpt_new w = { &m->config, &m->params, ST_F32 };
	size_t i;

	model_make(&m->config, &m->params, &shape, false);
	for (i = 0; i < m->params.total; i += 3)
		m->params.block[i] *= change;
	naive_init(&m->naive, &m->config, &m->params);
	drop(dir);
	need(ckpt_create(dir, &w));
}

static inline void
model_of_release(struct model_of *m, const char *dir)
{
	naive_release(&m->naive);
	params_release(&m->params);
	drop(dir);
}

#endif
