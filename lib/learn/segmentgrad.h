/* SPDX-License-Identifier: MIT */
/*
 * segmentgrad: the gradient of an objective over one segment, with its units
 * and statistics: what divgrad(1) does to a segment.
 *
 * Demonstrations under forward KL, where no estimator is asked for, are SFT:
 * coefficient 1, unit token, no score needed.  All else is credited by
 * credit.h, unit trajectory, and where the policy has moved on since it
 * sampled, by the clipped ratio to the recorded probabilities.  With a
 * teacher the loss is the divergence of its law and the policy's at each
 * action, whatever the roles, unit token, and actions are credited only for
 * the divergences after them (distill.h).  Other terms of laws are added to
 * any of these (lawterms.h).
 */
#ifndef LEARN_SEGMENTGRAD_H
#define LEARN_SEGMENTGRAD_H

#include "base/err.h"
#include "learn/credit.h"
#include "learn/gradient.h"
#include "learn/lawterms.h"
#include "learn/likelihood.h"
#include "nn/ckpt.h"
#include "traj/traj.h"

struct objective_choice {
	const char *name; /* as the user said it */
	struct credit credit;
	double ratio_clip;
	struct lawterms *laws; /* borrowed; NULL: none */
};

/*
 * d is zeroed and takes the sums; head takes unit, units and stats.  -1
 * names the record at fault.
 */
must_use int segment_gradient(const struct objective_choice *,
    struct likelihood *, const struct ckpt *policy,
    const struct traj_segment *, struct params *d, struct gradient_head *);
/* "token" or "trajectory", which a segment of no records has too. */
const char *segment_unit(const struct objective_choice *,
    const struct traj_segment *);

/*
 * Where writing d failed because it is not finite: put the first record whose
 * own gradient is not in front of the message.  Overwrites d.
 */
void segment_blame(struct likelihood *, const struct ckpt *policy,
    const struct traj_segment *, struct params *d);

#endif
