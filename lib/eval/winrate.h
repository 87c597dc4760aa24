/* SPDX-License-Identifier: MIT */
/*
 * winrate: how often samples of one policy have higher scores than samples of
 * another for the same prompt.
 *
 * The rate of a prompt is the share of pairs of one sample each in which the
 * first has the higher score, equal scores counting half (Mann and Whitney
 * 1947).  The rate is the mean over prompts that both have.  Its interval is
 * that of the paired bootstrap: prompts are drawn with replacement, with the
 * samples of both policies (Efron 1979; Koehn 2004).
 *
 *	winrate_add(&w, WINRATE_OWN, group, score);	// and WINRATE_OTHER
 *	rc = winrate_report(&w, seed, &report);
 */
#ifndef EVAL_WINRATE_H
#define EVAL_WINRATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "eval/groups.h"
#include "eval/measures.h"
#include "traj/traj.h"

enum { WINRATE_OWN, WINRATE_OTHER, WINRATE_SIDES };

/* All zero: no samples yet. */
struct winrate {
	struct groups groups;
	struct winrate_sample {
		size_t group;
		double score;
	} * sample[WINRATE_SIDES]; /* owned */
	size_t n[WINRATE_SIDES], cap[WINRATE_SIDES];
	double *rate;   /* of each prompt that both have; owned */
	size_t prompts; /* after winrate_close */
};

/* Add a sample; or all of a segment, -1 where one has no score. */
void winrate_add(struct winrate *, int side, const char *group, double score);
must_use int winrate_add_segment(struct winrate *, int side,
    const struct traj_segment *);
/* All samples are added: compute the rates; winrate_report does it too. */
void winrate_close(struct winrate *);
/* The mean rate; NaN without a prompt that both have. */
double winrate_value(const struct winrate *);
/* Its 95 % interval (bootstrap.h); NaN where fewer than two prompts are. */
void winrate_interval(const struct winrate *, uint64_t seed, double *low,
    double *high);
/* Close it and put win_rate, ..._low, ..._high and win_prompts; -1 if the two
 * have no prompt in common.
 */
must_use int winrate_report(struct winrate *, uint64_t seed, struct measures *);
void winrate_release(struct winrate *);

#endif
