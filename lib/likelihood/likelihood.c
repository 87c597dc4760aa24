/* SPDX-License-Identifier: MIT */
/*
 * A pack holds a trajectory up to the last token that matters: the one before
 * the last action for distributions, because the distribution of an action is
 * read at the token before it; the last action itself for scores.
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
#include "nn/packed.h"
#include "tensor/softmax.h"

enum { SHARED_LEAST = 8 }; /* given tokens worth sharing */

struct likelihood {
	struct config config;
	size_t micro;
	struct activations *acts;
	/* the current pack */
	struct pack pack;
	uint32_t *tokens;
	size_t *start, *row;
	struct likelihood_at *at; /* of each row */
	size_t *parent;
	bool shared; /* a sequence of the pack continues another */
	size_t tokens_cap, start_cap, row_cap, at_cap, parent_cap;
	float *dz; /* [n V] of a block, what terms add to the gradient */
	size_t dz_cap;
};

struct likelihood *
likelihood_new(const struct config *c, size_t micro)
{
	struct likelihood *l = mem_alloc(1, sizeof(*l));

	l->config = *c;
	l->micro = micro;
	l->acts = activations_new(c);
	return l;
}

void
likelihood_free(struct likelihood *l)
{
	if (l == NULL)
		return;
	activations_free(l->acts);
	free(l->tokens);
	free(l->start);
	free(l->parent);
	free(l->row);
	free(l->at);
	free(l->dz);
	free(l);
}

void
likelihood_recompute(struct likelihood *l)
{
	l->acts->recompute = true;
}

