/* SPDX-License-Identifier: MIT */
/*
 * policygrad: the policy gradient of a divergence or a reward, from the
 * scores of a segment.
 *
 * credit.h computes what each action earns.  Where the policy has made steps
 * since it sampled, its samples' coefficients are multiplied by the clipped
 * ratio to the recorded probabilities.  Demonstrations were not sampled by
 * the policy and have no such ratio.
 *
 * What samples earn is right for the policy that they came from, with nothing
 * dropped, so dropout is refused.
 */
#ifndef OBJECTIVE_POLICYGRAD_H
#define OBJECTIVE_POLICYGRAD_H

#include "base/err.h"

struct objective_segment;
struct objective_settings;
struct ckpt;
struct traj_segment;

/* 1 if the policy sampled these at another step, 0 if not; -1 if another
 * policy sampled them. */
must_use int policygrad_moved(const struct traj_segment *,
    const struct ckpt *policy);
/* -1 where the settings drop. */
must_use int policygrad_undropped(const struct objective_settings *);
/* Coefficients of rows of objective.h. */
must_use int policygrad(struct objective_segment *);

#endif
