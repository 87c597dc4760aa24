/* SPDX-License-Identifier: MIT */
/*
 * singles: preferences of single trajectories that are labelled good or bad.
 *
 * Each stands against one reference point of the segment, held constant:
 *
 *   max(0, mean x of mismatched pairs),
 *
 * an estimate of KL(pi || ref), where a pair is a prompt of the segment with a
 * response to another of its prompts (mismatch.h).  It takes a further forward
 * pass of the policy and of the reference, which has to be a model.  A segment
 * of one prompt has no such pair: its reference point is 0, and it is counted
 * in divgrad.alone.
 *
 * Source: Ethayarajh et al. 2024 (KTO).
 */
#ifndef OBJECTIVE_SINGLES_H
#define OBJECTIVE_SINGLES_H

#include "base/err.h"
#include "objective/preferenceitem.h"

/* The context of both models, to which mismatched pairs are cut. */
size_t singles_context(const struct objective_settings *,
    const struct ckpt *policy);
/* -1 names the record at fault. */
must_use int preference_singles(struct preferences *);

#endif
