/* SPDX-License-Identifier: MIT */
#include "likelihood/rolloutplan.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "likelihood/ensemble.h"
#include "nn/decode_run.h"
#include "nn/kvcache.h"
#include "nn/packed.h"
#include "nn/probe.h"

/* What one policy draws. */
struct share {
	struct ckpt *policy;
	struct plan_passes exact; /* of the pass in F32 */
	struct probe_draws draws;
	struct decode_sizes most;
	double cache; /* keys and values, in whole pages */
};

struct rolloutplan {
	struct plan plan;
	const struct mixture *members;
	const struct decode_options *how;
	const struct respond_options *respond;
	bool is_exact;
	struct share share[1 + TEXTS_MOST];
	size_t context; /* the smallest of all */
	size_t records;
};

static size_t
most(size_t a, size_t b)
{
	return a > b ? a : b;
}

static double
paged(double bytes)
{
	return (double)mem_block_bytes((size_t)bytes / sizeof(float));
}

/* What prompts take in whole pages, for each byte. */
static double
prompts_paged(const struct share *x, const struct responses *r)
{
	const struct ckpt *c = x->policy;
	double bytes = 0, pages = 0, one;
	size_t i;

	for (i = 0; i < r->jobs; i++) {
		if (i > 0 && r->job[i].prompt == r->job[i - 1].prompt)
			continue;
		one = (double)kvcache_bytes(&c->config, packed_type(&c->params),
		    r->job[i].prompt_n);
		bytes += one;
		pages += paged(one);
	}
	return bytes > 0 ? pages / bytes : 1;
}

/* Memory of the fullest segment. */
static int
add_sizes(const struct rolloutplan *p, struct share *x,
    const struct responses *r)
{
	struct config c = x->policy->config;
	struct decode_sizes z, *m = &x->most;
	double cache;

	c.context = p->context;
	if (decode_plan(&c, &x->policy->params, p->how, r->job, r->jobs, &z) !=
	    0)
		return -1;
	m->slots = most(m->slots, z.slots);
	m->rows = most(m->rows, z.rows);
	m->logits = most(m->logits, z.logits);
	m->activations = most(m->activations, z.activations);
	cache = (double)z.slots * paged(z.slot) + z.held * prompts_paged(x, r);
	x->cache = x->cache > cache ? x->cache : cache;
	return 0;
}

/* *bytes += those of the samples. */
static int
add_responses(struct rolloutplan *p, struct share *x, const struct responses *r,
    size_t *bytes)
{
	struct config c = x->policy->config;
	const struct decode_job *j = r->job;
	double drawn = 0, longest = 0, n;
	size_t i;

	c.context = p->context;
	if (add_sizes(p, x, r) != 0)
		return -1;
	for (i = 0; i < r->jobs; i++, j++) {
		n = (double)decode_most(&c, p->how, j);
		if (i == 0 || j->prompt != j[-1].prompt)
			x->draws.given += (double)j->prompt_n;
		drawn += n;
		longest = n > longest ? n : longest;
		x->draws.attended += n * ((double)j->prompt_n + n / 2);
		/* tokens and two log-probabilities, in arrays that double */
		*bytes += (size_t)n * 6 * sizeof(float);
	}
	x->draws.drawn += drawn;
	drawn /= (double)x->most.slots;
	x->draws.steps += drawn > longest ? drawn : longest;
	return p->is_exact ?
	    respond_exact_plan(r, x->policy, p->how, &x->exact) :
	    0;
}

/* The pass in F32 comes after sampling: memory of the fuller one counts. */
static int
end_exact(struct rolloutplan *p, const struct share *x)
{
	const enum tile_type type = packed_type(&x->policy->params);
	const size_t k = (size_t)(x - p->share);
	struct plan after = p->plan;
	double bytes[PLAN_PARTS];
	struct probe probe;
	size_t i;
	int rc;

	after.models = k;
	packed_set_type(&x->policy->params, TILE_F32);
	plan_passes(plan_model(&after, x->policy, PLAN_EVALUATE, after.samples),
	    &x->exact);
	after.models = p->plan.models;
	rc = probe_passes(&probe, x->policy, x->exact.micro, x->exact.micro,
	    false);
	packed_set_type(&x->policy->params, type);
	if (rc != 0)
		return -1;
	if (plan_peak(&after, bytes) > plan_peak(&p->plan, bytes)) {
		p->plan.model[k] = after.model[k];
		for (i = 0; i < PLAN_PARTS; i++)
			p->plan.bytes[i] = after.bytes[i];
	}
	probe_add(&p->plan, &probe, x->policy, &x->exact, false, false);
	return 0;
}

