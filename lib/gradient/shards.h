/* SPDX-License-Identifier: MIT */
/*
 * shards: gradient streams side by side, segment by segment.
 *
 * The k-th segments of all streams belong together, the empty ones too.
 * shards_next reads them whole and, when asked to, adds them up: sums and
 * units add, stats as objective.h says, and the header is that of the first
 * that is not empty.  A stream that has ended contributes nothing from then
 * on.  No policy is needed.
 */
#ifndef GRADIENT_SHARDS_H
#define GRADIENT_SHARDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "gradient/gradsum.h"
#include "gradient/metadata.h"

struct shard {
	struct gradient_in *in; /* owned */
	struct gradient_head head;
	struct gradsum sum; /* empty where it went into the whole */
	bool here, empty;   /* it has a segment; one without records */
	bool ended, ended_now;
};

struct shards {
	struct shard *shard;
	size_t n, cap;
	struct gradient_head head; /* of the sum */
	struct gradient_metadata objective;
	struct gradsum sum;
	bool any; /* there was a record */
};

/* All zero is no streams; one more, which it owns. */
void shards_stream(struct shards *, struct stream_in *);
void shards_release(struct shards *);
/*
 * The next segment of all: 1, 0 when all have ended, -1.  Those with records
 * must be of one policy and step; with `add` also of one objective, and they
 * go into head, objective and sum.
 */
must_use int shards_next(struct shards *, bool add);

#endif
