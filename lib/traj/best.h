/* SPDX-License-Identifier: MIT */
/* best: keep the trajectories of the highest score of each group. */
#ifndef TRAJ_BEST_H
#define TRAJ_BEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/traj.h"

/*
 * Keep at most n trajectories of each group, those with the highest sum of
 * scores; of equal ones the first.  Order is kept.  -1 names a record without
 * a score.
 */
must_use int segment_best(struct traj_segment *, uint64_t n);
/* Swap trajectories k <= i of a segment, with their memory. */
void segment_move(struct traj_segment *, size_t k, size_t i);

#endif
