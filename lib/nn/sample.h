/* SPDX-License-Identifier: MIT */
/*
 * sample: draw a token from logits, with its log-probability.
 *
 * Temperature (0: greedy) comes first, then top-k, then top-p (the token that
 * crosses p stays in).  logp is the log-probability under the policy itself
 * (temperature 1, the whole vocabulary), logq under the distribution that was
 * sampled from.  Without temperature and cuts they are equal.
 */
#ifndef NN_SAMPLE_H
#define NN_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sampling {
	double temperature; /* 0: greedy */
	size_t top_k;       /* 0: all */
	double top_p;       /* 1: all */
};

/* Whether logq can differ from logp. */
bool sampling_changes(const struct sampling *);
struct sample_candidate {
	float x;
	uint32_t v;
};
/*
 * Draw by u in [0, 1), which selects in the order of ids.  Greedy takes the
 * lowest id among the largest logits and has logq 0.  scratch[V].  -1: a logit
 * is not finite.
 */
must_use int sample_token(const float *logits, size_t V,
    const struct sampling *, double u, struct sample_candidate *scratch,
    uint32_t *token, float *logp, float *logq);

#endif
