/* SPDX-License-Identifier: MIT */
/*
 * measures: named measures as text: a JSON object, or a line each for a
 * terminal.
 *
 *	struct measures r = { .table = isatty(fd) };
 *
 *	measures_put(&r, "length", 12.5);
 *	measures_scores(&r, &estimate, more, n);
 *	measures_end(&r);             // the text is complete
 *	buf_release(&r.text);
 */
#ifndef EVAL_MEASURES_H
#define EVAL_MEASURES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "divergence/divergence.h"
#include "divergence/estimate.h"
#include "eval/ratio.h"

/* All zero: an empty JSON report.  The caller releases text. */
struct measures {
	struct buf text;
	bool table; /* a line each */
};

/* A divergence, and the name that its measure gets. */
struct measures_row {
	const char *name;
	struct divergence divergence;
};

/* Append a measure.  A value that is not finite does not exist: nothing. */
void measures_put(struct measures *, const char *name, double value);
/* Append a ratio, and its standard error as se.NAME. */
void measures_ratio(struct measures *, const char *name, const struct ratio *);
/*
 * Append every divergence without a parameter, and those of `more` with one,
 * each with its standard error; then calibration, ess and auc.
 */
void measures_scores(struct measures *, const struct estimate *,
    const struct measures_row *more, size_t rows);
void measures_end(struct measures *);

#endif
