/* SPDX-License-Identifier: MIT */
/*
 * A fit of S steps to this round's batch and P earlier ones: each step takes a
 * score of every batch and a pass both ways.  The first score of this round's
 * batch is there before the fit, and one more of what leaves the tool comes
 * after it.  With dropout the scores of a step are dropped, and whole ones come
 * before each step only if the accuracy may end the fit.  Earlier batches count
 * as large as this one.
 */
#include "discriminator/discplan.h"

#include <string.h>

#include "nn/packed.h"
#include "nn/probe.h"

struct discplan {
	struct plan plan;
	struct disc_round *r;
	bool fits;
	struct discriminator_passes passes;
	struct plan_passes member[TEXTS_MOST]; /* of a mixture */
	size_t records;                        /* bytes of a round, at most */
};

static size_t
batch_bytes(const struct disc_batch *x)
{
	const size_t numbers = 3 * likelihood_actions(x->t, x->n);
	size_t i, bytes = numbers * sizeof(float);

	for (i = 0; i < x->own; i++)
		bytes += traj_bytes(&x->t[i]);
	return bytes;
}

/* dropped: scores and gradients of a step; without dropout the same as one. */
static void
count_passes(struct discplan *p, const struct discriminator_passes *one,
    const struct discriminator_passes *dropped,
    const struct discriminator_passes *last)
{
	const struct disc_settings *how = &p->r->settings;
	const bool drops = how->fitting.dropout > 0;
	const double S = p->fits ? (double)how->fitting.steps : 0;
	double P = (double)(p->plan.segments - 1);

	P = P < (double)how->replay ? P : (double)how->replay;
	plan_passes_add(&p->passes.policy, &one->policy, 1);
	plan_passes_add(&p->passes.base, &one->base, 1);
	plan_passes_add(&p->passes.score, &one->score,
	    1 + (S > 1 && (!drops || how->fitting.until <= 1) ? S - 1 : 0));
	if (!(S > 0))
		return;
	plan_passes_add(&p->passes.score, &dropped->score,
	    S * (drops ? P + 1 : P));
	plan_passes_add(&p->passes.score, &last->score, 1);
	plan_passes_add(&p->passes.gradient, &dropped->gradient, S * (P + 1));
}

static int
add_batch(struct discplan *p, const struct disc_batch *x)
{
	struct discriminator_passes one, dropped, last;
	struct disc_round *r = p->r;
	size_t i, bytes = batch_bytes(x);
	size_t passed = r->settings.with_demos ? x->n : x->own;
	const struct likelihood_dropout drop = {
		.rate = r->settings.fitting.dropout
	};
	int rc;

	memset(&one, 0, sizeof one);
	memset(&dropped, 0, sizeof dropped);
	memset(&last, 0, sizeof last);
	for (i = 0; i < x->n; i++)
		plan_see(&p->plan, r->disc.config.V, x->t[i].tokens, x->t[i].n);
	p->plan.segments++;
	bytes *= 1 + (size_t)r->settings.replay;
	p->records = bytes > p->records ? bytes : p->records;
	if (discriminator_plan(&r->d, x->t, x->n, &one) != 0 ||
	    discriminator_plan(&r->d, x->t, passed, &last) != 0)
		return -1;
	likelihood_drop(r->d.work, &drop);
	rc = discriminator_plan(&r->d, x->t, x->n, &dropped);
	likelihood_drop(r->d.work, NULL);
	if (rc != 0)
		return rc;
	count_passes(p, &one, &dropped, &last);
	for (i = 0; i < r->members.n && rc == 0; i++)
		rc = mixture_plan(&r->members, i, r->d.work, x->t, x->n,
		    &p->member[i]);
	return rc;
}

static int
read_all(struct discplan *p, struct stream_in *in)
{
	struct disc_round *r = p->r;
	struct traj_segment s = { 0 };
	struct disc_batch x;
	int rc, bad = 0;

	while (bad == 0 && (rc = traj_read(in, &s)) > 0) {
		bad = disc_round_check(r, &s);
		if (bad != 0 || s.n == 0)
			continue;
		disc_batch_init(&x, &s, r->pool, r->settings.seed,
		    r->disc.step + p->plan.segments);
		bad = add_batch(p, &x);
		disc_batch_release(&x);
	}
	traj_segment_release(&s);
	return bad != 0 || rc < 0 ? -1 : 0;
}

