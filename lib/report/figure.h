/* SPDX-License-Identifier: MIT */
/*
 * figure: curves in one pair of axes, as SVG.
 *
 * A curve has n points in order of x; those that are not finite are left out.
 * What is drawn of it has at most a few hundred points (reduce.h).  Colors are
 * classes c0 .. c7 of the page's style sheet; a figure that stands alone has a
 * style sheet of its own, for light and dark, and a legend.
 */
#ifndef REPORT_FIGURE_H
#define REPORT_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum { FIGURE_COLORS = 8, FIGURE_POINTS = 400 };
enum curve_weight { CURVE_FAINT, CURVE_THIN, CURVE_BOLD, CURVE_DASHED };

struct curve {
	const char *name;    /* borrowed */
	const double *x, *y; /* [n]; borrowed */
	size_t n;
	unsigned color; /* taken modulo FIGURE_COLORS */
	enum curve_weight weight;
	bool dots; /* mark each point */
};

struct figure {
	const char *title, *x_label; /* borrowed */
	const struct curve *curve;   /* [curves]; borrowed */
	size_t curves;
	size_t points;  /* of a curve at most; 0: FIGURE_POINTS */
	bool from_zero; /* the y axis begins at 0 */
	bool share;     /* and goes to 1 */
	bool linear;    /* no logarithmic axis */
};

/* The ranges of all finite points; false where there is none. */
struct bounds {
	double x_lo, x_hi, y_lo, y_hi;
};
bool figure_bounds(const struct figure *, struct bounds *);
/* Append <svg>...</svg>, to stand in a page or alone. */
void figure_svg(struct buf *, const struct figure *, bool alone);
/* The declarations of the color classes, for light and for dark. */
void figure_colors(struct buf *, bool dark);

#endif
