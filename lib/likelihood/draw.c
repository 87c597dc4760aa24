/* SPDX-License-Identifier: MIT */
#include "likelihood/draw.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "text/stops.h"
#include "text/tokenizer.h"

/* What a job has said, as far as a stop text may begin in it. */
struct heard {
	struct buf tail;
	bool begun; /* the text is not empty, with the prompt's */
};

struct listener {
	const struct responses *r;
	const struct tokenizer *tokenizer;
	struct heard *heard; /* [jobs] */
};

/* Append the last token of a job to what it has said. */
static void
hear(const struct listener *l, const struct decode_job *j, struct heard *h)
{
	const uint32_t *token = &j->tokens[j->n - 1];
	const size_t before = h->tail.n;
	struct buf raw = { 0 };

	if (j->n == 1) {
		tokenizer_decode_more(l->tokenizer, j->prompt, j->prompt_n,
		    false, &raw);
		h->begun = raw.n > 0;
		buf_reset(&raw);
	}
	tokenizer_decode_more(l->tokenizer, token, 1, false, &raw);
	if (h->begun)
		buf_add(&h->tail, raw.p, raw.n);
	else
		tokenizer_decode(l->tokenizer, token, 1, false, &h->tail);
	h->begun = h->begun || raw.n > 0 || h->tail.n > before;
	buf_release(&raw);
}

static bool
has_stopped(void *ctx, const struct decode_job *j)
{
	const struct listener *l = ctx;
	struct heard *h = &l->heard[j - l->r->job];
	const size_t keep = l->r->stops->longest - 1;
	size_t n;
	bool stopped;

	hear(l, j, h);
	n = h->tail.n;
	stopped = stops_find(l->r->stops, h->tail.p, n) < n;
	if (n > keep) {
		memmove(h->tail.p, h->tail.p + n - keep, keep);
		h->tail.n = keep;
	}
	return stopped;
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
		buf_release(&l.heard[i].tail);
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
