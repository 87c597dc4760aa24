/* SPDX-License-Identifier: MIT */
/* The scores of tokens, or of whole responses, as outlines of histograms. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/scored.h"

enum { BINS_MAX = 40, MANY = 1000, FEW = 200, OUTLINE = 2 * (BINS_MAX + 1) };

static const struct scored_values *
values_of(const struct scored *s, bool whole, size_t side)
{
	return whole ? &s->whole[side] : &s->token[side];
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The range that leaves out one score in 200 at either end; their number. */
static size_t
range_of(const struct scored *s, size_t groups, bool whole, double *lo,
    double *hi)
{
	const struct scored_values *v;
	double *all = NULL;
	size_t n = 0, cap = 0, i;

	for (i = 0; i < groups * SCORED_SIDES; i++) {
		v = values_of(&s[i / SCORED_SIDES], whole, i % SCORED_SIDES);
		if (v->n == 0)
			continue;
		all = mem_grow(all, &cap, n + v->n, sizeof *all);
		memcpy(all + n, v->x, v->n * sizeof *all);
		n += v->n;
	}
	if (n == 0)
		return 0;
	qsort(all, n, sizeof *all, by_value);
	*lo = all[n / 200];
	*hi = all[n - 1 - n / 200];
	if (!(*hi > *lo)) {
		*lo -= 0.5;
		*hi += 0.5;
	}
	free(all);
	return n;
}

/* Shares of all n scores: 2 (bins + 1) points. */
static size_t
outline(const struct scored_values *v, double lo, double hi, size_t bins,
    double *x, double *y)
{
	double share[BINS_MAX] = { 0 }, at, width = (hi - lo) / (double)bins;
	size_t i, k, n = 0;

	for (i = 0; i < v->n; i++) {
		at = floor((v->x[i] - lo) / width);
		k = (size_t)fmax(0, fmin((double)bins - 1, at));
		share[k] += 1 / (double)v->n;
	}
	x[n] = lo;
	y[n++] = 0;
	for (k = 0; k < bins; k++) {
		x[n] = lo + width * (double)k;
		y[n++] = share[k];
		x[n] = lo + width * (double)(k + 1);
		y[n++] = share[k];
	}
	x[n] = hi;
	y[n++] = 0;
	return n;
}

static void
put_caption(const struct page *p, const struct scored *s, bool whole)
{
	static const char *const names[] = { "samples", "demonstrations" };
	const struct scored_values *v;
	double order;
	size_t g, i;

	buf_adds(p->out, "<figcaption>");
	for (g = 0; g < p->groups; g++) {
		for (i = 0; i < SCORED_SIDES; i++) {
			v = values_of(&s[g], whole, i);
			if (v->n == 0)
				continue;
			buf_adds(p->out, "<span>");
			page_put_line(p, g, i == SCORED_DEMONSTRATION);
			buf_addf(p->out, ", %s: mean <b>", names[i]);
			html_fixed(p->out, scored_mean(v), 2);
			buf_adds(p->out, "</b></span>");
		}
		order = scored_order(&s[g]);
		if (whole && isfinite(order))
			buf_addf(p->out,
			    "<span>demonstrations above samples in "
			    "<b>%.0f\u2009%%</b> of pairs</span>",
			    100 * order);
	}
	buf_adds(p->out, "</figcaption></figure>\n");
}

void
histogram_put(const struct page *p, const struct scored *s, bool whole,
    bool rewards)
{
	struct curve *c;
	struct figure f = { .title = rewards ?
		    (whole ? "Rewards of responses" : "Rewards of tokens") :
		    (whole ? "Scores of responses" : "Scores of tokens"),
		.x_label = rewards ? "reward" : "l, nats",
		.from_zero = true };
	double lo, hi, *x;
	const size_t n = range_of(s, p->groups, whole, &lo, &hi);
	const size_t bins = n < FEW ? BINS_MAX / 4 :
	    n < MANY                ? BINS_MAX / 2 :
				      BINS_MAX;
	const struct scored_values *v;
	double *points;
	size_t i;

	if (n == 0)
		return;
	c = mem_alloc(SCORED_SIDES * p->groups, sizeof *c);
	points =
	    mem_alloc(2 * OUTLINE * SCORED_SIDES * p->groups, sizeof *points);
	for (i = 0, x = points; i < p->groups * SCORED_SIDES;
	     i++, x += 2 * OUTLINE) {
		v = values_of(&s[i / SCORED_SIDES], whole, i % SCORED_SIDES);
		if (v->n == 0)
			continue;
		c[f.curves++] = (struct curve){ .x = x,
			.y = x + OUTLINE,
			.n = outline(v, lo, hi, bins, x, x + OUTLINE),
			.color = (unsigned)(i / SCORED_SIDES),
			.weight = i % SCORED_SIDES == SCORED_DEMONSTRATION ?
			    CURVE_DASHED :
			    CURVE_BOLD };
	}
	f.curve = c;
	buf_addf(p->out, "<figure><h3>%s, share of all</h3>\n", f.title);
	figure_svg(p->out, &f, false);
	put_caption(p, s, whole);
	free(c);
	free(points);
}
