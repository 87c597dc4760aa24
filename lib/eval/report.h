/* SPDX-License-Identifier: MIT */
/*
 * report: named measures as text: a JSON object, or a line each for a
 * terminal.
 *
 *	struct report r = { .table = isatty(fd) };
 *
 *	report_put(&r, "length", 12.5);
 *	report_scores(&r, &estimate, more, n);
 *	report_end(&r);             // the text is complete
 *	buf_release(&r.text);
 */
#ifndef EVAL_REPORT_H
#define EVAL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "divergence/divergence.h"
#include "divergence/estimate.h"
#include "eval/ratio.h"

/* All zero: an empty JSON report.  The caller releases text. */
struct report {
	struct buf text;
	bool table; /* a line each */
};

/* A divergence, and the name that its measure gets. */
struct report_row {
	const char *name;
	struct divergence divergence;
};

/* Append a measure.  A value that is not finite does not exist: nothing. */
void report_put(struct report *, const char *name, double value);
/* Append a ratio, and its standard error as se.NAME. */
void report_ratio(struct report *, const char *name, const struct ratio *);
/*
 * Append every divergence without a parameter, and those of `more` with one,
 * each with its standard error; then calibration, ess and auc.
 */
void report_scores(struct report *, const struct estimate *,
    const struct report_row *more, size_t rows);
void report_end(struct report *);

#endif
