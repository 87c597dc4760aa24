/* SPDX-License-Identifier: MIT */
/*
 * queue: calls between the threads of the server, which bring requests and
 * deliver answers, and the worker, which owns the policy.
 *
 * A thread of the server adds a call and waits for its answer.  The worker
 * takes all calls that have come.  An answer grows by call_say, if it is a
 * stream, and ends with call_end; from then on the call belongs to the thread
 * that added it.
 */
#ifndef SERVE_QUEUE_H
#define SERVE_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "serve/request.h"

enum { QUEUE_CALLS = 256, QUEUE_SECONDS = 600 };

struct call {
	struct request request;
	uint64_t number;  /* since the start */
	long created;     /* seconds since 1970 */
	double added;     /* seconds of a steady clock */
	atomic_bool gone; /* the client has left: nothing more is drawn */
	struct call *next;
	/* the worker's: it is of the batch; choices that have entered it, and
	 * those of them that are not over; one has failed */
	bool begun, failed;
	size_t entered, live;
	/* under the queue's lock: */
	pthread_cond_t news;
	int status;     /* of HTTP; 0: not known yet */
	struct buf out; /* the answer so far, but for its first bytes: */
	size_t dropped; /* so many, which were read */
	bool done;
};

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t more, fewer; /* calls wait; a call has been delivered */
	struct call *first, *last;
	size_t active; /* added, and not yet dropped */
	uint64_t number;
	bool closing;
};

void queue_init(struct queue *);
void queue_release(struct queue *);

/* ---- a thread of the server */

/* A call, which owns the request from now on. */
struct call *call_new(struct request *);
/* -1: there are too many, or the server ends; the call is as before. */
must_use int queue_add(struct queue *, struct call *);
/* Wait, at most `millis`, until the answer has more than `from` bytes or is
 * whole (SIZE_MAX: until it is whole): its status; 0: it is not so yet. */
int queue_wait(struct queue *, struct call *, size_t from, int millis);
/* Copy up to n bytes of the answer, from byte `from` on, and drop those before
 * it: their number; 0 at present, -1 at the end. */
long queue_read(struct queue *, struct call *, size_t from, char *p, size_t n);
/* Free a call; one that was added has to be done. */
void call_free(struct call *);
void queue_drop(struct queue *, struct call *);

/* ---- the worker */

/* Take all calls, a list by `next`; NULL: there is none.  wait: until there is
 * one; NULL: the queue is closed and empty. */
struct call *queue_take(struct queue *, bool wait);
/* Seconds since a call was added. */
double call_age(const struct call *);
void call_say(struct queue *, struct call *, const struct buf *);
void call_end(struct queue *, struct call *, int status, const struct buf *);

/* ---- the end */

/* Refuse calls from now on; those that wait are still taken. */
void queue_close(struct queue *);
/* Wait until each call is dropped. */
void queue_drain(struct queue *);

#endif