/*
 * Keys, values and activations of the policies are there one after the other:
 * the most of each is the first policy's here.
 */
static void
end_sizes(struct rolloutplan *p)
{
	double *bytes = p->plan.model[0].bytes;
	size_t k;

	for (k = 0; k <= p->members->n; k++) {
		const struct share *x = &p->share[k];

		bytes[PLAN_ACTIVATIONS] =
		    fmax(bytes[PLAN_ACTIVATIONS], (double)x->most.activations);
		bytes[PLAN_LOGITS] =
		    fmax(bytes[PLAN_LOGITS], (double)x->most.logits);
		bytes[PLAN_CACHE] = fmax(bytes[PLAN_CACHE], x->cache);
	}
}

/* Probe the machine, and complete the plan. */
static int
end(struct rolloutplan *p)
{
	const struct plan_passes none = { 0 };
	size_t k;

	if (p->plan.samples == 0)
		return 0;
	for (k = 0; k <= p->members->n; k++) {
		struct share *x = &p->share[k];
		struct plan_model *m = plan_model(&p->plan, x->policy,
		    PLAN_DECODE, (size_t)x->draws.drawn);

		x->draws.slots = x->most.slots;
		if (x->most.slots == 0)
			plan_passes(m, &none);
	}
	end_sizes(p);
	p->plan.bytes[PLAN_RECORDS] = (double)p->records;
	plan_program(&p->plan, false);
	for (k = 0; k <= p->members->n; k++) {
		const struct share *x = &p->share[k];

		if (x->most.slots > 0 &&
		    (probe_decode(&p->plan, x->policy, p->how, &x->draws) !=
			    0 ||
			(p->is_exact && end_exact(p, x) != 0)))
			return -1;
	}
	return 0;
}

static int
add_segment(struct rolloutplan *p, const struct traj_segment *s)
{
	struct responses r = { 0 }, part = { 0 };
	size_t k, bytes = 0, *index;
	int rc = ensemble_plan(&r, s, p->share[0].policy, p->members,
	    p->how->seed, p->respond, &p->context);

	part.job = mem_alloc(r.jobs, sizeof *part.job);
	index = mem_alloc(r.jobs, sizeof *index);
	for (k = 0; rc == 0 && k < r.jobs; k++)
		if (k == 0 || r.job[k].prompt != r.job[k - 1].prompt)
			plan_see(&p->plan, p->share[0].policy->config.V,
			    r.job[k].prompt, r.job[k].prompt_n);
	for (k = 0; rc == 0 && k <= p->members->n; k++) {
		ensemble_share(&r, p->share[k].policy, &part, index);
		if (part.jobs > 0)
			rc = add_responses(p, &p->share[k], &part, &bytes);
	}
	p->records = most(p->records, bytes);
	p->plan.segments++;
	p->plan.samples += r.jobs;
	free(part.job);
	free(index);
	respond_release(&r);
	return rc;
}

int
rolloutplan_read(struct ckpt *policy, const struct mixture *members,
    const struct decode_options *how, const struct respond_options *respond,
    bool exact, struct stream_in *in, bool json, struct buf *text)
{
	struct rolloutplan p = { .members = members,
		.how = how,
		.respond = respond,
		.is_exact = exact };
	struct traj_segment s = { 0 };
	size_t k;
	int rc;

	for (k = 0; k <= members->n; k++)
		p.share[k].policy = ensemble_policy(policy, members, k);
	while ((rc = traj_read(in, &s)) > 0)
		if (s.n > 0 && add_segment(&p, &s) != 0)
			break;
	traj_segment_release(&s);
	if (rc == 0)
		rc = end(&p);
	else
		rc = -1;
	if (rc == 0)
		plan_write(&p.plan, json, text);
	rc = rc < 0 ? -1 : p.plan.samples > 0;
	plan_release(&p.plan);
	return rc;
}
