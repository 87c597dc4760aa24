/* SPDX-License-Identifier: MIT */
/*
 * agreement: how like an answer is to the other answers to its prompt.
 *
 * The likeness of two trajectories is the F1 of their actions as bags of
 * tokens, 2 c / (A + B): A and B are their numbers of actions, and c of these
 * are the same, each counted as often as both have it.  The sample that agrees
 * most with the others is the one of minimum Bayes risk (Kumar & Byrne 2004; of
 * a model's own samples, Eikema & Aziz 2020, arXiv 2005.10283).
 */
#ifndef TRAJ_AGREEMENT_H
#define TRAJ_AGREEMENT_H

#include <stddef.h>

#include "traj/traj.h"

/*
 * The mean likeness of each of n trajectories to the other n - 1; 0 where there
 * is no other.  It compares n (n - 1) / 2 pairs.
 */
void agreement(const struct traj *const *, size_t n, double *mean);

#endif
