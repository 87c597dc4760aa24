/* SPDX-License-Identifier: MIT */
#include "serve/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

static void
lock(struct queue *q)
{
	(void)pthread_mutex_lock(&q->lock);
}

static void
unlock(struct queue *q)
{
	(void)pthread_mutex_unlock(&q->lock);
}

void
queue_init(struct queue *q)
{
	*q = (struct queue){ 0 };
	(void)pthread_mutex_init(&q->lock, NULL);
	(void)pthread_cond_init(&q->more, NULL);
	(void)pthread_cond_init(&q->fewer, NULL);
}

void
queue_release(struct queue *q)
{
	(void)pthread_cond_destroy(&q->more);
	(void)pthread_cond_destroy(&q->fewer);
	(void)pthread_mutex_destroy(&q->lock);
}

struct call *
call_new(struct request *r)
{
	struct call *c = mem_alloc(1, sizeof *c);
	pthread_condattr_t steady;

	c->request = *r;
	*r = (struct request){ 0 };
	(void)pthread_condattr_init(&steady);
	(void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&c->news, &steady);
	(void)pthread_condattr_destroy(&steady);
	return c;
}

void
call_free(struct call *c)
{
	if (c == NULL)
		return;
	(void)pthread_cond_destroy(&c->news);
	request_release(&c->request);
	buf_release(&c->out);
	free(c);
}

int
queue_add(struct queue *q, struct call *c)
{
	int rc = 0;

	lock(q);
	if (q->closing)
		rc = fail("the server ends");
	else if (q->active >= QUEUE_CALLS)
		rc =
		    fail("%zu requests wait or are at work already", q->active);
	if (rc == 0) {
		c->number = ++q->number;
		c->created = (long)clock_date();
		c->added = clock_steady();
		if (q->last != NULL)
			q->last->next = c;
		else
			q->first = c;
		q->last = c;
		q->active++;
		(void)pthread_cond_signal(&q->more);
	}
	unlock(q);
	return rc;
}

int
queue_wait(struct queue *q, struct call *c, size_t from, int millis)
{
	const struct timespec until = clock_in(millis);
	int status, late = 0;

	lock(q);
	while (late == 0 && !c->done && c->dropped + c->out.n <= from)
		late = pthread_cond_timedwait(&c->news, &q->lock, &until);
	status = c->done || c->dropped + c->out.n > from ? c->status : 0;
	unlock(q);
	return status;
}

/* Drop bytes that were read, where they are most of what is held. */
static void
drop_read(struct call *c, size_t n)
{
	if (n <= c->out.n / 2)
		return;
	memmove(c->out.p, c->out.p + n, c->out.n - n);
	c->out.n -= n;
	c->dropped += n;
}

long
queue_read(struct queue *q, struct call *c, size_t from, char *p, size_t n)
{
	size_t left;

	lock(q);
	drop_read(c, from - c->dropped);
	from -= c->dropped;
	left = c->out.n - from;
	n = left < n ? left : n;
	if (n > 0)
		memcpy(p, c->out.p + from, n);
	else if (c->done)
		n = SIZE_MAX;
	unlock(q);
	return n == SIZE_MAX ? -1 : (long)n;
}

void
queue_drop(struct queue *q, struct call *c)
{
	lock(q);
	q->active--;
	(void)pthread_cond_signal(&q->fewer);
	unlock(q);
	call_free(c);
}

struct call *
queue_take(struct queue *q, bool wait)
{
	struct call *first;

	lock(q);
	while (wait && q->first == NULL && !q->closing)
		(void)pthread_cond_wait(&q->more, &q->lock);
	first = q->first;
	q->first = q->last = NULL;
	unlock(q);
	return first;
}

double
call_age(const struct call *c)
{
	return clock_steady() - c->added;
}

void
call_say(struct queue *q, struct call *c, const struct buf *more)
{
	lock(q);
	c->status = 200;
	buf_add(&c->out, more->p, more->n);
	(void)pthread_cond_signal(&c->news);
	unlock(q);
}

void
call_end(struct queue *q, struct call *c, int status, const struct buf *more)
{
	lock(q);
	c->status = status;
	buf_add(&c->out, more->p, more->n);
	c->done = true;
	(void)pthread_cond_signal(&c->news);
	unlock(q);
}

void
queue_close(struct queue *q)
{
	lock(q);
	q->closing = true;
	(void)pthread_cond_signal(&q->more);
	unlock(q);
}

void
queue_drain(struct queue *q)
{
	lock(q);
	while (q->active > 0)
		(void)pthread_cond_wait(&q->fewer, &q->lock);
	unlock(q);
}
