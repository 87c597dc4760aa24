/* SPDX-License-Identifier: MIT */
#include "serve/worker.h"

#include <stdlib.h>

#include "base/mem.h"
#include "nn/decode_run.h"
#include "serve/answer.h"
#include "serve/scoring.h"

/* Where a job comes from. */
struct place {
	struct call *call;
	struct choice *choice;
};

struct batch {
	struct served *served;
	struct queue *queue;
	size_t memory;
	struct place *place;    /* [jobs] */
	struct decode_job *job; /* [jobs] */
	size_t jobs, place_cap, job_cap;
};

static struct answer_head
head_of(const struct batch *b, const struct call *c)
{
	return (struct answer_head){ &c->request, b->served, c->number,
		c->created };
}

static void
refuse(struct batch *b, struct call *c, const char *why)
{
	struct buf out = { 0 };

	if (c->status != 0) /* within a stream */
		buf_adds(&out, "data: ");
	answer_error(&out, 503, why);
	if (c->status != 0)
		buf_adds(&out, "\n\n");
	call_end(b->queue, c, c->status != 0 ? 200 : 503, &out);
	buf_release(&out);
}

static bool
has_stopped(void *ctx, const struct decode_job *j)
{
	const struct batch *b = ctx;
	const struct place *p = &b->place[j - b->job];
	const struct request *r = &p->call->request;

	if (atomic_load(&p->call->gone))
		return true;
	if (r->end >= 0 && j->tokens[j->n - 1] == (uint32_t)r->end)
		return true;
	return r->stops.n > 0 &&
	    heard_stop(&p->choice->heard, b->served->tokenizer, &r->stops, j);
}

/* Whether a job draws no more tokens. */
static bool
is_over(const struct batch *b, const struct decode_job *j)
{
	return j->ended || j->stopped ||
	    j->n >= decode_most(&b->served->policy.config, j->own, j);
}

/* The events of what choice i has said since the last round. */
static void
stream_choice(const struct batch *b, const struct place *p,
    const struct decode_job *j, struct buf *out)
{
	const struct answer_head h = head_of(b, p->call);
	const size_t i = (size_t)(p->choice - p->call->request.choice);
	const bool over = is_over(b, j);
	struct buf text = { 0 };

	if (j->n == 0 || p->choice->closed)
		return;
	if (p->call->request.chat && !p->choice->opened)
		answer_event(out, &h, i, &text);
	p->choice->opened = true;
	continuation_text(&p->choice->text, j->tokens, j->n, over, &text);
	if (text.n > 0)
		answer_event(out, &h, i, &text);
	if (over) {
		p->choice->job = *j; /* for the reason */
		answer_closing(out, &h, i);
		p->choice->job = (struct decode_job){ 0 };
		p->choice->closed = true;
	}
	buf_release(&text);
}

static int
stream_round(void *ctx, size_t drawn)
{
	const struct batch *b = ctx;
	struct buf out = { 0 };
	size_t i;

	(void)drawn;
	for (i = 0; i < b->jobs; i++) {
		struct call *c = b->place[i].call;

		if (!c->request.stream)
			continue;
		stream_choice(b, &b->place[i], &b->job[i], &out);
		if (out.n > 0)
			call_say(b->queue, c, &out);
		buf_reset(&out);
	}
	buf_release(&out);
	return 0;
}

static void
add_jobs(struct batch *b, struct call *c)
{
	struct request *r = &c->request;
	size_t i;

	r->own.step = b->served->policy.step;
	r->own.stopped = has_stopped;
	r->own.ctx = b;
	if (!r->draws)
		return;
	b->place = mem_grow(b->place, &b->place_cap, b->jobs + r->choices,
	    sizeof *b->place);
	b->job =
	    mem_grow(b->job, &b->job_cap, b->jobs + r->choices, sizeof *b->job);
	for (i = 0; i < r->choices; i++, b->jobs++) {
		struct choice *o = &r->choice[i];

		heard_release(&o->heard);
		o->heard = (struct heard){ 0 };
		o->text.stops = &r->stops;
		b->place[b->jobs] = (struct place){ c, o };
		b->job[b->jobs] = (struct decode_job){
			.prompt = o->prompt->tokens,
			.prompt_n = o->prompt->n,
			.id = o->id,
			.pass = (uint64_t)(o->prompt - r->prompt),
			.own = &r->own,
		};
	}
}

/* Draw all jobs of the batch, which then belong to their choices or, after a
 * failure, are freed. */
static int
draw(struct batch *b)
{
	const struct ckpt *p = &b->served->policy;
	const struct decode_options how = { .how = { .temperature = 1,
						.top_p = 1 },
		.memory = b->memory };
	int rc = decode_run(&p->config, &p->params, &how, b->job, b->jobs,
	    stream_round, b);
	size_t i;

	for (i = 0; i < b->jobs; i++) {
		if (rc == 0) {
			b->place[i].choice->job = b->job[i];
			continue;
		}
		free(b->job[i].tokens);
		free(b->job[i].logp);
		free(b->job[i].logq);
	}
	b->jobs = 0;
	return rc;
}

/* Answer a call whose choices are drawn. */
static void
answer(struct batch *b, struct call *c)
{
	struct request *r = &c->request;
	const struct answer_head h = head_of(b, c);
	struct buf out = { 0 };
	size_t i;

	if (atomic_load(&c->gone)) {
		refuse(b, c, "the client has left");
		return;
	}
	if (scoring_run(r, b->served) != 0) {
		refuse(b, c, err_last());
		return;
	}
	for (i = 0; i < r->choices && !r->stream; i++) {
		struct choice *o = &r->choice[i];

		if (o->job.n > 0)
			continuation_text(&o->text, o->job.tokens, o->job.n,
			    true, &o->said);
	}
	if (r->stream)
		answer_end(&out, &h);
	else
		answer_put(&out, &h);
	call_end(b->queue, c, 200, &out);
	buf_release(&out);
}

/* One call by itself, after a batch has failed. */
static void
answer_alone(struct batch *b, struct call *c)
{
	add_jobs(b, c);
	if (draw(b) != 0)
		refuse(b, c, err_last());
	else
		answer(b, c);
}

static void
answer_all(struct batch *b, struct call *first)
{
	const bool ready = served_refresh(b->served) == 0;
	struct call *c, *next, *list = NULL, **last = &list;
	int rc;

	for (c = first; c != NULL; c = next) {
		next = c->next;
		c->next = NULL;
		if (!ready) {
			refuse(b, c, err_last());
		} else if (c->added > QUEUE_SECONDS) {
			refuse(b, c, "the request has waited too long");
		} else {
			*last = c;
			last = &c->next;
			add_jobs(b, c);
		}
	}
	rc = draw(b);
	for (c = list; c != NULL; c = next) {
		next = c->next; /* an answered call may be freed at once */
		if (rc == 0)
			answer(b, c);
		else
			answer_alone(b, c);
	}
}

void
worker_run(struct served *s, struct queue *q, size_t memory)
{
	struct batch b = { .served = s, .queue = q, .memory = memory };
	struct call *first;

	while ((first = queue_take(q)) != NULL)
		answer_all(&b, first);
	free(b.place);
	free(b.job);
}
