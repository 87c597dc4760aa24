/* SPDX-License-Identifier: MIT */
/*
 * jinja_print: values as text: as `{{ value }}` prints them, as Python's
 * repr(), and as JSON.  The text of a value has its origin.
 */
#ifndef TEXT_JINJA_PRINT_H
#define TEXT_JINJA_PRINT_H

#include <stdbool.h>

#include "base/err.h"
#include "text/jinja_text.h"
#include "text/jinja_value.h"

/* -1: the value has no text, such as a function. */
must_use int jval_print(struct jbuild *, const struct jval *);
/* The text itself, or the printed value. */
must_use int jval_as_text(struct jarena *, const struct jval *,
    const struct jtext **);

struct jjson {
	const char *comma, *colon; /* between items; after a key */
	const char *indent;        /* of one level; NULL: in one line */
	bool ascii, sorted;
};
must_use int jval_put_json(struct jbuild *, const struct jval *,
    const struct jjson *);
/* A number as Python writes it; the caller's buffer has 64 bytes. */
void jval_real_text(double, char *out);

#endif
