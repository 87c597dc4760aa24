/* SPDX-License-Identifier: MIT */
/*
 * policygrad: the policy gradient of a divergence or a reward, from the
 * scores of a segment.
 *
 * credit.h computes what each action earns.  Where the policy has made steps
 * since it sampled, its samples' coefficients are multiplied by the clipped
 * ratio to the recorded probabilities.  Demonstrations were not sampled by
 * the policy and have no such ratio.
 */
#ifndef OBJECTIVE_POLICYGRAD_H
#define OBJECTIVE_POLICYGRAD_H

#include "base/err.h"

struct objective_segment;
struct ckpt;
struct traj_segment;

/* 1 if the policy sampled these at another step, 0 if not; -1 if another
 * policy sampled them. */
must_use int policygrad_moved(const struct traj_segment *,
    const struct ckpt *policy);
/* Coefficients of rows of objective.h. */
must_use int policygrad(struct objective_segment *);

#endif