/* A model that is only evaluated. */
static int
end_beside(struct discplan *p, const struct ckpt *c,
    const struct plan_passes *w)
{
	struct probe probe;

	if (c->dir == NULL)
		return 0;
	plan_passes(plan_model(&p->plan, c, PLAN_EVALUATE, 0), w);
	if (w->micro == 0)
		return 0;
	if (probe_passes(&probe, c, w->micro, p->plan.longest, false) != 0)
		return -1;
	probe_add_open(&p->plan, &probe, c, false);
	probe_add(&p->plan, &probe, c, w, false, false);
	return 0;
}

/*
 * The members of a mixture work one after the other in the discriminator's
 * workspace: what the fullest pass takes is counted there.
 */
static void
join_members(struct discplan *p)
{
	struct plan_passes none, *w;
	size_t k;

	for (k = 0; k < p->r->members.n; k++) {
		w = &p->member[k];
		none = (struct plan_passes){ .activations = w->activations,
			.logits = w->logits };
		plan_passes_add(&p->passes.score, &none, 0);
		w->activations = w->logits = 0;
	}
}

static int
end_members(struct discplan *p)
{
	const struct mixture *m = &p->r->members;
	size_t k;

	for (k = 0; k < m->n; k++)
		if (end_beside(p, &m->member[k], &p->member[k]) != 0)
			return -1;
	return 0;
}

/* The weights in training are a copy, of which a step rewrites all. */
static void
end_trainer(struct discplan *p, const struct probe *probe)
{
	struct ckpt *c = &p->r->disc;
	const double bytes = (double)trainer_bytes(c, OPTIMIZER_ADAMW);
	const double steps = (double)p->r->settings.fitting.steps;

	p->plan.bytes[PLAN_OPTIMIZER] = bytes;
	p->plan.seconds[PLAN_OUTPUT] +=
	    probe->open * bytes * (1 + steps) * (double)p->plan.segments;
}

static int
end_disc(struct discplan *p)
{
	struct ckpt *c = &p->r->disc;
	const struct discriminator_passes *w = &p->passes;
	struct plan_passes most = w->score;
	struct plan_model *m = plan_model(&p->plan, c,
	    p->fits ? PLAN_BACKWARD_TOO : PLAN_EVALUATE, 0);
	struct probe probe;

	if (p->fits && c->adapter == NULL) { /* a copy is trained */
		m->opened = (double)(c->wide_cap * sizeof *c->wide);
		m->bytes[PLAN_WEIGHTS] = m->packing.weights = m->opened;
	}
	plan_passes_add(&most, &w->gradient, 0);
	plan_passes(m, &most);
	p->plan.micro = most.micro;
	if (most.micro == 0)
		return 0;
	if (probe_passes(&probe, c, most.micro, p->plan.longest, p->fits) != 0)
		return -1;
	probe_add_open(&p->plan, &probe, c, false);
	probe_add(&p->plan, &probe, c, &w->score, false, false);
	if (!p->fits)
		return 0;
	probe_add(&p->plan, &probe, c, &w->gradient, true,
	    p->r->settings.recompute);
	end_trainer(p, &probe);
	return 0;
}

static int
end(struct discplan *p)
{
	const struct disc_round *r = p->r;

	if (p->plan.trajectories == 0)
		return 0;
	join_members(p);
	if (end_beside(p, &r->policy, &p->passes.policy) != 0 ||
	    end_beside(p, &r->base, &p->passes.base) != 0 || end_disc(p) != 0 ||
	    end_members(p) != 0)
		return -1;
	p->plan.bytes[PLAN_RECORDS] =
	    (double)(p->records + (r->pool != NULL ? pool_bytes(r->pool) : 0));
	plan_program(&p->plan, p->fits);
	return 0;
}

int
discplan_read(const struct disc_settings *how, struct stream_in *in, bool json,
    struct buf *text)
{
	struct discplan p = { .fits = how->expert != NULL || how->fit };
	struct disc_round r;
	int rc = disc_round_open(&r, how);

	if (rc != 0)
		return -1;
	p.r = &r;
	rc = read_all(&p, in);
	if (rc == 0)
		rc = end(&p);
	if (rc == 0)
		plan_write(&p.plan, json, text);
	rc = rc < 0 ? -1 : p.plan.trajectories > 0;
	plan_release(&p.plan);
	return disc_round_close(&r) != 0 ? -1 : rc;
}
