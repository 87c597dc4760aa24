/* SPDX-License-Identifier: MIT */
/*
 * answer: the answers to a request as JSON, whole or as server-sent events.
 *
 * Text that is no UTF-8 becomes U+FFFD.
 */
#ifndef SERVE_ANSWER_H
#define SERVE_ANSWER_H

#include <stdint.h>

#include "base/buf.h"
#include "serve/request.h"
#include "serve/served.h"

/* What all answers to a request say of it. */
struct answer_head {
	const struct request *request;
	const struct served *served;
	uint64_t number; /* of the request, since the start */
	long created;    /* seconds since 1970 */
};

/* Append the whole answer to a request whose choices are complete. */
void answer_put(struct buf *, const struct answer_head *);
/* Append the event of some new text of choice i, or of its beginning, where the
 * text is empty. */
void answer_event(struct buf *, const struct answer_head *, size_t i,
    const struct buf *text);
/* Append the event of the end of choice i. */
void answer_closing(struct buf *, const struct answer_head *, size_t i);
/* Append the last events: usage, if it is asked for, and the end. */
void answer_end(struct buf *, const struct answer_head *);
/* Append {"error": {...}} with an HTTP status. */
void answer_error(struct buf *, int status, const char *message);

#endif
