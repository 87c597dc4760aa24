/* SPDX-License-Identifier: MIT */
/*
 * Lengths are in units of the view box, which the page scales.  A path's
 * coordinates are in tenths, each relative to the rounded one before, so that
 * nothing drifts and a point takes few bytes.
 */
#include "report/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/html.h"
#include "report/reduce.h"
#include "report/ticks.h"

enum {
	WIDTH = 480,
	HEIGHT = 270,
	LEFT = 52,
	RIGHT = 14,
	TOP = 12,
	BOTTOM = 40,
	LEGEND = 20, /* a line of it */
	TITLE = 26,
	DOTS_MAX = 60,
};

struct frame {
	struct axis x, y;
	double left, top, width, height;
};

/* Ones that the commoner kinds of color blindness keep apart, too, by hue or by
 * lightness. */
static const char *const light[FIGURE_COLORS] = { "#0b57b5", "#e0660c",
	"#00876a", "#b0399a", "#5f4700", "#2e90cc", "#8f1238", "#5d6673" };
static const char *const dark[FIGURE_COLORS] = { "#6ea6ff", "#ff9a4d",
	"#2fc79b", "#e79be0", "#f3dc7a", "#b5e4ff", "#e0557c", "#a9b3c1" };

void
figure_colors(struct buf *b, bool of_dark)
{
	size_t i;

	for (i = 0; i < FIGURE_COLORS; i++)
		buf_addf(b, "--c%zu:%s;", i, of_dark ? dark[i] : light[i]);
}

bool
figure_bounds(const struct figure *f, struct bounds *out)
{
	struct bounds r = { 0 };
	const struct curve *c;
	bool any = false;
	size_t i, k;

	for (k = 0; k < f->curves; k++)
		for (i = 0, c = &f->curve[k]; i < c->n; i++) {
			if (!isfinite(c->x[i]) || !isfinite(c->y[i]))
				continue;
			if (!any)
				r = (struct bounds){ c->x[i], c->x[i], c->y[i],
					c->y[i] };
			any = true;
			r.x_lo = fmin(r.x_lo, c->x[i]);
			r.x_hi = fmax(r.x_hi, c->x[i]);
			r.y_lo = fmin(r.y_lo, c->y[i]);
			r.y_hi = fmax(r.y_hi, c->y[i]);
		}
	*out = r;
	return any;
}

static double
across(const struct frame *f, double x)
{
	return f->left + f->width * axis_place(&f->x, x);
}

static double
up(const struct frame *f, double y)
{
	return f->top + f->height * (1 - axis_place(&f->y, y));
}

static void
put_mark(struct buf *b, const struct axis *a, size_t i)
{
	struct buf text = { 0 };

	axis_text(a, i, &text);
	if (text.p[0] == '-')
		buf_adds(b, "\u2212");
	buf_adds(b, buf_text(&text) + (text.p[0] == '-'));
	buf_release(&text);
}

static void
put_axes(struct buf *b, const struct frame *f, const char *label)
{
	double bottom = f->top + f->height, at;
	size_t i;

	for (i = 0; i < f->y.marks; i++) {
		at = up(f, axis_mark(&f->y, i));
		buf_addf(b,
		    "<path class=\"grid\" d=\"M%.1f %.1fh%.1f\"/>"
		    "<text x=\"%.1f\" y=\"%.1f\" class=\"mark end\">",
		    f->left, at, f->width, f->left - 7, at + 4);
		put_mark(b, &f->y, i);
		buf_adds(b, "</text>\n");
	}
	buf_addf(b, "<path class=\"base\" d=\"M%.1f %.1fh%.1f\"/>", f->left,
	    bottom, f->width);
	for (i = 0; i < f->x.marks; i++) {
		at = across(f, axis_mark(&f->x, i));
		buf_addf(b,
		    "<path class=\"base\" d=\"M%.1f %.1fv4\"/>"
		    "<text x=\"%.1f\" y=\"%.1f\" class=\"mark middle\">",
		    at, bottom, at, bottom + 18);
		put_mark(b, &f->x, i);
		buf_adds(b, "</text>\n");
	}
	buf_addf(b, "<text x=\"%.1f\" y=\"%.1f\" class=\"mark middle\">",
	    f->left + f->width / 2, bottom + 35);
	html_string(b, label);
	buf_adds(b, "</text>\n");
}

static long
tenths(double v)
{
	return lround(10 * v);
}

/* A length of so many tenths, after a blank unless its sign divides. */
static void
put_tenths(struct buf *b, long v, bool first)
{
	if (v < 0)
		buf_addc(b, '-');
	else if (!first)
		buf_addc(b, ' ');
	v = labs(v);
	if (v >= 10 || v == 0)
		buf_addf(b, "%ld", v / 10);
	if (v % 10 != 0)
		buf_addf(b, ".%ld", v % 10);
}

static void
put_path(struct buf *b, const struct frame *f, const double *x, const double *y,
    size_t n)
{
	long px = 0, py = 0, nx, ny;
	size_t i;

	for (i = 0; i < n; i++) {
		nx = tenths(across(f, x[i]));
		ny = tenths(up(f, y[i]));
		if (i < 2)
			buf_addc(b, i == 0 ? 'M' : 'l');
		put_tenths(b, nx - px, i < 2);
		put_tenths(b, ny - py, false);
		px = nx;
		py = ny;
	}
}

