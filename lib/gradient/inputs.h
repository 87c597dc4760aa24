/* SPDX-License-Identifier: MIT */
/*
 * inputs: several gradient streams, read side by side.
 *
 * A round takes one segment of every stream.  Segments of one objective are
 * shards of one batch: their sums and units add.  Where their headers have
 * `batch`, the index of the batch, it has to be the same; else they are
 * aligned by position.  Over the objectives o, the gradient of a round is
 *
 *	g = sum of weight_o * (sums of o) / (units of o).
 *
 * A round is a step where a segment has records, or says that its batch has
 * records in another shard (`batch_size`).  In a step, an objective whose
 * segments are all empty, and whose batch is empty, goes on to its next
 * batch: streams of different objectives are aligned by their steps.  A
 * stream that has ended contributes nothing from then on.
 *
 * Headers come before sums, so that units are known when sums are added:
 *
 *	inputs_open(&w, stream);                  // for each
 *	while ((rc = inputs_next(&w)) > 0)
 *		if (inputs_merge(&w) != 0 ||
 *		    inputs_check(&w, policy, policy->step, 0) != 0 ||
 *		    inputs_add(&w, &d, touched) != 0)
 *			...
 *	inputs_release(&w);
 *
 * Every failure names the stream and the segment.
 */
#ifndef GRADIENT_INPUTS_H
#define GRADIENT_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "gradient/gradient.h"
#include "gradient/gradsum.h"
#include "gradient/metadata.h"
#include "nn/ckpt.h"

struct input {
	struct gradient_in *in; /* owned */
	struct gradient_head head;
	bool here;            /* it has a segment in this round */
	bool empty;           /* the segment has no records */
	bool ended;           /* the stream has ended */
	bool ended_now;       /* this is the first step after its end */
	bool end_noted, idle; /* used by inputs_next */
};

/* All zero: no streams. */
struct inputs {
	struct input *input; /* owned */
	size_t n, cap;
	bool step;    /* this round is a step */
	bool records; /* a segment of this round has records */
	struct gradient_metadata *objective; /* after inputs_merge */
	size_t objectives;
};

/* One more stream, owned from now on. */
void inputs_open(struct inputs *, struct stream_in *);
void inputs_release(struct inputs *);

/* Read the headers of the next round: 1, 0 when all streams have ended, -1. */
must_use int inputs_next(struct inputs *);

/* Merge the headers of each objective's shards that have records. */
must_use int inputs_merge(struct inputs *);
/* Do all segments with records come from one policy at one step? */
must_use int inputs_same_policy(const struct inputs *);
/*
 * Are all segments with records made for this policy and tokenizer, and at
 * most `stale` steps behind it?  Fields that a header does not have are not
 * checked.
 */
must_use int inputs_check(const struct inputs *, const struct ckpt *,
    uint64_t step, uint64_t stale);

/*
 * After inputs_merge, one of:  d += g, or d = g where touched is not set; the
 * tensors of g are touched afterwards; after -1 discard d.
 */
must_use int inputs_add(struct inputs *, struct params *d, bool *touched);
/*
 * All of these for the next round that makes a step of the policy, which is at
 * `step`: 1, 0 when all streams have ended, -1.
 */
must_use int inputs_step(struct inputs *, const struct ckpt *, uint64_t step,
    uint64_t stale, struct params *d, bool *touched);
/*
 * Read on until all streams have ended or a further header has come, good or
 * bad: so what writes them can end before its reader does.
 */
void inputs_await(struct inputs *);
/*
 * Or the sums of a single objective, in memory, and their header: the first
 * one with records (or the first), with the merged units and stats.  Both are
 * released and filled.
 */
must_use int inputs_sum(struct inputs *, struct gradsum *,
    struct gradient_head *);

#endif
