/* SPDX-License-Identifier: MIT */
#include "objective/objectiveplan.h"

#include <stdlib.h>

#include "base/mem.h"
#include "nn/packed.h"
#include "nn/probe.h"
#include "objective/distill.h"
#include "objective/imitation.h"
#include "objective/mismatch.h"
#include "objective/policygrad.h"
#include "objective/regularizers.h"
#include "objective/singles.h"

/* A model beside the policy. */
struct beside {
	const struct ckpt *ckpt; /* borrowed; NULL: none */
	struct likelihood *work;
	struct plan_passes passes;
};

struct objectiveplan {
	struct plan plan;
	const struct objectivegrad *g;
	/* of the policy: both ways; and forward alone, before that */
	struct plan_passes both, ahead;
	struct beside teacher[TEXTS_MOST], reference;
	size_t teachers;
	size_t records; /* most bytes of a segment */
	size_t values;  /* sums sent, in all segments */
};

/* d: the passes are of the policy's packs, which are dropped; or NULL. */
static struct beside
beside(const struct ckpt *ckpt, size_t micro,
    const struct likelihood_dropout *d)
{
	struct beside m = { .ckpt = ckpt };

	m.work = likelihood_new(&m.ckpt->config, micro);
	likelihood_drop(m.work, d);
	return m;
}

/* Whether the row asks for a pass of the policy before the backward pass. */
static int
looks_ahead(const struct objectiveplan *p, const struct objective_row *row,
    const struct traj_segment *s)
{
	const struct objective_settings *o = &p->g->settings;
	const bool later = row->coefficients == distill && o->credit.future > 0;

	if (row->loss != NULL || row->coefficients == imitation_iq)
		return 1;
	if (!later && row->coefficients != policygrad)
		return 0;
	if (policygrad_undropped(o) != 0)
		return -1;
	return later ? 1 : policygrad_moved(s, p->g->policy);
}

static int
add_beside(struct beside *m, const struct traj_segment *s, int times)
{
	int rc = 0;

	while (m->ckpt != NULL && times-- > 0 && rc == 0)
		rc = likelihood_plan(m->work, &m->ckpt->params, s->t, s->n,
		    false, &m->passes);
	return rc;
}

/* What singles take beside their own passes. */
static int
add_mismatched(struct objectiveplan *p, const struct traj_segment *s)
{
	const struct objectivegrad *g = p->g;
	struct traj_segment others = *s;
	struct mismatch m;
	int rc;

	mismatch_init(&m, s, g->settings.mask_cut,
	    singles_context(&g->settings, g->policy));
	others.t = m.t;
	others.n = m.n;
	rc = likelihood_plan(g->work, &g->policy->params, m.t, m.n, false,
	    &p->ahead);
	if (rc >= 0 && add_beside(&p->reference, &others, 1) != 0)
		rc = fail_in("the reference");
	mismatch_release(&m);
	return rc < 0 ? -1 : 0;
}

/* s has no masked trajectories any more. */
static int
add_passes(struct objectiveplan *p, const struct objective_row *row,
    const struct traj_segment *s)
{
	const struct objectivegrad *g = p->g;
	const int ahead = looks_ahead(p, row, s);
	const bool distils = row->coefficients == distill;
	size_t k;

	if (ahead < 0 ||
	    likelihood_plan(g->work, &g->policy->params, s->t, s->n, true,
		&p->both) < 0)
		return -1;
	if (ahead > 0 &&
	    likelihood_plan(g->work, &g->policy->params, s->t, s->n, false,
		&p->ahead) < 0)
		return -1;
	for (k = 0; k < p->teachers; k++)
		if (add_beside(&p->teacher[k], s, 1 + (distils && ahead > 0)) !=
		    0)
			return fail_in("the teacher");
	if (add_beside(&p->reference, s, 1) != 0)
		return fail_in("the reference");
	return row->unit == UNIT_SINGLE ? add_mismatched(p, s) : 0;
}

/* Records, and for each action log pi and the values of terms. */
static size_t
segment_bytes(const struct objectiveplan *p, const struct traj_segment *s)
{
	const struct likelihood_terms *terms =
	    regularizers_terms(p->g->settings.regularizers);
	const size_t action = 3 * sizeof(float) +
	    (terms != NULL ? sizeof(struct regularizer_value) : 0);
	size_t i, bytes = likelihood_actions(s->t, s->n) * action;

	for (i = 0; i < s->n; i++)
		bytes += traj_bytes(&s->t[i]);
	return bytes;
}