static void
put_dots(struct buf *b, const struct frame *f, const double *x, const double *y,
    size_t n, unsigned color)
{
	size_t i;

	for (i = 0; i < n && n <= DOTS_MAX; i++)
		buf_addf(b,
		    "<circle class=\"c%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\"/>",
		    color, across(f, x[i]), up(f, y[i]));
}

static void
put_curve(struct buf *b, const struct frame *f, const struct curve *c,
    size_t most)
{
	static const char *const weights[] = { "faint", "thin", "bold",
		"dashed" };
	double *x = mem_alloc(most, sizeof *x), *y = mem_alloc(most, sizeof *y);
	size_t n = reduce_extremes(c->x, c->y, c->n, most, x, y);
	unsigned color = c->color % FIGURE_COLORS;

	if (n > 1) {
		buf_addf(b, "<path class=\"%s c%u\" d=\"", weights[c->weight],
		    color);
		put_path(b, f, x, y, n);
		buf_adds(b, "\"/>\n");
	}
	if (c->dots || n == 1)
		put_dots(b, f, x, y, n, color);
	free(x);
	free(y);
}

/* Names of the curves that are not faint, each once, with its color. */
static size_t
legend_rows(const struct figure *f)
{
	size_t k, n = 0;

	for (k = 0; k < f->curves; k++)
		n += f->curve[k].weight != CURVE_FAINT;
	return n;
}

static void
put_legend(struct buf *b, const struct figure *f, double top)
{
	const struct curve *c;
	size_t k;

	for (k = 0; k < f->curves; k++) {
		c = &f->curve[k];
		if (c->weight == CURVE_FAINT)
			continue;
		buf_addf(b,
		    "<path class=\"bold c%u\" d=\"M%d %.1fh18\"/>"
		    "<text class=\"name\" x=\"%d\" y=\"%.1f\">",
		    c->color % FIGURE_COLORS, LEFT, top - 4, LEFT + 26, top);
		html_string(b, c->name);
		buf_adds(b, "</text>\n");
		top += LEGEND;
	}
}

static void
put_style(struct buf *b)
{
	size_t i;

	buf_adds(b, "<style>svg{");
	figure_colors(b, false);
	buf_adds(b,
	    "--ink:#1c2430;--soft:#5d6673;--rule:#dfe3e8;background:#fff;"
	    "font-family:system-ui,sans-serif}\n"
	    "@media(prefers-color-scheme:dark){svg{");
	figure_colors(b, true);
	buf_adds(b,
	    "--ink:#e6e9ee;--soft:#9aa4b2;--rule:#2c333d;background:#14181d}}\n"
	    "path{fill:none}.grid{stroke:var(--rule)}"
	    ".base{stroke:var(--soft)}.mark{fill:var(--soft);font-size:13px}"
	    ".name{fill:var(--ink);font-size:13px}"
	    ".title{fill:var(--ink);font-size:15px;font-weight:600}"
	    ".end{text-anchor:end}.middle{text-anchor:middle}"
	    ".faint{opacity:.35}.thin{stroke-width:1.2;opacity:.6}"
	    ".bold,.dashed{stroke-width:2.2;stroke-linejoin:round}"
	    ".dashed{stroke-dasharray:5 4}");
	for (i = 0; i < FIGURE_COLORS; i++)
		buf_addf(b,
		    "path.c%zu{stroke:var(--c%zu)}circle.c%zu{fill:var(--c%zu)"
		    "}",
		    i, i, i, i);
	buf_adds(b, "</style>\n");
}

static struct frame
frame_of(const struct figure *f, const struct bounds *r, double head)
{
	struct frame a = { .left = LEFT,
		.top = TOP + head,
		.width = WIDTH - LEFT - RIGHT,
		.height = HEIGHT - TOP - BOTTOM };
	bool zero = (f->from_zero || f->share) && r->y_lo >= 0;
	bool share = f->share && r->y_hi <= 1;

	a.x = axis_tight(r->x_lo, r->x_hi, 5);
	a.y = axis_fit(zero ? 0 : r->y_lo, share ? 1 : r->y_hi, 5,
	    !f->linear && !zero);
	return a;
}

void
figure_svg(struct buf *b, const struct figure *f, bool alone)
{
	size_t most = f->points > 0 ? f->points : FIGURE_POINTS, k;
	double head = alone ? TITLE + LEGEND * (double)legend_rows(f) : 0;
	struct bounds r;
	struct frame a;

	(void)figure_bounds(f, &r);
	a = frame_of(f, &r, head);
	buf_addf(b, "<svg%s viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"",
	    alone ? " xmlns=\"http://www.w3.org/2000/svg\"" : "", WIDTH,
	    HEIGHT + head);
	html_string(b, f->title);
	buf_adds(b, "\">\n");
	if (alone) {
		put_style(b);
		buf_addf(b, "<text class=\"title\" x=\"%d\" y=\"20\">", LEFT);
		html_string(b, f->title);
		buf_adds(b, "</text>\n");
		put_legend(b, f, TITLE + 14);
	}
	put_axes(b, &a, f->x_label);
	for (k = 0; k < f->curves; k++)
		put_curve(b, &a, &f->curve[k], most);
	buf_adds(b, "</svg>\n");
}
