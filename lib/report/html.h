/* SPDX-License-Identifier: MIT */
/*
 * html: text of policies and data as HTML, which shows it and runs nothing.
 *
 * Markup characters and quotes become references, so the text may stand in an
 * element or in an attribute between double quotes.  Control characters are
 * shown as their pictures (U+2400 ...), bytes that are not UTF-8 as U+FFFD, and
 * characters that change the direction of text, or that no one sees, as
 * <U+202E>.  Newlines and tabs stay.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <stddef.h>

#include "base/buf.h"
#include "io/json.h"

void html_text(struct buf *, const char *, size_t n);
void html_string(struct buf *, const char *);
/* At most `most` bytes of it, then an ellipsis. */
void html_cut(struct buf *, const char *, size_t n, size_t most);
/* The text of a value of JSON, without quotes, or it as JSON; a number with 15
 * digits at most.  Not HTML yet. */
void html_plain(const struct json *, struct buf *out);
/* A number with a minus sign as long as a plus; a dash where not finite. */
void html_fixed(struct buf *, double, int decimals);
/* A whole number, in groups of three digits from 10000 on; a dash where it is
 * not one. */
void html_count(struct buf *, double);
/* A number with so many significant digits at most, or with all of an integer
 * below 1e7. */
void html_number(struct buf *, double, int digits);
/* The beginning of a text that is cut at `most` bytes, between characters. */
size_t html_fit(const char *, size_t n, size_t most);

#endif
