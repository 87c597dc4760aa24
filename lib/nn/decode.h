/* SPDX-License-Identifier: MIT */
/*
 * decode: sampling with a KV cache, many sequences at once.
 *
 * Prompts are computed once and shared by their samples; a finished slot is
 * refilled with the next sample; the cache stays below a bound of memory.
 * Each sample draws its t-th token with rng_at(seed, step, pass, id, t), so
 * the order of work does not show in the result.
 */
#ifndef NN_DECODE_H
#define NN_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "nn/config.h"
#include "nn/params.h"
#include "nn/sample.h"

struct decode_options {
	struct sampling how;
	size_t max_new; /* most new tokens; 0: to the end of the context */
	uint64_t seed, step;
	size_t memory; /* bytes for the cache */
};

/* One sample wanted, and what came of it. */
struct decode_job {
	const uint32_t
	    *prompt; /* borrowed; the same pointer in jobs that share it */
	size_t prompt_n;
	const char *id; /* of the sample: "p#3"; borrowed */
	uint64_t pass;
	uint32_t *tokens;   /* new tokens, mem'd here, the caller frees */
	float *logp, *logq; /* each of `n` */
	size_t n;
	bool ended; /* by an end token (the last of tokens); else cut */
};

/*
 * All jobs; those that share a prompt stand together.  After each round,
 * tick (may be NULL) is told how many tokens have been drawn; the jobs may
 * be looked at then.  -1: a prompt that is empty, longer than the context
 * allows or has a token that the policy lacks, too little memory for one
 * sample, logits that are not finite; names the job.
 */
must_use int decode_run(const struct config *, const struct params *,
    const struct decode_options *, struct decode_job *, size_t jobs,
    void (*tick)(void *ctx, size_t done), void *ctx);

#endif
