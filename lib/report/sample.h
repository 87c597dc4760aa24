/* SPDX-License-Identifier: MIT */
/*
 * sample: what the lines of samples.jsonl are, which trajcat(1) writes.
 *
 * A line is one trajectory: a response of the policy (role policy), or a
 * demonstration (role expert, or chosen) of the same group.
 */
#ifndef REPORT_SAMPLE_H
#define REPORT_SAMPLE_H

#include <stdbool.h>

#include "report/rundir.h"

bool sample_is_response(const struct json *);
bool sample_is_demonstration(const struct json *);
/* Whether both answer one prompt: it has the same text, in the same group. */
bool sample_same_prompt(const struct json *, const struct json *);
/* The run's response to the prompt of a sample; its demonstration for a
 * response of this run.  NULL: none. */
const struct json *sample_response(const struct rundir *,
    const struct json *sample);
const struct json *sample_demonstration(const struct rundir *,
    const struct json *response);
/* Its scores are rewards, not log density ratios of expert and policy. */
bool sample_is_rewarded(const struct json *);
/* They are exactly such ratios, so that they give a probability. */
bool sample_is_calibrated(const struct json *);
/* Whether a sample has a score for each token. */
bool sample_has_tokens(const struct json *);
/* The sum of its scores; NaN without, or where one is not finite. */
double sample_score(const struct json *);

#endif
