/* SPDX-License-Identifier: MIT */
/*
 * decode: sample many sequences at once, with a cache of keys and values.
 *
 * A batch at work takes new jobs between two tokens, and lets those go that
 * have ended.  Jobs with the same prompt compute it once, if they follow each
 * other or are in the batch at the same time.  The t-th token of a sample is
 * drawn with rng_at(seed, step, pass, id, t), and no number depends on the
 * other rows, so neither does the result.  Use:
 *
 *	d = decode_new(&config, &p, &options, DECODE_SLOTS, DECODE_ROWS);
 *	for (;;) {
 *		while (... a job waits && decode_enter(d, job))
 *			... take the next one
 *		decode_step(d);	// a token of each job
 *	}
 *	decode_free(d);
 *
 * decode_run.h does this with a list of jobs.
 */
#ifndef NN_DECODE_H
#define NN_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "nn/config.h"
#include "nn/matrices.h"
#include "nn/params.h"
#include "nn/sample.h"

enum {
	DECODE_SLOTS = 128, /* more rows make a product no faster */
	DECODE_ROWS = 256,  /* of prompts in a product */
};

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
	const uint32_t *prompt; /* [prompt_n]; borrowed */
	size_t prompt_n;
	const char *id; /* of the sample: "p#3"; borrowed */
	uint64_t pass;
	/* Its own options, all but memory; borrowed; NULL: of the batch */
	const struct decode_options *own;
	uint32_t *tokens;   /* [n] new tokens; the caller frees */
	float *logp, *logq; /* [n] (sample.h); the caller frees */
	size_t n;
	bool over;    /* no more tokens come, for one of these reasons: */
	bool ended;   /* by an end token, the last one */
	bool stopped; /* by `stopped`; if none of the three: by max_new */
	bool failed;  /* the logits of the next token are not finite */
};

/* The tokens of a sample at most. */
size_t decode_most(const struct config *, const struct decode_options *,
    const struct decode_job *);
/* Positions of keys and values beside those of its prompt. */
size_t decode_positions(const struct config *, const struct decode_options *,
    const struct decode_job *);
/*
 * -1: the policy has no head; or the prompt is empty, too long for the context
 * or has a token outside the vocabulary; or the sample does not fit the memory
 * even by itself.  Names the job.
 */
must_use int decode_check(const struct config *, const struct params *,
    const struct decode_options *, const struct decode_job *);

struct decode;

/*
 * For up to `slots` jobs at a time; prompts are computed in products of up to
 * `rows` >= slots rows.  Borrows all three.
 */
struct decode *decode_new(const struct config *, const struct params *,
    const struct decode_options *, size_t slots, size_t rows);
void decode_free(struct decode *);
/* Bytes that decode_new takes. */
struct decode_memory {
	size_t logits, activations;
};
struct decode_memory decode_memory(const struct config *,
    const struct matrices *, size_t slots, size_t rows);

/*
 * Take a job that has passed decode_check; borrowed until it is over.  false:
 * no slot or not enough memory is free now.
 */
bool decode_enter(struct decode *, struct decode_job *);
/* Let a job go that is not over; it keeps the tokens that it has. */
void decode_leave(struct decode *, const struct decode_job *);
/* The number of jobs in the batch. */
size_t decode_live(const struct decode *);
/*
 * Draw a token of each job; those that are over leave.  Returns the first that
 * has failed, or NULL.
 */
const struct decode_job *decode_step(struct decode *);

#endif
