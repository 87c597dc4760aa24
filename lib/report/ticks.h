/* SPDX-License-Identifier: MIT */
/*
 * ticks: an axis whose marks are round numbers.
 *
 * axis_fit takes the range of the data and about how many marks are wanted.  It
 * widens the range to whole steps of 1, 2 or 5 times a power of ten.  Positive
 * data that spans more than two powers of ten gets a logarithmic axis, if
 * allowed, with a mark at every power, or every second, third ...
 */
#ifndef REPORT_TICKS_H
#define REPORT_TICKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct axis {
	double lo, hi; /* of the axis; lo < hi, finite */
	double step;   /* between marks; of a log axis, in powers of ten */
	size_t marks;
	bool log;
};

struct axis axis_fit(double lo, double hi, size_t marks, bool may_log);
/* The same that does not begin or end where the data does not. */
struct axis axis_tight(double lo, double hi, size_t marks);
double axis_mark(const struct axis *, size_t i);
/* Where a value lies, 0 at lo and 1 at hi. */
double axis_place(const struct axis *, double);
/* The text of a mark, with the decimals that the step needs. */
void axis_text(const struct axis *, size_t i, struct buf *);

#endif
