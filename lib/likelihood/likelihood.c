/* SPDX-License-Identifier: MIT */
/*
 * With z the logits, p = softmax(z) and a the action,
 *   log pi(a) = z_a - lse(z),   d(-c log pi(a)) / dz = c (p - onehot(a))
 *   d(-c z_a + m lse(z)) / dz = m p - c onehot(a)
 */
#include "likelihood/likelihood.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "base/sum.h"
#include "nn/packed.h"
#include "tensor/softmax.h"

struct likelihood {
	struct config config;
	struct activations *acts;
	struct packer packs;
	float *dz; /* [n V] of a block, what terms add to the gradient */
	size_t dz_cap;
};

struct likelihood *
likelihood_new(const struct config *c, size_t micro)
{
	struct likelihood *l = mem_alloc(1, sizeof(*l));

	l->config = *c;
	l->packs = (struct packer){ .config = &l->config, .micro = micro };
	l->acts = activations_new(c);
	return l;
}

void
likelihood_free(struct likelihood *l)
{
	if (l == NULL)
		return;
	activations_free(l->acts);
	packer_release(&l->packs);
	free(l->dz);
	free(l);
}

void
likelihood_of(struct likelihood *l, const struct config *c)
{
	l->config = *c;
	activations_of(l->acts, c);
}

void
likelihood_recompute(struct likelihood *l)
{
	l->acts->recompute = true;
}

void
likelihood_drop(struct likelihood *l, const struct likelihood_dropout *d)
{
	const struct likelihood_dropout none = { 0 };

	l->packs.dropout = d != NULL ? *d : none;
	l->acts->dropout = l->packs.dropout.rate;
}

size_t
likelihood_micro(const struct likelihood *l)
{
	return l->packs.micro;
}

bool
likelihood_recomputes(const struct likelihood *l)
{
	return l->acts->recompute;
}

size_t
likelihood_actions(const struct traj *t, size_t n)
{
	size_t i, sum = 0;

	for (i = 0; i < n; i++)
		sum += t[i].actions;
	return sum;
}

int
likelihood_plan(struct likelihood *l, const struct params *p,
    const struct traj *t, size_t n, bool backward, struct plan_passes *w)
{
	const struct matrices *m = packed_shapes(p, &l->config);
	const bool scored = l->config.scored;
	struct plan_passes one;
	size_t i = 0;
	int more;

	while ((more = packer_next(&l->packs, t, n, &i, scored ? 0 : 1)) > 0) {
		const size_t R = scored ? 0 : l->packs.pack.R;

		one = (struct plan_passes){ .micro = l->packs.pack.T,
			.packs = 1,
			.tokens = (double)l->packs.pack.T,
			.rows = (double)R,
			.pairs = plan_pairs(&l->packs.pack),
			.logits = head_floats(&l->config, R) * sizeof(float) };
		one.activations = sizeof(float) *
		    activations_floats(l->acts, m, &l->packs.pack, backward);
		plan_passes_add(w, &one, 1);
	}
	return more;
}

/* Lets a head_fn call a likelihood_fn. */
struct rows {
	struct likelihood *l;
	likelihood_fn *fn;
	void *ctx;
	int status;
};

static void
rows_block(void *arg, size_t first, size_t n, float *logits)
{
	struct rows *r = arg;

	if (r->status == 0)
		r->status = r->fn(r->ctx, r->l->packs.at + first, n,
		    r->l->config.V, logits);
}

/* All packs of n trajectories, forward, and with d backward. */
static int
run_packs(struct likelihood *l, const struct params *p, const struct traj *t,
    size_t n, likelihood_fn *fn, void *ctx,
    const struct likelihood_terms *terms, struct params *d)
{
	struct rows r = { l, fn, ctx, 0 };
	size_t i = 0;
	int more;

	while ((more = packer_next(&l->packs, t, n, &i, 1)) > 0) {
		if (terms != NULL &&
		    terms->pack(terms->ctx, &l->packs.pack) < 0)
			return -1;
		transformer_forward(l->acts, p, &l->packs.pack, d != NULL);
		head_rows(l->acts, &l->packs.pack, rows_block, &r, d);
		if (r.status < 0)
			return -1;
		if (d != NULL)
			transformer_backward(l->acts, p, &l->packs.pack, d);
	}
	return more;
}

