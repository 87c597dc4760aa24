/* SPDX-License-Identifier: MIT */
/*
 * joint: the gradient of a joint objective, from several streams.
 *
 * Each step takes one segment of every stream.  Streams of one objective
 * are its shards: their sums and their units add.  Over the objectives o
 *
 *	g = sum of weight_o * (sums of o) / (units of o).
 *
 * joint_next reads the headers, so that units are known before the first
 * sum is read; the caller looks at them and refuses what it does not want;
 * joint_add then reads the sums straight into g.  Empty segments are passed
 * over, each stream's for itself.  A stream that has ended contributes
 * nothing from then on.
 */
#ifndef GRADIENT_JOINT_H
#define GRADIENT_JOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "gradient/gradient.h"
#include "gradient/metadata.h"
#include "nn/ckpt.h"

struct joint_input {
	struct gradient_in *in; /* owned */
	struct gradient_head head;
	bool here;             /* it has a segment for this step */
	bool ended, ended_now; /* ended_now: since the step before */
};

struct joint {
	struct joint_input *input;
	size_t inputs, cap;
	struct gradient_metadata *objective; /* of this step */
	size_t objectives;
};

/* All zero is a joint of no streams; one more, which it owns. */
void joint_stream(struct joint *, struct stream_in *);
void joint_release(struct joint *);
/* 1 the next step, 0 all streams have ended, -1. */
must_use int joint_next(struct joint *);
/*
 * Are the gradients of this step for this policy, not from its future and at
 * most `stale` steps old?  What a hand-written header does not tell is not
 * checked.  -1 names the stream.
 */
must_use int joint_check(const struct joint *, const struct ckpt *,
    uint64_t stale);
/*
 * d += g, or d = g where touched is not set, which it then is where g has a
 * tensor.  -1: d is to be thrown away.
 */
must_use int joint_add(struct joint *, struct params *d, bool *touched);

#endif
