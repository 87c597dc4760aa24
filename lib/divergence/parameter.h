/* SPDX-License-Identifier: MIT */
/*
 * parameter: the number A of a row that is written "NAME:A", such as
 * "alpha:0.5".  The tables of divergence.h and objective.h read and list
 * their names by these functions.
 */
#ifndef DIVERGENCE_PARAMETER_H
#define DIVERGENCE_PARAMETER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct parameter {
	const char *letter; /* its name in lists: "A"; NULL: takes none */
	double lo, hi;      /* allowed range */
	bool open;          /* lo and hi themselves are not allowed */
};

/* Whether text is NAME or begins with "NAME:". */
bool parameter_follows(const char *text, const char *name);
/*
 * *a = the number after the colon of text; unchanged if the row takes none.  -1
 * where the number is missing, malformed or outside the range, or where there
 * is one and the row takes none.
 */
must_use int parameter_parse(const struct parameter *, const char *text,
    double *a);
/* Append "NAME" or "NAME:LETTER" to a list separated by spaces. */
void parameter_list(const struct parameter *, const char *name, struct buf *);

#endif
