/* SPDX-License-Identifier: MIT */
/* best: keep the trajectories of each group that a figure says are best. */
#ifndef TRAJ_BEST_H
#define TRAJ_BEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/traj.h"

/*
 * The sum of scores; of log-probabilities; and their mean; and how like the
 * actions are to those of the others of the group (traj/agreement.h).
 */
enum best_by { BEST_SCORE, BEST_LOGP, BEST_LOGP_TOKEN, BEST_AGREEMENT };
/* Their names in this order, and NULL. */
extern const char *const best_figures[];

/*
 * Of all trajectories of some segments, keep at most n of each group, those of
 * the highest figure; of equal ones those whose ids come first, byte by byte.
 * Order is kept.  -1 names a record without the figure.
 */
must_use int best_keep(struct traj_segment *, size_t segments, uint64_t n,
    enum best_by);

#endif
