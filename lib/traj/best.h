/* SPDX-License-Identifier: MIT */
/*
 * best: of each group of a segment, the trajectories of the highest score.
 */
#ifndef TRAJ_BEST_H
#define TRAJ_BEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/traj.h"

/*
 * Keep at most n of each group, by the sum of their scores; of equal ones
 * the first.  Order is kept.  -1 names a record without a score.
 */
must_use int segment_best(struct traj_segment *, uint64_t n);
/* Put the i-th trajectory at place k <= i; memory of either stays in use. */
void segment_move(struct traj_segment *, size_t k, size_t i);

#endif
