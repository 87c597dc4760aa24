/* SPDX-License-Identifier: MIT */
/*
 * decode_run: draw a list of jobs (nn/decode.h), and what that takes.
 */
#ifndef NN_DECODE_RUN_H
#define NN_DECODE_RUN_H

#include "nn/decode.h"

/*
 * What decode_run would hold, in bytes, if every sample is as long as it may
 * be; fails where decode_run would because of prompts or memory.
 */
struct decode_sizes {
	size_t slots, rows; /* samples at a time; most rows of a product */
	double slot, held;  /* keys and values: of a sample, of prompts */
	size_t logits, activations;
};
must_use int decode_plan(const struct config *, const struct params *,
    const struct decode_options *, const struct decode_job *, size_t jobs,
    struct decode_sizes *);

/*
 * Draw all jobs, in this order: a prompt is computed once if its jobs are
 * adjacent.  After each token of the batch tick (may be NULL) gets the number
 * of tokens drawn so far and may read the jobs; if it fails, so does
 * decode_run.  -1: a job does not pass decode_check, before any is drawn, or
 * fails; names it.
 */
must_use int decode_run(const struct config *, const struct params *,
    const struct decode_options *, struct decode_job *, size_t jobs,
    int (*tick)(void *ctx, size_t done), void *ctx);

#endif