int
likelihood_rows(struct likelihood *l, const struct params *p,
    const struct traj *t, size_t n, likelihood_fn *fn, void *ctx,
    struct params *d)
{
	return run_packs(l, p, t, n, fn, ctx, NULL, d);
}

/* The distributions of actions, block by block. */
struct row_work {
	struct likelihood *l;
	const struct traj *t;
	const struct likelihood_terms *terms; /* NULL: none */
	const float *coef;                    /* NULL: no gradient */
	const float *mass;                    /* NULL: coef */
	float *logp;
	float *entropy, *z, *lse; /* NULL: not wanted */
	size_t done;              /* actions before the block */
	/* the current block */
	const struct likelihood_at *at;
	size_t V;
	float *logits;
};

/* What the terms add to the gradient of row i; they see its logits z first. */
static const float *
row_terms(const struct row_work *s, size_t i, const float *z)
{
	const struct likelihood_terms *b = s->terms;
	float *dz = NULL;

	if (b == NULL)
		return NULL;
	if (s->coef != NULL) {
		dz = s->l->dz + i * s->V;
		memset(dz, 0, s->V * sizeof(*dz));
	}
	b->row(b->ctx, i, s->done + i, &s->at[i], z, logsumexp(z, s->V), dz);
	return dz;
}

static void
distribution_row(size_t i, void *arg)
{
	struct row_work *s = arg;
	const struct likelihood_at *at = &s->at[i];
	const size_t V = s->V, k = s->done + i;
	float *z = s->logits + i * V, mass;
	const float *dz = row_terms(s, i, z);
	double chosen = (double)z[s->t[at->traj].tokens[at->token]], lse;
	size_t v;

	if (s->coef == NULL) {
		lse = logsumexp(z, V);
		if (s->entropy != NULL)
			s->entropy[k] = (float)softmax_entropy(z, V);
		s->logp[k] = (float)(chosen - lse);
		if (s->z != NULL) {
			s->z[k] = (float)chosen;
			s->lse[k] = (float)lse;
		}
		return;
	}
	mass = s->mass != NULL ? s->mass[k] : s->coef[k];
	lse = softmax_scaled(z, V, mass,
	    s->entropy != NULL ? s->entropy + k : NULL);
	s->logp[k] = (float)(chosen - lse);
	z[s->t[at->traj].tokens[at->token]] -= s->coef[k];
	for (v = 0; dz != NULL && v < V; v++)
		z[v] += dz[v];
}

static int
work_block(void *ctx, const struct likelihood_at *at, size_t n, size_t V,
    float *logits)
{
	struct row_work *s = ctx;
	struct likelihood *l = s->l;
	size_t i;

	s->at = at;
	s->V = V;
	s->logits = logits;
	if (s->terms != NULL) {
		s->terms->block(s->terms->ctx, (size_t)(at - l->packs.at), n);
		if (s->coef != NULL)
			l->dz =
			    mem_grow(l->dz, &l->dz_cap, n * V, sizeof(*l->dz));
	}
	par_for(n, distribution_row, s);
	for (i = 0; i < n; i++)
		if (!isfinite(s->logp[s->done + i]))
			return traj_fail(&s->t[at[i].traj],
			    "the log-probability of action %zu is not finite",
			    at[i].action);
	s->done += n;
	return 0;
}

