/* SPDX-License-Identifier: MIT */
/*
 * respond: prompts of a segment to samples, and samples to records.
 *
 * respond_plan makes `each` jobs of every trajectory (respond_add, those of
 * one prompt): its prompt is what stands before its last action span (all of
 * it where there is none), and the sample's id is "ID#k".  decode_run works
 * them off; respond_record then makes the record of a sample from the record
 * of its prompt: the last span is replaced, earlier ones become given, and
 * what spoke of the old response (score, text) is gone; other keys stay as
 * they were, in their places.
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
#include "traj/traj.h"

struct tokenizer;

struct respond_options {
	size_t each;    /* samples of a prompt */
	size_t max_new; /* as in decode_options */
	bool cut;       /* shorten prompts that leave no room */
};

struct responses {
	const struct traj_segment *segment; /* borrowed */
	size_t each;
	struct decode_job *job;
	size_t jobs, cap, id_cap;
	char **id; /* of jobs */
};

/* -1 names the record: no prompt, or one without room for a response. */
must_use int respond_plan(struct responses *, const struct traj_segment *,
    const struct config *, const struct respond_options *);
must_use int respond_add(struct responses *, const char *id, uint64_t pass,
    const uint32_t *prompt, size_t n, const struct config *,
    const struct respond_options *);
void respond_release(struct responses *);

/*
 * How many of a prompt's last n tokens a policy is given: all, or where
 * there is no room for a token and `cut`, as many as leave room for max_new,
 * or at least half the context; 0 without a prompt, or without room.
 */
size_t respond_window(size_t n, const struct config *,
    const struct respond_options *);

/* What a header says of the samples: policy, seed, tokenizer, stats; no ratio
 * any more. */
void respond_header(struct msg *, const struct responses *, const struct ckpt *,
    uint64_t seed);
/* The record of job i; logq where it differs. */
void respond_record(struct msg *, const struct responses *, size_t i,
    bool logq);
/*
 * Those of all jobs, each prompt's own before them with `demos`; text: whose
 * tokenizer spells them out, or NULL.
 */
must_use int respond_write(const struct responses *, struct stream_out *,
    struct tokenizer *text, bool demos, bool logq);
/*
 * They were sampled by rounded weights: logp becomes what the policy itself
 * says of them, in one pass over all in F32, for which the weights are packed
 * and then rounded again; logq stays what they were drawn by.
 */
must_use int respond_exact(struct responses *, struct ckpt *);
/* Tokens of all samples. */
size_t respond_tokens(const struct responses *);

#endif
