/* SPDX-License-Identifier: MIT */
/*
 * heard: whether a response has said one of the stop texts (text/stops.h), as
 * it grows.
 *
 * What the prompt says does not count.  A text may be split over tokens.
 */
#ifndef LIKELIHOOD_HEARD_H
#define LIKELIHOOD_HEARD_H

#include <stdbool.h>

#include "base/buf.h"
#include "nn/decode.h"
#include "text/stops.h"
#include "text/tokenizer.h"

/* What a job has said, as far as a stop text may begin in it.  Begins as all
 * zero. */
struct heard {
	struct buf tail;
	bool begun; /* the text is not empty, with the prompt's */
};

/* Call it after each token of a job: true once a text is complete.  There is
 * at least one text. */
bool heard_stop(struct heard *, const struct tokenizer *, const struct stops *,
    const struct decode_job *);
void heard_release(struct heard *);

#endif
