/* SPDX-License-Identifier: MIT */
#include "likelihood/rolloutplan.h"

#include "base/mem.h"
#include "nn/kvcache.h"
#include "nn/packed.h"
#include "nn/probe.h"

struct rolloutplan {
	struct plan plan;
	struct ckpt *policy;
	const struct decode_options *how;
	const struct respond_options *respond;
	bool is_exact;
	struct plan_passes exact; /* of the pass in F32 */
	struct probe_draws draws;
	struct decode_sizes most;
	double cache; /* keys and values, in whole pages */
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
prompts_paged(const struct rolloutplan *p, const struct responses *r)
{
	const struct ckpt *c = p->policy;
	double bytes = 0, pages = 0, one;
	size_t i;

	for (i = 0; i < r->jobs; i += r->each) {
		one = (double)kvcache_bytes(&c->config, packed_type(&c->params),
		    r->job[i].prompt_n);
		bytes += one;
		pages += paged(one);
	}
	return bytes > 0 ? pages / bytes : 1;
}

/* Memory of the fullest segment. */
static int
add_sizes(struct rolloutplan *p, const struct responses *r)
{
	const struct ckpt *c = p->policy;
	struct decode_sizes z, *m = &p->most;
	double cache;

	if (decode_plan(&c->config, &c->params, p->how, r->job, r->jobs, &z) !=
	    0)
		return -1;
	m->slots = most(m->slots, z.slots);
	m->rows = most(m->rows, z.rows);
	m->logits = most(m->logits, z.logits);
	m->activations = most(m->activations, z.activations);
	cache = (double)z.slots * paged(z.slot) + z.held * prompts_paged(p, r);
	p->cache = p->cache > cache ? p->cache : cache;
	return 0;
}

static int
add_responses(struct rolloutplan *p, const struct responses *r)
{
	const struct config *c = &p->policy->config;
	const struct decode_job *j = r->job;
	double drawn = 0, longest = 0, n;
	size_t i, bytes = 0;

	if (add_sizes(p, r) != 0)
		return -1;
	for (i = 0; i < r->jobs; i++, j++) {
		n = (double)decode_most(c, p->how, j);
		if (i == 0 || j->prompt != j[-1].prompt) {
			plan_see(&p->plan, c->V, j->prompt, j->prompt_n);
			p->draws.given += (double)j->prompt_n;
		}
		drawn += n;
		longest = n > longest ? n : longest;
		p->draws.attended += n * ((double)j->prompt_n + n / 2);
		/* tokens and two log-probabilities, in arrays that double */
		bytes += (size_t)n * 6 * sizeof(float);
	}
	p->records = most(p->records, bytes);
	p->draws.drawn += drawn;
	drawn /= (double)p->most.slots;
	p->draws.steps += drawn > longest ? drawn : longest;
	p->plan.segments++;
	p->plan.samples += r->jobs;
	return p->is_exact ?
	    respond_exact_plan(r, p->policy, p->how, &p->exact) :
	    0;
}

/* The pass in F32 comes after sampling: memory of the fuller one counts. */
static int
end_exact(struct rolloutplan *p)
{
	const enum tile_type type = packed_type(&p->policy->params);
	struct plan after = p->plan;
	double bytes[PLAN_PARTS];
	struct probe probe;
	size_t i;
	int rc;

	after.models = 0;
	packed_set_type(&p->policy->params, TILE_F32);
	plan_passes(plan_model(&after, p->policy, PLAN_EVALUATE, after.samples),
	    &p->exact);
	rc = probe_passes(&probe, p->policy, p->exact.micro, p->exact.micro,
	    false);
	packed_set_type(&p->policy->params, type);
	if (rc != 0)
		return -1;
	if (plan_peak(&after, bytes) > plan_peak(&p->plan, bytes)) {
		p->plan.model[0] = after.model[0];
		for (i = 0; i < PLAN_PARTS; i++)
			p->plan.bytes[i] = after.bytes[i];
	}
	probe_add(&p->plan, &probe, p->policy, &p->exact, false, false);
	return 0;
}

/* Probe the machine, and complete the plan. */
static int
end(struct rolloutplan *p)
{
	struct plan_model *m;

	if (p->plan.samples == 0)
		return 0;
	p->draws.slots = p->most.slots;
	m = plan_model(&p->plan, p->policy, PLAN_DECODE,
	    (size_t)p->draws.drawn);
	m->bytes[PLAN_ACTIVATIONS] = (double)p->most.activations;
	m->bytes[PLAN_LOGITS] = (double)p->most.logits;
	p->plan.bytes[PLAN_RECORDS] = (double)p->records;
	m->bytes[PLAN_CACHE] = p->cache;
	plan_program(&p->plan, false);
	if (probe_decode(&p->plan, p->policy, p->how, &p->draws) != 0)
		return -1;
	return p->is_exact ? end_exact(p) : 0;
}

static int
add_segment(struct rolloutplan *p, const struct traj_segment *s)
{
	struct responses r = { 0 };
	int rc = respond_check(s, p->policy);

	if (rc == 0)
		rc = respond_plan(&r, s, &p->policy->config, p->respond);
	if (rc == 0)
		rc = add_responses(p, &r);
	respond_release(&r);
	return rc;
}

int
rolloutplan_read(struct ckpt *policy, const struct decode_options *how,
    const struct respond_options *respond, bool exact, struct stream_in *in,
    bool json, struct buf *text)
{
	struct rolloutplan p = { .policy = policy,
		.how = how,
		.respond = respond,
		.is_exact = exact };
	struct traj_segment s = { 0 };
	int rc;

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
