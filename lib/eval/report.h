/* SPDX-License-Identifier: MIT */
/*
 * report: measures by name, as one JSON object or, for people, a measure a
 * line.
 */
#ifndef EVAL_REPORT_H
#define EVAL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "divergence/divergence.h"
#include "divergence/estimate.h"

/* All zero is an empty one; text is released by the caller. */
struct report {
	struct buf text;
	bool table;
};

/* A divergence under the name that the user gave it. */
struct report_row {
	const char *name;
	struct divergence divergence;
};

/* A NaN or infinity is a measure that there is none of, and is left out. */
void report_put(struct report *, const char *name, double value);
/*
 * Every divergence without a parameter, and of `more` those with one, each
 * with its standard error; calibration, ess and auc.
 */
void report_scores(struct report *, const struct estimate *,
    const struct report_row *more, size_t rows);
void report_end(struct report *);

#endif
