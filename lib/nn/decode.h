/* SPDX-License-Identifier: MIT */
/*
 * decode: sample many sequences at once, with a cache of keys and values.
 *
 * Each prompt is computed once and shared by its samples; a slot that becomes
 * free takes the next sample; the caches stay within a bound of memory.  The
 * t-th token of a sample is drawn with rng_at(seed, step, pass, id, t), so the
 * result does not depend on the order of work.
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

struct decode_job;

struct decode_options {
	struct sampling how;
	size_t max_new; /* most new tokens; 0: up to the end of the context */
	uint64_t seed, step;
	size_t memory; /* bytes for the cache */
	/* Asked after each token of a job that no end token ends; true: the
	 * job ends here.  May be NULL. */
	bool (*stopped)(void *ctx, const struct decode_job *);
	void *ctx;
};

/* A sample to draw, and the result. */
struct decode_job {
	const uint32_t
	    *prompt; /* borrowed; jobs that share it have the same pointer */
	size_t prompt_n;
	const char *id; /* of the sample: "p#3"; borrowed */
	uint64_t pass;
	/* Its own `how`, max_new, seed and step; borrowed; NULL: of the run */
	const struct decode_options *own;
	uint32_t *tokens;   /* [n] new tokens; the caller frees */
	float *logp, *logq; /* [n] (sample.h); the caller frees */
	size_t n;
	bool ended;   /* by an end token, the last one */
	bool stopped; /* by `stopped`; if neither: by max_new */
};

static inline const struct decode_options *
decode_own(const struct decode_options *o, const struct decode_job *j)
{
	return j->own != NULL ? j->own : o;
}

/* The tokens of a sample at most. */
size_t decode_most(const struct config *, const struct decode_options *,
    const struct decode_job *);
/*
 * What decode_run would hold, in bytes, if every sample is as long as it may
 * be; fails where decode_run would because of prompts or memory.
 */
struct decode_sizes {
	size_t slots, rows; /* samples at a time; most rows of a batch */
	double slot, held;  /* keys and values: of a sample, of prompts */
	size_t logits, activations;
};
must_use int decode_plan(const struct config *, const struct params *,
    const struct decode_options *, struct decode_job *, size_t jobs,
    struct decode_sizes *);

/*
 * Draw all jobs; jobs that share a prompt must be adjacent.  After each round
 * tick (may be NULL) gets the number of tokens drawn so far and may read the
 * jobs; if it fails, so does decode_run.  -1: a prompt is empty, too long for
 * the context or has a token outside the vocabulary, one sample does not fit
 * the memory, or logits are not finite; names the job.
 */
must_use int decode_run(const struct config *, const struct params *,
    const struct decode_options *, struct decode_job *, size_t jobs,
    int (*tick)(void *ctx, size_t done), void *ctx);

#endif
