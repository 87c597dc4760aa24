/* SPDX-License-Identifier: MIT */
/*
 * runsample: what the lines of samples.jsonl are, which trajcat(1) writes.
 *
 * A line is one trajectory: a response of the policy (role policy), or a
 * demonstration (role expert, or chosen) of the same group.
 */
#ifndef REPORT_RUNSAMPLE_H
#define REPORT_RUNSAMPLE_H

#include <stdbool.h>

#include "report/rundir.h"

bool runsample_is_response(const struct json *);
bool runsample_is_demonstration(const struct json *);
/* Whether both answer one prompt: it has the same text, in the same group. */
bool runsample_same_prompt(const struct json *, const struct json *);
/* The run's response to the prompt of a sample; its demonstration for a
 * response of this run.  NULL: none. */
const struct json *runsample_response(const struct rundir *,
    const struct json *sample);
const struct json *runsample_demonstration(const struct rundir *,
    const struct json *response);
/* Its scores are rewards, not log density ratios of expert and policy. */
bool runsample_is_rewarded(const struct json *);
/* They are exactly such ratios, so that they give a probability. */
bool runsample_is_calibrated(const struct json *);
/* Whether a sample has a score for each token. */
bool runsample_has_tokens(const struct json *);
/* The sum of its scores; NaN without, or where one is not finite. */
double runsample_score(const struct json *);

#endif
