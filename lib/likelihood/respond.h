/* SPDX-License-Identifier: MIT */
/*
 * respond: from the prompts of a segment to sampling jobs (nn/decode_run.h),
 * and from the samples to records.  Use:
 *
 *	respond_plan(&r, &segment, &config, &options);
 *	... decode_run works off r.job ...
 *	respond_header(&header, &r, &policy, seed);
 *	respond_write(&r, out, NULL, false, false);
 *	respond_release(&r);
 *
 * A trajectory's prompt is what stands before its last action span, or all of
 * it where there is none.  Each prompt gets `each` jobs; sample k of record ID
 * is "ID#k".  A sample's record is its prompt's with the last span replaced:
 * earlier spans become given tokens, fields about the old response (score,
 * text, a teacher's distributions) go, all others stay in their places.
 */
#ifndef LIKELIHOOD_RESPOND_H
#define LIKELIHOOD_RESPOND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "nn/ckpt.h"
#include "nn/config.h"
#include "nn/decode.h"
#include "nn/plan.h"
#include "text/stops.h"
#include "traj/traj.h"

struct tokenizer;

struct respond_options {
	size_t each;    /* samples of a prompt */
	size_t max_new; /* as in decode_options */
	bool cut;       /* shorten prompts that leave no room */
	/* Texts that end a response, and what decodes it for them; borrowed;
	 * NULL: none */
	const struct stops *stops;
	const struct tokenizer *tokenizer;
};

struct responses {
	const struct traj_segment *segment; /* borrowed */
	size_t each;
	struct decode_job *job; /* [jobs], `each` of every trajectory */
	size_t jobs, cap, id_cap;
	char **id; /* [jobs] */
	/* [jobs] the policy of each, of several (ensemble.h), which are
	 * borrowed; NULL: the only one */
	struct ckpt **drawn_by;
	const struct stops *stops; /* borrowed; NULL: none */
};

/* Does the segment have the policy's tokenizer and tokens? */
must_use int respond_check(const struct traj_segment *, const struct ckpt *);
/* Make the jobs of a segment; -1 names a record without a prompt, or whose
 * prompt leaves no room for a response. */
must_use int respond_plan(struct responses *, const struct traj_segment *,
    const struct config *, const struct respond_options *);
/* Add the jobs of one prompt of n tokens; borrows it. */
must_use int respond_add(struct responses *, const char *id, uint64_t pass,
    const uint32_t *prompt, size_t n, const struct config *,
    const struct respond_options *);
void respond_release(struct responses *);
/* Let the token that ends the answers of a stream end its responses too. */
must_use int respond_ends(const struct traj_segment *, struct config *);

/*
 * How many of a prompt's last tokens the policy is given, of n: all where the
 * context has room for one more.  Else 0, or with `cut` what leaves room for
 * max_new, but at least half the context.
 */
size_t respond_window(size_t n, const struct config *,
    const struct respond_options *);

/* Set policy, seed, tokenizer and stats of the samples in a segment's header;
 * remove the ratio, because the samples have no scores. */
void respond_header(struct msg *, const struct responses *, const struct ckpt *,
    uint64_t seed);
/* The record of job i; logq: with the probabilities it was drawn by. */
void respond_record(struct msg *, const struct responses *, size_t i,
    bool logq);
/*
 * Write the records of all jobs; demos: each prompt's own record first; text:
 * decode the samples by this tokenizer into field "text", unless NULL.
 */
must_use int respond_write(const struct responses *, struct stream_out *,
    struct tokenizer *text, bool demos, bool logq);
/*
 * For samples drawn by rounded weights: set logp to the policy's own
 * log-probabilities, by one pass in F32; logq stays.  The weights are packed
 * in F32 for it and rounded again afterwards.
 */
must_use int respond_exact(struct responses *, struct ckpt *);
/* Add what that pass would take, if samples are as long as they may be. */
must_use int respond_exact_plan(const struct responses *, const struct ckpt *,
    const struct decode_options *, struct plan_passes *);
/* The number of tokens of all samples. */
size_t respond_tokens(const struct responses *);

#endif
