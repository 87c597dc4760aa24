/* SPDX-License-Identifier: MIT */
/*
 * draw: sample the responses to prompts, each of which ends where it has said
 * one of the stop texts (text/stops.h).
 *
 * Such a response ends with the token that completes the text, which may be
 * split over tokens; that token may say more.  What the prompt says does not
 * count.
 */
#ifndef LIKELIHOOD_DRAW_H
#define LIKELIHOOD_DRAW_H

#include <stddef.h>

#include "base/err.h"
#include "likelihood/respond.h"
#include "nn/ckpt.h"
#include "nn/config.h"
#include "nn/decode.h"
#include "nn/params.h"
#include "traj/traj.h"

/* decode_run over the jobs, with the stop texts of the options. */
must_use int draw_responses(struct responses *, const struct config *,
    const struct params *, const struct decode_options *,
    const struct respond_options *, int (*tick)(void *ctx, size_t drawn),
    void *ctx);
/* Check a segment against the policy, plan the jobs of its prompts
 * (respond_plan) and draw them; the token that ends the stream's answers ends
 * them too. */
must_use int draw_segment(struct responses *, const struct traj_segment *,
    const struct ckpt *, const struct decode_options *,
    const struct respond_options *, int (*tick)(void *ctx, size_t drawn),
    void *ctx);

#endif
