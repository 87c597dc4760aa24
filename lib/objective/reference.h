/* SPDX-License-Identifier: MIT */
/*
 * reference: log-probabilities of a segment's trajectories under the model
 * that preferences are relative to.
 *
 * REFERENCE_GIVEN: the settings' model; without one, field "logp" of the
 * records, which the policy that sampled wrote.
 *
 * REFERENCE_SAMPLER: the policy that sampled.  Its samples have "logp"; for
 * demonstrations it is the settings' model, which must be the policy named
 * by the segment's header, or the policy itself if that is named.
 */
#ifndef OBJECTIVE_REFERENCE_H
#define OBJECTIVE_REFERENCE_H

#include <stddef.h>

#include "base/err.h"

struct objective_segment;
struct objective_settings;
struct traj;

/* sum[n] = log-probability of each of n trajectories under the settings' model.
 */
must_use int reference_given(const struct objective_settings *,
    const struct traj *, size_t n, double *sum);
/*
 * ref[n] of the n trajectories, 0 at first and for REFERENCE_NONE; own[n]:
 * the same under the policy.  -1 names the record whose value is not known.
 */
must_use int reference_logp(struct objective_segment *, const double *own,
    double *ref);

#endif
