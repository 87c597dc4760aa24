/* SPDX-License-Identifier: MIT */
/*
 * sample: logits -> a token and its log-probability.
 *
 * Order: temperature (0 is greedy), top-k, top-p (the token that crosses p
 * stays in).  logp is under the policy itself (temperature 1, the whole
 * vocabulary), logq under the distribution really sampled from; they are
 * equal, and no logq is recorded, when temperature is 1 and nothing is cut.
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

/* Whether logq differs from logp. */
bool sampling_changes(const struct sampling *);
/*
 * u in [0, 1) decides, by the order of ids; greedy takes the lowest id of
 * the best and has logq 0.  scratch[V].  -1 when a logit is not finite.
 */
struct sample_candidate {
	float x;
	uint32_t v;
};
must_use int sample_token(const float *logits, size_t V,
    const struct sampling *, double u, struct sample_candidate *scratch,
    uint32_t *token, float *logp, float *logq);

#endif
