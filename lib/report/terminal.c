/* SPDX-License-Identifier: MIT */
/*
 * Braille characters have their dots in bits 0 to 7 of U+2800: the left column
 * is bits 0 1 2 6 from the top, the right one 3 4 5 7.
 */
#include "report/terminal.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "report/reduce.h"
#include "report/ticks.h"

enum { LABEL = 10, LEAST = 8 }; /* columns */

struct canvas {
	size_t columns, rows;
	uint8_t *dots;  /* [rows][columns] */
	uint8_t *color; /* the same; 0: none, or 1 + color */
};

static void
put_code(struct buf *b, uint32_t c)
{
	char text[4];

	buf_add(b, text, utf8_encode(c, text));
}

void
terminal_text(struct buf *b, const char *s, size_t width)
{
	size_t n = strlen(s), length, used = 0;
	uint32_t c;

	for (; n > 0 && used < width; s += length, n -= length, used++) {
		c = utf8_decode(s, n, &length);
		if (c < ' ' || c == 127 || c == UINT32_MAX || utf8_is_unseen(c))
			buf_addc(b, '?');
		else
			buf_add(b, s, length);
	}
	for (; used < width; used++)
		buf_addc(b, ' ');
}

void
terminal_number(struct buf *b, double x, size_t width)
{
	char text[40];

	if (!isfinite(x))
		(void)snprintf(text, sizeof text, "-");
	else if (fabs(x) < 1e7 && x == floor(x))
		(void)snprintf(text, sizeof text, "%.0f", x);
	else
		(void)snprintf(text, sizeof text, "%.4g", x);
	buf_addf(b, "%*s", (int)width, text);
}

void
terminal_spark(struct buf *b, const double *y, size_t n, size_t width)
{
	double *x = mem_alloc(n, sizeof *x), *px, *py;
	double lo = HUGE_VAL, hi = -HUGE_VAL;
	size_t i, m;

	px = mem_alloc(width, sizeof *px);
	py = mem_alloc(width, sizeof *py);
	m = n > 0 ? reduce_mean(x, y, n, n / (2 * width), width, px, py) : 0;
	for (i = 0; i < m; i++) {
		lo = fmin(lo, py[i]);
		hi = fmax(hi, py[i]);
	}
	for (i = 0; i < m; i++)
		put_code(b,
		    0x2581 +
			(hi > lo ?
				(uint32_t)(7.999 * (py[i] - lo) / (hi - lo)) :
				3));
	for (; i < width; i++)
		buf_addc(b, ' ');
	free(x);
	free(px);
	free(py);
}

static void
set_dot(struct canvas *c, double x, double y, unsigned color)
{
	static const uint8_t bit[2][4] = { { 1, 2, 4, 64 },
		{ 8, 16, 32, 128 } };
	size_t wide = 2 * c->columns, high = 4 * c->rows, i, k, at;

	i = (size_t)fmax(0,
	    fmin((double)(wide - 1), x * (double)(wide - 1) + 0.5));
	k = (size_t)fmax(0,
	    fmin((double)(high - 1), (1 - y) * (double)(high - 1) + 0.5));
	at = k / 4 * c->columns + i / 2;
	c->dots[at] |= bit[i % 2][k % 4];
	c->color[at] = (uint8_t)(1 + color);
}

/* A line between two places of the unit square, dot by dot. */
static void
draw_line(struct canvas *c, const double from[2], const double to[2],
    unsigned color)
{
	double wide = 2 * (double)c->columns, high = 4 * (double)c->rows;
	double most =
	    fmax(fabs(to[0] - from[0]) * wide, fabs(to[1] - from[1]) * high);
	size_t steps = (size_t)most + 1, i;
	double part;

	for (i = 0; i <= steps; i++) {
		part = (double)i / (double)steps;
		set_dot(c, from[0] + part * (to[0] - from[0]),
		    from[1] + part * (to[1] - from[1]), color);
	}
}

static void
draw_curve(struct canvas *c, const struct curve *v, const struct axis *x,
    const struct axis *y)
{
	size_t most = 4 * c->columns, n, i;
	double *px = mem_alloc(most, sizeof *px);
	double *py = mem_alloc(most, sizeof *py), from[2], to[2];

	n = reduce_extremes(v->x, v->y, v->n, most, px, py);
	for (i = 0; i < n; i++) {
		to[0] = axis_place(x, px[i]);
		to[1] = axis_place(y, py[i]);
		if (i == 0)
			memcpy(from, to, sizeof from);
		draw_line(c, from, to, v->color % FIGURE_COLORS);
		memcpy(from, to, sizeof from);
	}
	free(px);
	free(py);
}

