/* SPDX-License-Identifier: MIT */
/*
 * lines: a file of JSON lines, read while it may grow.
 *
 *	l = lines_open(path);
 *	while ((r = lines_read(l, &object)) > 0)
 *		...
 *	lines_close(l);
 *
 * A last line without its newline is not complete: it is kept until the rest
 * comes, and lines_read returns 0 as at the end of the file.  After 0, a later
 * call reads what was added since.  A blank line is passed over.
 */
#ifndef REPORT_LINES_H
#define REPORT_LINES_H

#include <stdbool.h>

#include "base/err.h"
#include "io/json.h"

struct lines;

struct lines *lines_open(const char *path); /* NULL on failure */
void lines_close(struct lines *);           /* NULL is fine */
/*
 * The next line, an object, borrowed until the next call: 1; 0 at the end; -1
 * names the file and the line that is not an object, or that is too long.
 */
must_use int lines_read(struct lines *, const struct json **);
/*
 * Whether the file was replaced or cut since it was opened, so that it has to
 * be opened again.
 */
bool lines_replaced(const struct lines *);

#endif