size_t
likelihood_micro(const struct likelihood *l)
{
	return l->micro;
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

/* How many tokens matter; an action's row is `back` tokens before it. */
static size_t
tokens_used(const struct traj *t, size_t back)
{
	return t->actions == 0 ? 0 : t->span[t->spans - 1].end - back;
}

static int
check_traj(const struct likelihood *l, const struct traj *t, size_t n)
{
	size_t i;

	if (n > l->config.context)
		return traj_fail(t,
		    "%zu tokens are more than the context of %zu", n,
		    l->config.context);
	for (i = 0; i < n; i++)
		if (t->tokens[i] >= l->config.V)
			return traj_fail(t,
			    "token %zu is %u, expected below %zu", i,
			    t->tokens[i], l->config.V);
	return 0;
}

/* Append n tokens to the pack as a sequence that continues `parent`. */
static void
pack_sequence(struct likelihood *l, const uint32_t *tokens, size_t n,
    size_t parent)
{
	struct pack *p = &l->pack;

	l->tokens =
	    mem_grow(l->tokens, &l->tokens_cap, p->T + n, sizeof(*l->tokens));
	l->start =
	    mem_grow(l->start, &l->start_cap, p->B + 2, sizeof(*l->start));
	l->parent =
	    mem_grow(l->parent, &l->parent_cap, p->B + 1, sizeof(*l->parent));
	memcpy(l->tokens + p->T, tokens, n * sizeof(*l->tokens));
	l->parent[p->B] = parent;
	l->start[p->B++] = p->T;
	l->start[p->B] = p->T += n;
	p->tokens = l->tokens;
	p->start = l->start;
	if (parent + 1 != p->B)
		l->shared = true;
	p->parent = l->shared ? l->parent : NULL;
}

/* Append the rows of trajectory i, whose token `from` is the pack's `at`. */
static void
pack_rows(struct likelihood *l, const struct traj *t, size_t i, size_t at,
    size_t from, size_t back)
{
	struct pack *p = &l->pack;
	size_t s, k, action = 0;

	l->row =
	    mem_grow(l->row, &l->row_cap, p->R + t->actions, sizeof(*l->row));
	l->at = mem_grow(l->at, &l->at_cap, p->R + t->actions, sizeof(*l->at));
	for (s = 0; s < t->spans; s++)
		for (k = t->span[s].start; k < t->span[s].end; k++) {
			l->row[p->R] = at + k - back - from;
			l->at[p->R++] =
			    (struct likelihood_at){ i, action++, k };
		}
	p->row = l->row;
}

/* Whether both begin with enough given tokens that are equal, rotated alike. */
static bool
same_beginning(const struct config *c, const struct traj *a,
    const struct traj *b, size_t back)
{
	size_t n;

	if (a->actions == 0 || b->actions == 0 ||
	    config_is_long(c, tokens_used(a, back)) !=
		config_is_long(c, tokens_used(b, back)))
		return false;
	n = a->span[0].start - back;
	return n >= SHARED_LEAST && n == b->span[0].start - back &&
	    memcmp(a->tokens, b->tokens, n * sizeof(*a->tokens)) == 0;
}

/*
 * Append the first n tokens of trajectory i.  follows: it shares the prompt
 * of i - 1, which is sequence *parent.  followed: i + 1 shares its prompt, so
 * that becomes a sequence of its own.
 */
static void
pack_add(struct likelihood *l, const struct traj *t, size_t i, size_t n,
    size_t back, bool follows, bool followed, size_t *parent)
{
	size_t from = 0, at;

	if (follows || followed)
		from = t[i].span[0].start - back;
	if (followed && !follows) {
		*parent = l->pack.B;
		pack_sequence(l, t[i].tokens, from, *parent);
	}
	at = l->pack.T;
	pack_sequence(l, t[i].tokens + from, n - from,
	    from > 0 ? *parent : l->pack.B);
	pack_rows(l, &t[i], i, at, from, back);
}

/* The next pack, from trajectory *i on: 1, 0 when none is left, -1. */
static int
pack_next(struct likelihood *l, const struct traj *t, size_t n, size_t *i,
    size_t back)
{
	size_t parent = 0, cost, used;
	bool follows = false, followed;

	memset(&l->pack, 0, sizeof(l->pack));
	l->shared = false;
	for (; *i < n; (*i)++, follows = followed) {
		followed = *i + 1 < n &&
		    same_beginning(&l->config, &t[*i], &t[*i + 1], back);
		used = tokens_used(&t[*i], back);
		if (used == 0)
			continue;
		cost = follows ? used + back - t[*i].span[0].start : used;
		if (l->pack.B > 0 && l->pack.T + cost > l->micro)
			break;
		if (check_traj(l, &t[*i], used) < 0)
			return -1;
		pack_add(l, t, *i, used, back, follows, followed, &parent);
	}
	return l->pack.B > 0;
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

	while ((more = pack_next(l, t, n, &i, scored ? 0 : 1)) > 0) {
		const size_t R = scored ? 0 : l->pack.R;

		one = (struct plan_passes){ .micro = l->pack.T,
			.packs = 1,
			.tokens = (double)l->pack.T,
			.rows = (double)R,
			.pairs = plan_pairs(&l->pack),
			.logits = head_floats(&l->config, R) * sizeof(float) };
		one.activations = sizeof(float) *
		    activations_floats(l->acts, m, &l->pack, backward);
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
		r->status =
		    r->fn(r->ctx, r->l->at + first, n, r->l->config.V, logits);
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

	while ((more = pack_next(l, t, n, &i, 1)) > 0) {
		if (terms != NULL && terms->pack(terms->ctx, &l->pack) < 0)
			return -1;
		transformer_forward(l->acts, p, &l->pack, d != NULL);
		head_rows(l->acts, &l->pack, rows_block, &r, d);
		if (r.status < 0)
			return -1;
		if (d != NULL)
			transformer_backward(l->acts, p, &l->pack, d);
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
		s->terms->block(s->terms->ctx, (size_t)(at - l->at), n);
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

	while ((more = pack_next(l, t, n, &i, 0)) > 0) {
		transformer_forward(l->acts, p, &l->pack, false);
		panel_forward(s, l->acts->hidden,
		    &l->acts->matrices->score.panel, NULL, NULL, l->pack.R);
		for (k = 0; k < l->pack.R; k++)
			if (!isfinite(s[k]))
				return traj_fail(&t[l->at[k].traj],
				    "the score of action %zu is not finite",
				    l->at[k].action);
		s += l->pack.R;
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

	while ((more = pack_next(l, t, n, &i, 0)) > 0) {
		transformer_forward(l->acts, p, &l->pack, true);
		score = &l->acts->matrices->score;
		linear_input(l->acts->dhidden, ds, score, l->pack.R, true);
		linear_weight(d->score, NULL, ds, l->acts->hidden, score,
		    l->pack.R, l->acts->gradients.scratch);
		transformer_backward(l->acts, p, &l->pack, d);
		ds += l->pack.R;
	}
	return more;
}
