/* SPDX-License-Identifier: MIT */
/*
 * curves: the numbers of lines of metrics, by name and step.
 *
 * A line is an object with a `step`.  Its numbers and truth values (1 and 0)
 * are points, under their keys; so are those of each of its `objectives`, as
 * NAME/KEY, and of their `stats`.  All else is passed over.  `time`, in
 * seconds since 1970, counts for the lines after it too that have none.
 *
 *	struct curves c = { 0 };
 *
 *	rc = curves_read(&c, "metrics.jsonl");		// for each file
 *	...
 *	curves_release(&c);
 */
#ifndef EVAL_CURVES_H
#define EVAL_CURVES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { CURVES_MAX = 1024, CURVES_BYTES = 1 << 30 };

struct curves_point {
	size_t name;
	double value;
};

struct curves_line {
	uint64_t step;
	double time;
	size_t point, points; /* first, and how many */
};

/* All zero: nothing read yet. */
struct curves {
	char **name; /* owned, in the order of their first points */
	size_t names, name_cap;
	struct curves_line *line;
	size_t lines, line_cap;
	struct curves_point *point;
	size_t points, point_cap;
	double time; /* of the last line that has one */
};

/*
 * Append the lines of a file of at most CURVES_BYTES; at most CURVES_MAX names
 * in all.  -1 names file, line and field.
 */
must_use int curves_read(struct curves *, const char *path);
void curves_release(struct curves *);

/*
 * Append the lines as a table: a row of names (step and time first), and a row
 * a line, where a number is missing nothing between its commas (RFC 4180).
 */
void curves_csv(const struct curves *, struct buf *);

#endif
