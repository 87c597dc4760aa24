/* SPDX-License-Identifier: MIT */
/*
 * columns: the numbers of JSON lines, by key.
 *
 * A point of a column is (x, y): y the number, x the line's `step`, or the
 * number of the line where it has none.  Keys are those of the object itself; a
 * value that is not a number makes no point.  A step that comes again replaces
 * the points from that step on, because a run that goes on begins behind its
 * last saved step.
 *
 *	struct columns c = { 0 };
 *
 *	columns_read(&c, path);
 *	loss = columns_find(&c, "loss");
 *	columns_release(&c);
 */
#ifndef REPORT_COLUMNS_H
#define REPORT_COLUMNS_H

#include <stddef.h>

#include "base/err.h"
#include "io/json.h"

enum { COLUMNS_MAX = 1024 };

struct column {
	char *key; /* owned */
	double *x, *y;
	size_t n, x_cap, y_cap;
};

struct columns {
	struct column *column; /* in the order in which keys came */
	size_t n, cap;
	size_t lines;
};

/* Add all complete lines of a file. */
must_use int columns_read(struct columns *, const char *path);
/* Add one line; -1: more than COLUMNS_MAX keys. */
must_use int columns_add(struct columns *, const struct json *object);
/* Borrowed until the next addition; NULL where no line has the key. */
const struct column *columns_find(const struct columns *, const char *key);
/* Its last y, or NaN; column may be NULL. */
double column_last(const struct column *);
void columns_release(struct columns *);

#endif
