/* SPDX-License-Identifier: MIT */
#include "serve/worker.h"

#include "serve/answer.h"
#include "serve/requestjobs.h"
#include "serve/scoring.h"

struct batch {
	struct served *served;
	struct queue *queue;
	struct decode_options how; /* memory: all else is the calls' own */
	struct decode *decode;     /* NULL: no call is begun */
	struct call *first;        /* those taken, as they came */
	size_t begun;              /* how many of them */
	bool closed;               /* no others begin: newer weights wait */
};

static struct answer_head
head_of(const struct batch *b, const struct call *c)
{
	return (struct answer_head){ &c->request, b->served, c->number,
		c->created };
}

/* ---- the end of a call */

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

/* Refuse a call that may be at work; its rows are free at once. */
static void
give_up(struct batch *b, struct call *c, const char *why)
{
	size_t i;

	for (i = 0; i < c->entered; i++)
		if (!c->request.choice[i].job.over)
			decode_leave(b->decode, &c->request.choice[i].job);
	b->begun -= c->begun;
	refuse(b, c, why);
}

/* Answer a call whose choices are drawn. */
static void
answer(struct batch *b, struct call *c)
{
	struct request *r = &c->request;
	const struct answer_head h = head_of(b, c);
	struct buf out = { 0 };
	size_t i;

	b->begun--;
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

/* ---- between two tokens */

/* -1: one of its choices can never be drawn. */
static int
begin(struct batch *b, struct call *c)
{
	if (requestjobs_make(&c->request, &b->served->policy, &b->how) != 0)
		return -1;
	c->begun = true;
	b->begun++;
	return 0;
}

/* Begin a call or end it, if it is time; whether it is answered. */
static bool
settle(struct batch *b, struct call *c)
{
	const struct request *r = &c->request;
	const char *why = NULL;

	if (atomic_load(&c->gone))
		why = "the client has left";
	else if (c->failed)
		why = "the logits of a token are not finite";
	else if (c->entered == 0 && call_age(c) > QUEUE_SECONDS)
		why = "the request has waited too long";
	else if (!c->begun && !b->closed && begin(b, c) != 0)
		why = err_last();
	if (why != NULL) {
		give_up(b, c, why);
		return true;
	}
	if (!c->begun || (r->draws && c->entered < r->choices) || c->live > 0)
		return false;
	answer(b, c);
	return true;
}

static void
settle_all(struct batch *b)
{
	struct call **at = &b->first, *c, *next;

	while ((c = *at) != NULL) {
		next = c->next; /* an answered call may be freed at once */
		if (settle(b, c))
			*at = next;
		else
			at = &c->next;
	}
}

/* The call that gets a free row: the first of those that have the fewest. */
static struct call *
find_next(const struct batch *b)
{
	struct call *c, *found = NULL;

	for (c = b->first; c != NULL; c = c->next)
		if (c->begun && c->request.draws &&
		    c->entered < c->request.choices &&
		    (found == NULL || c->live < found->live))
			found = c;
	return found;
}

static void
fill(struct batch *b)
{
	const struct ckpt *p = &b->served->policy;
	struct call *c;

	while ((c = find_next(b)) != NULL) {
		if (b->decode == NULL)
			b->decode = decode_new(&p->config, &p->params, &b->how,
			    DECODE_SLOTS, DECODE_ROWS);
		if (!decode_enter(b->decode,
			&c->request.choice[c->entered].job))
			break;
		c->entered++;
		c->live++;
	}
}

/* ---- after a token */

/* The events of what choice i has said since the last token. */
static void
stream_choice(const struct batch *b, const struct call *c, size_t i,
    struct buf *out)
{
	const struct answer_head h = head_of(b, c);
	struct choice *o = &c->request.choice[i];
	const struct decode_job *j = &o->job;
	struct buf text = { 0 };

	if (j->n == 0 || o->closed)
		return;
	if (c->request.chat && !o->opened)
		answer_event(out, &h, i, &text);
	o->opened = true;
	continuation_text(&o->text, j->tokens, j->n, j->over, &text);
	if (text.n > 0)
		answer_event(out, &h, i, &text);
	if (j->over)
		answer_closing(out, &h, i);
	o->closed = j->over;
	buf_release(&text);
}

static void
stream(struct batch *b, struct call *c)
{
	struct buf out = { 0 };
	size_t i;

	for (i = 0; i < c->entered; i++)
		stream_choice(b, c, i, &out);
	if (out.n > 0)
		call_say(b->queue, c, &out);
	buf_release(&out);
}

/* Count the choices that are at work. */
static void
count(struct call *c)
{
	size_t i;

	c->live = 0;
	for (i = 0; i < c->entered; i++) {
		c->live += !c->request.choice[i].job.over;
		c->failed |= c->request.choice[i].job.failed;
	}
}

static void
step(struct batch *b)
{
	struct call *c;

	fill(b);
	if (b->decode == NULL || decode_live(b->decode) == 0)
		return;
	(void)decode_step(b->decode);
	for (c = b->first; c != NULL; c = c->next) {
		count(c);
		if (c->request.stream && !c->failed)
			stream(b, c);
	}
}

/* ---- batches */

/* Let the weights be the newest, before the first call begins. */
static void
renew(struct batch *b)
{
	struct call *c, *next;

	b->closed = false;
	if (b->first == NULL || served_refresh(b->served) == 0)
		return;
	for (c = b->first; c != NULL; c = next) {
		next = c->next;
		refuse(b, c, err_last());
	}
	b->first = NULL;
}

/* Take the calls that have come, or wait for some; false: there are no more. */
static bool
take(struct batch *b)
{
	struct call **end = &b->first;

	if (b->begun == 0) {
		decode_free(b->decode);
		b->decode = NULL;
	}
	while (*end != NULL)
		end = &(*end)->next;
	*end = queue_take(b->queue, b->first == NULL);
	return b->first != NULL;
}

void
worker_run(struct served *s, struct queue *q, size_t memory)
{
	struct batch b = { s, q, { .memory = memory } };

	while (take(&b)) {
		if (b.begun == 0)
			renew(&b);
		else
			b.closed = served_outdated(s);
		settle_all(&b);
		step(&b);
	}
}
