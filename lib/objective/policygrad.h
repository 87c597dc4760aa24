/* SPDX-License-Identifier: MIT */
/*
 * policygrad: the policy gradient of a divergence or a reward as a row of
 * objective.h: credit.h for what actions earn, and where the policy has moved
 * on since it sampled, the clipped ratio to the recorded probabilities.
 */
#ifndef OBJECTIVE_POLICYGRAD_H
#define OBJECTIVE_POLICYGRAD_H

#include "base/err.h"

struct objective_work;
struct ckpt;
struct traj_segment;

/* Were these sampled at another step?  -1 where by another policy. */
must_use int policygrad_moved(const struct traj_segment *,
    const struct ckpt *policy);
must_use int policygrad(struct objective_work *);

#endif
