/* SPDX-License-Identifier: MIT */
/* figure: ticks are round, reduction keeps what counts, points lie where their
 * numbers say. */
#include "report/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/reduce.h"
#include "report/terminal.h"
#include "report/ticks.h"
#include "tests/tap.h"

static bool
marks(const struct axis *a, const char *wanted)
{
	struct buf b = { 0 };
	bool same;
	size_t i;

	for (i = 0; i < a->marks; i++) {
		if (i > 0)
			buf_addc(&b, ' ');
		axis_text(a, i, &b);
	}
	same = strcmp(buf_text(&b), wanted) == 0;
	if (!same)
		printf("# %s\n", b.p);
	buf_release(&b);
	return same;
}

static void
test_ticks(void)
{
	struct axis a = axis_fit(0.13, 0.92, 5, false);

	ok(marks(&a, "0.0 0.2 0.4 0.6 0.8 1.0"), "marks of 0.13 to 0.92");
	a = axis_fit(-3, 7, 5, false);
	ok(marks(&a, "-4 -2 0 2 4 6 8"), "marks on both sides of 0");
	a = axis_fit(3, 3, 5, true);
	ok(a.lo < 3 && a.hi > 3 && a.marks >= 3, "a range without width");
	a = axis_fit(0, 0, 5, false);
	ok(a.lo < 0 && a.hi > 0, "a range of zeros");
	a = axis_fit(0.02, 40, 5, true);
	ok(a.log && marks(&a, "0.01 0.1 1 10 100"),
	    "more than two powers of ten make a logarithmic axis");
	a = axis_fit(1e-280, 1e300, 5, true);
	ok(isfinite(a.hi) && isfinite(axis_place(&a, 1e299)),
	    "the ends of the range of doubles");
	a = axis_fit(-1.7e308, 1.7e308, 5, true);
	ok(isfinite(a.lo) && isfinite(a.hi) && a.marks <= 20,
	    "a range whose width overflows");
	a = axis_tight(1, 30, 5);
	ok(marks(&a, "5 10 15 20 25 30") && fabs(axis_place(&a, 1)) < 1e-12,
	    "a tight axis begins where the data does");
}

static void
test_reduce(void)
{
	enum { N = 10000 };
	static double x[N], y[N], px[400], py[400];
	size_t n, i;
	double most = 0;

	for (i = 0; i < N; i++) {
		x[i] = (double)i;
		y[i] = i == 7777 ? 100 : (double)(i % 3);
	}
	n = reduce_extremes(x, y, N, 400, px, py);
	for (i = 0; i < n; i++)
		most = fmax(most, py[i]);
	ok(n == 400 && fabs(most - 100) < 1e-12, "a spike is kept");
	for (i = 1; i < n && px[i] > px[i - 1];)
		i++;
	ok(i == n, "points stay in order");
	y[5] = (double)NAN;
	ok(reduce_extremes(x, y, 10, 400, px, py) == 9,
	    "a point that is not finite is left out");
	n = reduce_mean(x, x, N, 50, 400, px, py);
	for (i = 0; i < n && fabs(px[i] - py[i]) < 1e-9;)
		i++;
	ok(n == 400 && i == 398 && fabs(py[399] - (N - 1 - 25)) < 1e-9,
	    "the running mean of a line is the line, but for its end");
	ok(reduce_mean(x, x, 1, 50, 400, px, py) == 1 &&
		reduce_mean(x, x, 0, 50, 400, px, py) == 0,
	    "one point, and none");
}

static size_t
count(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word)) != NULL) {
		text++;
		n++;
	}
	return n;
}

static void
test_figure(void)
{
	static const double x[] = { 0, 5, 10 }, y[] = { 0, 10, 0 };
	static const double odd[] = { (double)NAN, 1e308, -1e308 };
	struct curve c = { "<one>", x, y, 3, 0, CURVE_BOLD, false };
	struct figure f = { .title = "A & b",
		.x_label = "step",
		.curve = &c,
		.curves = 1 };
	struct buf b = { 0 };

	figure_svg(&b, &f, false);
	/* 52 to 466 across, 230 to 12 up */
	ok(strstr(buf_text(&b), "d=\"M52 230l207-218 207 218\"") != NULL,
	    "points lie where their numbers say");
	ok(strstr(b.p, "aria-label=\"A &amp; b\"") != NULL &&
		strstr(b.p, "<style") == NULL,
	    "a figure of a page has no style of its own");
	buf_reset(&b);
	figure_svg(&b, &f, true);
	ok(strstr(buf_text(&b), "xmlns") != NULL &&
		strstr(b.p, "&lt;one&gt;</text>") != NULL &&
		strstr(b.p, "prefers-color-scheme:dark") != NULL,
	    "a figure alone has a style and a legend");
	buf_reset(&b);
	c.y = odd;
	figure_svg(&b, &f, true);
	ok(strstr(buf_text(&b), "nan") == NULL && strstr(b.p, "inf") == NULL,
	    "numbers that cannot be drawn are not");
	c.n = 0;
	buf_reset(&b);
	figure_svg(&b, &f, false);
	ok(strstr(buf_text(&b), "nan") == NULL, "a figure without points");
	buf_release(&b);
}

static void
test_terminal(void)
{
	static const double x[] = { 1, 2, 3, 4 }, y[] = { 0, 1, 2, 3 };
	struct curve c = { "up", x, y, 4, 0, CURVE_BOLD, false };
	struct figure f = { .title = "up",
		.x_label = "step",
		.curve = &c,
		.curves = 1 };
	struct buf b = { 0 };

	terminal_spark(&b, y, 4, 4);
	ok(strcmp(buf_text(&b), "\u2581\u2583\u2586\u2588") == 0,
	    "a spark line from the lowest to the highest: %s", b.p);
	buf_reset(&b);
	terminal_text(&b, "a\033[2J\u00e9\xff", 8);
	ok(strcmp(buf_text(&b), "a?[2J\u00e9? ") == 0,
	    "text of files has no escapes, and is filled up");
	buf_reset(&b);
	terminal_figure(&b, &f, 40, 8, false);
	ok(count(buf_text(&b), "\n") == 10 && strchr(b.p, '\033') == NULL,
	    "a figure has its rows, a title and marks");
	buf_reset(&b);
	terminal_figure(&b, &f, 1, 8, true);
	ok(strstr(buf_text(&b), "\033[34m") != NULL, "a narrow one, in color");
	buf_release(&b);
}

int
main(void)
{
	test_ticks();
	test_reduce();
	test_figure();
	test_terminal();
	return tap_done();
}
