/* SPDX-License-Identifier: MIT */
/* scored: the scores of the samples of runs, and of their demonstrations. */
#ifndef REPORT_SCORED_H
#define REPORT_SCORED_H

#include <stdbool.h>
#include <stddef.h>

#include "report/page_parts.h"
#include "report/rundir.h"

enum scored_side { SCORED_SAMPLE, SCORED_DEMONSTRATION, SCORED_SIDES };

struct scored_values {
	double *x; /* owned; finite */
	size_t n, cap;
};

/* All zero: nothing yet. */
struct scored {
	struct scored_values token[SCORED_SIDES], whole[SCORED_SIDES];
	struct scored_values
	    ratio[SCORED_SIDES]; /* of whole: calibrated ones */
};

/* Add the rewards of a run, or its other scores. */
void scored_add(struct scored *, const struct rundir *, bool rewards);
void scored_release(struct scored *);
double scored_mean(const struct scored_values *);
/* The share of pairs in which a demonstration is above a sample, equal ones
 * counting half; NaN without pairs. */
double scored_order(const struct scored *);

/* Figures of an array of p->groups; nothing where nothing has scores. */
void histogram_put(const struct page *p, const struct scored *, bool whole,
    bool rewards);
void calibration_put(const struct page *p, const struct scored *);

#endif
