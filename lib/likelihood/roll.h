/* SPDX-License-Identifier: MIT */
/*
 * roll: a stream of prompts to a stream of their samples, segment by segment:
 * the work of rollout(1).
 */
#ifndef LIKELIHOOD_ROLL_H
#define LIKELIHOOD_ROLL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "io/stream.h"
#include "likelihood/mixture.h"
#include "likelihood/respond.h"
#include "nn/ckpt.h"
#include "nn/decode.h"

/* All pointers are borrowed. */
struct roll {
	struct ckpt *policy;
	struct mixture *members; /* that sample, too (ensemble.h); NULL: none */
	struct decode_options how; /* its step is set here */
	const struct respond_options *respond;
	bool exact;             /* logp of the policy in F32 (respond_exact) */
	bool demos;             /* write the records of the prompts, too */
	struct tokenizer *text; /* add texts to the records; NULL: do not */
	bool follow;            /* a policy in training (ckpt_follow) */
	uint64_t every, lag;
	/* As in decode_run; and after each segment that has trajectories, with
	 * the number of its samples.  NULL: none. */
	int (*tick)(void *ctx, size_t drawn);
	void (*done)(void *ctx, size_t samples);
	void *ctx;
	uint64_t segments, samples, tokens; /* drawn */
};

/* -1 names the record or the sample at fault. */
must_use int roll_stream(struct roll *, struct stream_in *,
    struct stream_out *);

#endif
