/* SPDX-License-Identifier: MIT */
#include "serve/scoring.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The likeliest tokens of each place, side by side. */
struct likeliest {
	size_t V, each;
	struct alternative *out; /* [actions, each] */
};

static int
any_pack(void *ctx, const struct pack *p)
{
	(void)ctx;
	(void)p;
	return 0;
}

static void
any_block(void *ctx, size_t first, size_t n)
{
	(void)ctx;
	(void)first;
	(void)n;
}

/* Insertion into a list of the likeliest; of equal ones the lower id stays. */
static void
find_likeliest(void *ctx, size_t i, size_t k, const struct likelihood_at *at,
    const float *z, double lse, float *dz)
{
	const struct likeliest *w = ctx;
	struct alternative *out = w->out + k * w->each;
	size_t v, n = 0, j;

	(void)i;
	(void)at;
	(void)dz;
	for (v = 0; v < w->V; v++) {
		if (n == w->each && z[v] <= out[n - 1].logp)
			continue;
		n += n < w->each;
		for (j = n - 1; j > 0 && out[j - 1].logp < z[v]; j--)
			out[j] = out[j - 1];
		out[j] = (struct alternative){ (uint32_t)v, z[v] };
	}
	for (j = 0; j < n; j++)
		out[j].logp = (float)((double)out[j].logp - lse);
}

/* The tokens first .. end-1 of a choice as actions; owns its tokens. */
static struct traj
as_traj(const struct choice *c, size_t first, size_t end, struct span *span)
{
	struct traj t = { .id = (char *)c->id,
		.n = end,
		.span = span,
		.spans = 1,
		.actions = end - first };
	size_t i;

	*span = (struct span){ (uint32_t)first, (uint32_t)end };
	t.tokens = mem_alloc(end, sizeof *t.tokens);
	for (i = 0; i < end; i++)
		t.tokens[i] = choice_token(c, i);
	return t;
}

/* Give each choice its part of the pass. */
static void
deal(struct request *r, const struct traj *t, const float *logp,
    const struct alternative *top)
{
	size_t i, at = 0, drawn;

	for (i = 0; i < r->choices; i++) {
		struct choice *c = &r->choice[i];

		c->scored = choice_tokens(c) - request_first(r, c);
		c->logp = mem_alloc(c->scored, sizeof *c->logp);
		if (t[i].actions > 0)
			memcpy(c->logp, logp + at,
			    t[i].actions * sizeof *c->logp);
		drawn = c->scored - c->job.n;
		if (c->job.n > 0)
			memcpy(c->logp + drawn, c->job.logp,
			    c->job.n * sizeof *c->logp);
		if (top != NULL && t[i].actions > 0) {
			c->top = mem_alloc(c->scored * r->top, sizeof *c->top);
			memcpy(c->top, top + at * r->top,
			    c->scored * r->top * sizeof *c->top);
		}
		at += t[i].actions;
	}
}

int
scoring_run(struct request *r, const struct served *s)
{
	struct likeliest w = { .V = s->policy.config.V, .each = r->top };
	const struct likelihood_terms terms = { &w, any_pack, any_block,
		find_likeliest };
	struct traj *t;
	struct span *span;
	float *logp;
	size_t i, actions;
	int rc;

	if (!r->logprobs)
		return 0;
	t = mem_alloc(r->choices, sizeof *t);
	span = mem_alloc(r->choices, sizeof *span);
	for (i = 0; i < r->choices; i++) {
		const struct choice *c = &r->choice[i];
		const size_t end = r->top > 0 ? choice_tokens(c) : c->prompt->n;

		t[i] = as_traj(c, request_first(r, c), end, &span[i]);
	}
	actions = likelihood_actions(t, r->choices);
	logp = mem_floats(actions);
	if (r->top > 0)
		w.out = mem_alloc(actions * r->top, sizeof *w.out);
	rc = r->top > 0 ? likelihood_evaluate(s->likelihood, &s->policy.params,
			      t, r->choices, &terms, logp) :
			  likelihood_logp(s->likelihood, &s->policy.params, t,
			      r->choices, logp, NULL);
	if (rc == 0)
		deal(r, t, logp, w.out);
	for (i = 0; i < r->choices; i++)
		free(t[i].tokens);
	free(t);
	free(span);
	free(logp);
	free(w.out);
	return rc;
}
