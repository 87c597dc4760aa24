/* SPDX-License-Identifier: MIT */
#include "likelihood/ensemble.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/rng.h"
#include "io/hash.h"
#include "likelihood/draw.h"

size_t
ensemble_choice(uint64_t seed, uint64_t pass, const char *id, size_t n)
{
	/* No token has this position. */
	struct rng r = rng_at(seed, 0, pass, id, UINT64_MAX);

	return (size_t)rng_below(&r, n);
}

/* The responses of one policy, and what counts what all have drawn. */
struct share {
	struct responses r;
	size_t *index; /* [jobs]: which of all responses each is */
	size_t before; /* tokens of the policies before it */
	int (*tick)(void *ctx, size_t drawn);
	void *ctx;
};

static int
tick_share(void *ctx, size_t drawn)
{
	const struct share *x = ctx;

	return x->tick != NULL ? x->tick(x->ctx, x->before + drawn) : 0;
}

void
ensemble_share(const struct responses *all, const struct ckpt *by,
    struct responses *part, size_t *index)
{
	size_t i;

	part->jobs = 0;
	for (i = 0; i < all->jobs; i++)
		if (all->drawn_by[i] == by) {
			index[part->jobs] = i;
			part->job[part->jobs++] = all->job[i];
		}
}

static int
draw_share(struct share *x, struct responses *r, struct ckpt *c, size_t context,
    const struct decode_options *how, const struct respond_options *respond,
    bool exact)
{
	struct config config = c->config;
	struct decode_options own = *how;
	size_t i;
	int rc = respond_ends(r->segment, &config);

	config.context = context;
	own.step = c->step;
	ensemble_share(r, c, &x->r, x->index);
	if (rc != 0 || x->r.jobs == 0)
		return rc;
	rc = draw_responses(&x->r, &config, &c->params, &own, respond,
	    tick_share, x);
	if (rc == 0 && exact)
		rc = respond_exact(&x->r, c);
	for (i = 0; i < x->r.jobs; i++)
		r->job[x->index[i]] = x->r.job[i];
	x->before += respond_tokens(&x->r);
	return rc == 0 ? 0 : fail_in("%s", c->dir);
}

struct ckpt *
ensemble_policy(struct ckpt *first, const struct mixture *m, size_t k)
{
	return k == 0 ? first : &m->member[k - 1];
}

int
ensemble_plan(struct responses *r, const struct traj_segment *s,
    struct ckpt *first, const struct mixture *m, uint64_t seed,
    const struct respond_options *respond, size_t *context)
{
	struct config c = first->config;
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->member[i].config.context < c.context)
			c.context = m->member[i].config.context;
	*context = c.context;
	if (respond_check(s, first) != 0 ||
	    respond_plan(r, s, &c, respond) != 0)
		return -1;
	r->drawn_by = mem_alloc(r->jobs, sizeof *r->drawn_by);
	for (i = 0; i < r->jobs; i++)
		r->drawn_by[i] = ensemble_policy(first, m,
		    ensemble_choice(seed, r->job[i].pass, r->job[i].id,
			1 + m->n));
	return 0;
}

int
ensemble_draw(struct responses *r, const struct traj_segment *s,
    struct ckpt *first, struct mixture *m, const struct decode_options *how,
    const struct respond_options *respond, bool exact,
    int (*tick)(void *ctx, size_t drawn), void *ctx)
{
	struct share x = { .tick = tick, .ctx = ctx };
	size_t k, context;
	int rc;

	if (ensemble_plan(r, s, first, m, how->seed, respond, &context) != 0)
		return -1;
	x.r = (struct responses){ .segment = s, .each = 1, .stops = r->stops };
	x.r.job = mem_alloc(r->jobs, sizeof *x.r.job);
	x.index = mem_alloc(r->jobs, sizeof *x.index);
	for (k = 0, rc = 0; rc == 0 && k <= m->n; k++)
		rc = draw_share(&x, r, ensemble_policy(first, m, k), context,
		    how, respond, exact);
	free(x.r.job);
	free(x.index);
	return rc;
}

struct ckpt
ensemble_named(const struct ckpt *first, const struct mixture *m)
{
	struct ckpt named = *first;
	struct buf all = { 0 };
	char hex[HASH_HEX];
	size_t k;

	buf_addf(&all, "%s@%" PRIu64, first->id, first->step);
	for (k = 0; k < m->n; k++)
		buf_addf(&all, ",%s@%" PRIu64, m->member[k].id,
		    m->member[k].step);
	hash_hex(hex, all.p, all.n);
	buf_release(&all);
	(void)snprintf(named.id, sizeof named.id, "mix-%s", hex);
	named.step = 0;
	return named;
}