int
likelihood_logp(struct likelihood *l, const struct params *p,
    const struct traj *t, size_t n, float *logp, float *entropy)
{
	struct row_work s = { .l = l,
		.t = t,
		.logp = logp,
		.entropy = entropy };

	return run_packs(l, p, t, n, work_block, &s, NULL, NULL);
}

int
likelihood_sums(struct likelihood *l, const struct params *p,
    const struct traj *t, size_t n, double *sum)
{
	float *logp = mem_floats(likelihood_actions(t, n)), *at = logp;
	int rc = likelihood_logp(l, p, t, n, logp, NULL);
	size_t i;

	for (i = 0; i < n; at += t[i].actions, i++)
		sum[i] = sum_floats(at, t[i].actions);
	free(logp);
	return rc;
}

int
likelihood_evaluate(struct likelihood *l, const struct params *p,
    const struct traj *t, size_t n, const struct likelihood_terms *terms,
    float *logp)
{
	struct row_work s = { .l = l, .t = t, .terms = terms, .logp = logp };

	return run_packs(l, p, t, n, work_block, &s, terms, NULL);
}

int
likelihood_logits(struct likelihood *l, const struct params *p,
    const struct traj *t, size_t n, float *z, float *lse)
{
	float *logp = mem_floats(likelihood_actions(t, n));
	struct row_work s = { .l = l,
		.t = t,
		.logp = logp,
		.z = z,
		.lse = lse };
	int status = run_packs(l, p, t, n, work_block, &s, NULL, NULL);

	free(logp);
	return status;
}

int
likelihood_gradient(struct likelihood *l, const struct params *p,
    const struct traj *t, size_t n, const float *coef, float *logp,
    struct params *d)
{
	return likelihood_logits_gradient(l, p, t, n, coef, NULL, NULL, logp,
	    NULL, d);
}

int
likelihood_logits_gradient(struct likelihood *l, const struct params *p,
    const struct traj *t, size_t n, const float *coef, const float *mass,
    const struct likelihood_terms *terms, float *logp, float *entropy,
    struct params *d)
{
	float *own = logp == NULL ? mem_floats(likelihood_actions(t, n)) : NULL;
	struct row_work s = { .l = l,
		.t = t,
		.terms = terms,
		.coef = coef,
		.mass = mass,
		.logp = own != NULL ? own : logp,
		.entropy = entropy };
	int status = run_packs(l, p, t, n, work_block, &s, terms, d);

	free(own);
	return status;
}

int
likelihood_scores(struct likelihood *l, const struct params *p,
    const struct traj *t, size_t n, float *s)
{
	size_t i = 0, k;
	int more;

	while ((more = packer_next(&l->packs, t, n, &i, 0)) > 0) {
		transformer_forward(l->acts, p, &l->packs.pack, false);
		panel_forward(s, l->acts->hidden,
		    &l->acts->matrices->score.panel, NULL, NULL,
		    l->packs.pack.R);
		for (k = 0; k < l->packs.pack.R; k++)
			if (!isfinite(s[k]))
				return traj_fail(&t[l->packs.at[k].traj],
				    "the score of action %zu is not finite",
				    l->packs.at[k].action);
		s += l->packs.pack.R;
	}
	return more;
}

int
likelihood_scores_gradient(struct likelihood *l, const struct params *p,
    const struct traj *t, size_t n, const float *ds, struct params *d)
{
	const struct linear *score;
	size_t i = 0;
	int more;

	while ((more = packer_next(&l->packs, t, n, &i, 0)) > 0) {
		transformer_forward(l->acts, p, &l->packs.pack, true);
		score = &l->acts->matrices->score;
		linear_input(l->acts->dhidden, ds, score, l->packs.pack.R,
		    true);
		linear_weight(d->score, NULL, ds, l->acts->hidden, score,
		    l->packs.pack.R, l->acts->gradients.scratch);
		transformer_backward(l->acts, p, &l->packs.pack, d);
		ds += l->packs.pack.R;
	}
	return more;
}
