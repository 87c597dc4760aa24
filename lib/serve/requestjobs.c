/* SPDX-License-Identifier: MIT */
#include "serve/requestjobs.h"

/* The choice that has this job. */
static struct choice *
choice_of(const struct request *r, const struct decode_job *j)
{
	const char *first = (const char *)&r->choice->job;

	return &r->choice[(size_t)((const char *)j - first) /
	    sizeof *r->choice];
}

static bool
has_stopped(void *ctx, const struct decode_job *j)
{
	const struct request *r = ctx;
	struct choice *c = choice_of(r, j);

	if (r->end >= 0 && j->tokens[j->n - 1] == (uint32_t)r->end)
		return true;
	return r->stops.n > 0 &&
	    heard_stop(&c->heard, c->text.tokenizer, &r->stops, j);
}

int
requestjobs_make(struct request *r, const struct ckpt *policy,
    const struct decode_options *batch)
{
	size_t i;

	r->own.step = policy->step;
	r->own.stopped = has_stopped;
	r->own.ctx = r;
	for (i = 0; r->draws && i < r->choices; i++) {
		struct choice *c = &r->choice[i];

		c->text.stops = &r->stops;
		c->job = (struct decode_job){
			.prompt = c->prompt->tokens,
			.prompt_n = c->prompt->n,
			.id = c->id,
			.pass = (uint64_t)(c->prompt - r->prompt),
			.own = &r->own,
		};
		if (decode_check(&policy->config, &policy->params, batch,
			&c->job) != 0)
			return -1;
	}
	return 0;
}