/* -1 names a record that objectivegrad_send would refuse too. */
static int
add_segment(struct objectiveplan *p, const struct traj_segment *s)
{
	const struct objectivegrad *g = p->g;
	const struct objective_row *row = objective_row_of(&g->settings, s);
	const struct config *c = &g->policy->config;
	struct traj_segment whole = *s;
	size_t i, bytes;
	int rc;

	if (traj_same_tokenizer(s, g->policy->tokenizer, c->V) != 0 ||
	    traj_check(s, c->V, c->context) != 0)
		return -1;
	for (i = 0; i < s->n; i++)
		plan_see(&p->plan, c->V, s->t[i].tokens, s->t[i].n);
	if (s->n == 0)
		return 0;
	p->plan.segments++;
	bytes = segment_bytes(p, s);
	p->records = bytes > p->records ? bytes : p->records;
	p->values += ckpt_trained(g->policy)->total;
	whole.t = mem_alloc(s->n, sizeof *whole.t);
	if (g->settings.mask_cut && row->loss == NULL)
		whole.n = objectivegrad_whole(s, whole.t);
	else
		for (i = 0; i < s->n; i++)
			whole.t[i] = s->t[i];
	rc = add_passes(p, row, &whole);
	free(whole.t);
	return rc;
}

/* ---- adding up */

/* Logits of a model beside the policy are in an array that doubles. */
static int
end_beside(struct objectiveplan *p, struct beside *m)
{
	struct plan_passes w = m->passes;
	const size_t floats = w.logits / sizeof(float);
	struct probe probe;

	if (m->ckpt == NULL)
		return 0;
	w.logits = mem_capacity(0, floats) * sizeof(float);
	plan_passes(plan_model(&p->plan, m->ckpt, PLAN_EVALUATE, 0), &w);
	if (w.micro == 0)
		return 0;
	if (probe_passes(&probe, m->ckpt, w.micro, p->plan.longest, false) != 0)
		return -1;
	probe_add_open(&p->plan, &probe, m->ckpt, false);
	probe_add(&p->plan, &probe, m->ckpt, &w, false, false);
	return 0;
}

static int
end_policy(struct objectiveplan *p)
{
	const struct objectivegrad *g = p->g;
	const bool recompute = likelihood_recomputes(g->work);
	struct plan_model *m =
	    plan_model(&p->plan, g->policy, PLAN_BACKWARD_TOO, 0);
	const size_t length = p->plan.tokens / p->plan.trajectories;
	struct probe probe;

	plan_passes(m, &p->both);
	p->plan.micro = p->both.micro;
	if (p->both.micro == 0)
		return 0;
	if (probe_passes(&probe, g->policy, p->both.micro, length, true) != 0)
		return -1;
	probe_add_open(&p->plan, &probe, g->policy, false);
	probe_add(&p->plan, &probe, g->policy, &p->ahead, false, false);
	probe_add(&p->plan, &probe, g->policy, &p->both, true, recompute);
	p->plan.seconds[PLAN_OUTPUT] =
	    2 * probe.open * (double)(p->values * sizeof(float));
	return 0;
}

/* Probe the machine, and complete the plan. */
static int
end(struct objectiveplan *p)
{
	const struct objectivegrad *g = p->g;
	double *bytes = p->plan.bytes;
	size_t k;

	if (p->plan.trajectories == 0)
		return 0;
	for (k = 0; k < p->teachers; k++) {
		if (k > 1) /* teachers.h: one's logits, and the mean */
			p->teacher[k].passes.logits = 0;
		if (end_beside(p, &p->teacher[k]) != 0)
			return -1;
	}
	if (end_beside(p, &p->reference) != 0 || end_policy(p) != 0)
		return -1;
	bytes[PLAN_GRADIENTS] =
	    (double)ckpt_trained(g->policy)->total * sizeof(float);
	if (regularizers_terms(g->settings.regularizers) != NULL)
		bytes[PLAN_LOGITS] = (double)(sizeof(float) *
		    mem_capacity(0, p->both.logits / sizeof(float)));
	bytes[PLAN_RECORDS] = (double)p->records;
	plan_program(&p->plan, true);
	return 0;
}

static int
read_all(struct objectiveplan *p, struct stream_in *in)
{
	struct traj_segment s = { 0 };
	int rc;

	while ((rc = traj_read(in, &s)) > 0)
		if (add_segment(p, &s) != 0)
			break;
	traj_segment_release(&s);
	return rc == 0 ? 0 : -1;
}

int
objectiveplan_read(const struct objectivegrad *g, struct stream_in *in,
    bool json, struct buf *text)
{
	const size_t micro = likelihood_micro(g->work);
	const struct objective_settings *o = &g->settings;
	const struct likelihood_dropout drop = { .rate = o->dropout };
	struct objectiveplan p = { .g = g };
	size_t k;
	int rc;

	for (; g->teacher != NULL && p.teachers < teachers_count(g->teacher);
	     p.teachers++)
		p.teacher[p.teachers] =
		    beside(teachers_ckpt(g->teacher, p.teachers), micro, &drop);
	if (g->reference != NULL)
		p.reference = beside(frozen_ckpt(g->reference), micro,
		    o->reference == NULL ? &drop : NULL);
	likelihood_drop(g->work, &drop);
	rc = read_all(&p, in);
	if (rc == 0)
		rc = end(&p);
	if (rc == 0)
		plan_write(&p.plan, json, text);
	rc = rc < 0 ? -1 : p.plan.trajectories > 0;
	for (k = 0; k < p.teachers; k++)
		likelihood_free(p.teacher[k].work);
	likelihood_free(p.reference.work);
	plan_release(&p.plan);
	return rc;
}
