/* SPDX-License-Identifier: MIT */
/*
 * terminal: curves and words as characters of a terminal.
 *
 * Text of files is shown without control characters.  A character counts as one
 * column.
 */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "report/figure.h"

/* Exactly `width` columns of a text, cut or filled up with blanks. */
void terminal_text(struct buf *, const char *, size_t width);
/* A number of at most four digits and an exponent, at the right of `width`. */
void terminal_number(struct buf *, double, size_t width);
/* The course of y[n] in `width` characters of eight heights. */
void terminal_spark(struct buf *, const double *y, size_t n, size_t width);
/*
 * The figure in characters of 2 x 4 dots: its title, `rows` lines with an axis
 * at their left, the marks of x, and names of curves, all within `columns`.
 */
void terminal_figure(struct buf *, const struct figure *, size_t columns,
    size_t rows, bool color);

#endif
