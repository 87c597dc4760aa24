/* SPDX-License-Identifier: MIT */
/*
 * heldout: the same demonstrations under several policies: their negative
 * log-likelihood prompt by prompt, and responses to their prompts.
 *
 *	heldout_open(&h, file);			// reads the file once
 *	heldout_nll(&h, &policy, micro, nll);	// and again for each policy
 *	heldout_responses(&h, &policy, &sampling, hear, ctx);
 *	heldout_release(&h);
 *
 * A prompt is a group of the stream; its trajectories' nats and tokens are
 * summed, times their weights.  The file must not change in between.
 */
#ifndef LIKELIHOOD_HELDOUT_H
#define LIKELIHOOD_HELDOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "likelihood/respond.h"
#include "nn/ckpt.h"
#include "nn/decode.h"

struct heldout {
	const char *file; /* borrowed */
	size_t n;         /* trajectories */
	size_t *prompt;   /* [n] which prompt each is of */
	bool *first;      /* [n] whether it is the first of its prompt */
	size_t prompts;
	double *actions; /* [prompts] tokens of responses, weighted */
	double weight;   /* of all trajectories */
};

/*
 * -1 also where there is no trajectory, or none with an action, and for
 * standard input, which cannot be read again.
 */
must_use int heldout_open(struct heldout *, const char *file);
void heldout_release(struct heldout *);
/* nll[prompts]; micro as in likelihood_new. */
must_use int heldout_nll(const struct heldout *, const struct ckpt *,
    size_t micro, double *nll);

/* Called for each response; k is its number among those to its prompt. */
typedef void heldout_hear(void *ctx, const char *group, const uint32_t *tokens,
    size_t n, size_t k);
struct heldout_sampling {
	size_t prompts; /* the first so many, in the order of the file */
	struct decode_options how;
	struct respond_options respond;
};
/* Sample each prompt; policy NULL: its first demonstration is the response. */
must_use int heldout_responses(const struct heldout *,
    const struct ckpt *policy, const struct heldout_sampling *, heldout_hear *,
    void *ctx);

#endif
