/* SPDX-License-Identifier: MIT */
/*
 * segmentgrad: the gradient of an objective over one segment, with its units
 * and statistics: what divgrad(1) does to a segment.
 *
 * The row of objective.h that serves the segment makes coefficients of it;
 * one backward pass makes a gradient of them, and of what the distributions add
 * (lawterms.h).  Where what was cut off is
 * masked, it is taken out first; pairs leave it out themselves, for a pair
 * goes as a whole.  A segment of which nothing is left is still a step, of a
 * gradient of zeros.
 */
#ifndef OBJECTIVE_OBJECTIVEGRAD_H
#define OBJECTIVE_OBJECTIVEGRAD_H

#include "base/err.h"
#include "objective/objective.h"
#include "gradient/gradient.h"
#include "likelihood/likelihood.h"
#include "nn/ckpt.h"
#include "traj/traj.h"

/*
 * d is zeroed and takes the sums; head takes units and stats.  -1
 * names the record at fault.
 */
must_use int segment_gradient(const struct objective_settings *,
    struct likelihood *, const struct ckpt *policy, const struct traj_segment *,
    struct params *d, struct gradient_head *);

/*
 * Where writing d failed because it is not finite: put the first record whose
 * own gradient is not in front of the message.  Overwrites d.
 */
void segment_blame(struct likelihood *, const struct ckpt *policy,
    const struct traj_segment *, struct params *d);

/* The sums of a segment at a time, and how they are sent. */
struct segment_sums {
	struct params d, whole; /* of what is trained; with adapters, of all */
	struct params *back;    /* which of the two a backward pass adds into */
	double weight;          /* of the objective among others */
	bool bf16;
};

must_use int segment_sums_init(struct segment_sums *, struct ckpt *policy,
    double weight, bool bf16);
void segment_sums_release(struct segment_sums *);
/* Check a segment against the policy, and write its gradient. */
must_use int segment_send(const struct objective_settings *,
    struct likelihood *, struct ckpt *policy, const struct traj_segment *,
    struct segment_sums *, struct stream_out *);

#endif
