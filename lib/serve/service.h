/* SPDX-License-Identifier: MIT */
/*
 * service: the endpoints, without HTTP.
 *
 * service_answer looks an endpoint up by method and path and gives it the body.
 * An endpoint answers at once, or makes a call for the worker, whose answer the
 * caller waits for (queue.h) and then drops.  Any thread may call it.
 */
#ifndef SERVE_SERVICE_H
#define SERVE_SERVICE_H

#include "base/buf.h"
#include "serve/queue.h"
#include "serve/served.h"

enum { SERVICE_BYTES = 8 << 20 }; /* of a body */

struct service {
	struct served served;
	struct queue queue;
};

/* An answer.  Begins as all zero. */
struct reply {
	int status;
	struct buf body;
	struct call *call; /* NULL: the body is the answer */
};

/* Never fails: what is wrong with a request is its answer. */
void service_answer(struct service *, const char *method, const char *path,
    const char *body, size_t n, struct reply *);
/* Make the answer an error. */
void reply_error(struct reply *, int status, const char *message);

#endif
