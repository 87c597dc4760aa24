/* SPDX-License-Identifier: MIT */
#include "likelihood/draw.h"

#include <stdlib.h>

#include "base/mem.h"
#include "likelihood/heard.h"
#include "nn/decode_run.h"

struct listener {
	const struct responses *r;
	const struct tokenizer *tokenizer;
	struct heard *heard; /* [jobs] */
};

static bool
has_stopped(void *ctx, const struct decode_job *j)
{
	const struct listener *l = ctx;

	return heard_stop(&l->heard[j - l->r->job], l->tokenizer, l->r->stops,
	    j);
}

int
draw_responses(struct responses *r, const struct config *c,
    const struct params *p, const struct decode_options *how,
    const struct respond_options *respond, int (*tick)(void *, size_t),
    void *ctx)
{
	struct listener l = { .r = r, .tokenizer = respond->tokenizer };
	struct decode_options o = *how;
	size_t i;
	int rc;

	if (r->stops == NULL || r->stops->n == 0)
		return decode_run(c, p, how, r->job, r->jobs, tick, ctx);
	l.heard = mem_alloc(r->jobs, sizeof(*l.heard));
	o.stopped = has_stopped;
	o.ctx = &l;
	rc = decode_run(c, p, &o, r->job, r->jobs, tick, ctx);
	for (i = 0; i < r->jobs; i++)
		heard_release(&l.heard[i]);
	free(l.heard);
	return rc;
}

int
draw_segment(struct responses *r, const struct traj_segment *s,
    const struct ckpt *policy, const struct decode_options *how,
    const struct respond_options *respond, int (*tick)(void *, size_t),
    void *ctx)
{
	struct config c = policy->config;

	if (respond_check(s, policy) < 0 || respond_ends(s, &c) < 0 ||
	    respond_plan(r, s, &c, respond) < 0)
		return -1;
	return draw_responses(r, &c, &policy->params, how, respond, tick, ctx);
}