/* The color's number among the sixteen of a terminal. */
static unsigned
ansi(unsigned color)
{
	static const unsigned codes[FIGURE_COLORS] = { 34, 33, 32, 35, 93, 36,
		31, 90 };

	return codes[color % FIGURE_COLORS];
}

static void
put_row(struct buf *b, const struct canvas *c, size_t row, bool color)
{
	unsigned now = 0, next;
	size_t i, at;

	for (i = 0; i < c->columns; i++) {
		at = row * c->columns + i;
		next = color ? c->color[at] : 0;
		if (next != now && now != 0)
			buf_adds(b, "\033[0m");
		if (next != now && next != 0)
			buf_addf(b, "\033[%um", ansi(next - 1));
		now = next;
		if (c->dots[at] == 0)
			buf_addc(b, ' ');
		else
			put_code(b, 0x2800u + c->dots[at]);
	}
	if (now != 0)
		buf_adds(b, "\033[0m");
}

/* The mark of the y axis that lies in a row, or nothing. */
static void
put_label(struct buf *b, const struct axis *y, size_t row, size_t rows)
{
	struct buf text = { 0 };
	size_t i, at;

	for (i = 0; i < y->marks; i++) {
		at = (size_t)((1 - axis_place(y, axis_mark(y, i))) *
			(double)(rows - 1) +
		    0.5);
		if (at == row) {
			axis_text(y, i, &text);
			break;
		}
	}
	buf_addf(b, "%*s %s", LABEL - 2, text.n > 0 ? buf_text(&text) : "",
	    text.n > 0 ? "\u2524" : "\u2502");
	buf_release(&text);
}

static void
put_x_marks(struct buf *b, const struct axis *x, const char *label,
    size_t columns)
{
	struct buf text = { 0 }, line = { 0 };
	size_t i, at;

	for (i = 0; i < x->marks; i++) {
		buf_reset(&text);
		axis_text(x, i, &text);
		at = (size_t)(axis_place(x, axis_mark(x, i)) *
		    (double)(columns - 1));
		at = at > text.n / 2 ? at - text.n / 2 : 0;
		if (at + text.n > columns)
			at = columns > text.n ? columns - text.n : 0;
		if (i > 0 && at < line.n + 1)
			continue;
		while (line.n < at)
			buf_addc(&line, ' ');
		buf_add(&line, text.p, text.n);
	}
	terminal_text(b, label, LABEL);
	buf_addf(b, "%s\n", buf_text(&line));
	buf_release(&text);
	buf_release(&line);
}

/* The last number of a curve that is finite, or NaN. */
static double
last_of(const struct curve *c)
{
	size_t i = c->n;

	while (i > 0 && !isfinite(c->y[i - 1]))
		i--;
	return i > 0 ? c->y[i - 1] : (double)NAN;
}

/* Names, with the last number: without colors that tells curves apart. */
static void
put_names(struct buf *b, const struct figure *f, size_t columns, bool color)
{
	struct buf text = { 0 };
	size_t k;

	for (k = 0; k < f->curves && f->curves > 1; k++) {
		buf_addf(b, "%*s", LABEL, "");
		if (color)
			buf_addf(b, "\033[%um", ansi(f->curve[k].color));
		buf_adds(b, "\u2500\u2500 ");
		if (color)
			buf_adds(b, "\033[0m");
		buf_reset(&text);
		buf_addf(&text, "%s, ", f->curve[k].name);
		terminal_number(&text, last_of(&f->curve[k]), 0);
		buf_adds(&text, " at the end");
		terminal_text(b, buf_text(&text), columns);
		buf_addc(b, '\n');
	}
	buf_release(&text);
}

void
terminal_figure(struct buf *b, const struct figure *f, size_t columns,
    size_t rows, bool color)
{
	struct canvas c = { .rows = rows };
	struct bounds r;
	struct axis x, y;
	size_t k;

	c.columns = columns > LABEL + LEAST ? columns - LABEL : LEAST;
	c.dots = mem_alloc(c.rows * c.columns, 1);
	c.color = mem_alloc(c.rows * c.columns, 1);
	(void)figure_bounds(f, &r);
	x = axis_tight(r.x_lo, r.x_hi, c.columns / 12 + 1);
	y = axis_fit(r.y_lo, r.y_hi, rows / 3 + 1, !f->linear);
	for (k = 0; k < f->curves; k++)
		draw_curve(&c, &f->curve[k], &x, &y);
	buf_addf(b, "%*s", LABEL, "");
	terminal_text(b, f->title, c.columns);
	buf_addc(b, '\n');
	for (k = 0; k < rows; k++) {
		put_label(b, &y, k, rows);
		put_row(b, &c, k, color);
		buf_addc(b, '\n');
	}
	put_x_marks(b, &x, f->x_label, c.columns);
	put_names(b, f, c.columns - 3, color);
	free(c.dots);
	free(c.color);
}
