/* SPDX-License-Identifier: MIT */
/*
 * What the discriminator says of samples: the histogram of l, and where samples
 * have roles its calibration, which is the share of demonstrations among tokens
 * that it gives the same probability of being the expert's.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/page_parts.h"

enum { BINS = 40, MANY = 1000, PARTS = 10 };

/* The scores of the samples of a group of runs. */
struct scored {
	double *l;
	unsigned char *expert; /* 1: of a demonstration */
	size_t n, cap, expert_cap, experts;
};

static void
gather(const struct rundir *d, struct scored *s)
{
	const struct json *scores;
	const char *role;
	bool expert;
	double x;
	size_t k, j;

	for (k = 0; k < d->samples; k++) {
		scores = json_get(d->sample[k], "scores");
		role = json_text(json_get(d->sample[k], "role"), NULL);
		expert = role != NULL && strcmp(role, "expert") == 0;
		for (j = 0; j < json_count(scores); j++) {
			x = json_number(json_at(scores, j), (double)NAN);
			if (!isfinite(x))
				continue;
			s->l = mem_grow(s->l, &s->cap, s->n + 1, sizeof *s->l);
			s->expert =
			    mem_grow(s->expert, &s->expert_cap, s->n + 1, 1);
			s->l[s->n] = x;
			s->expert[s->n++] = expert;
			s->experts += expert;
		}
	}
}

static void
release(struct scored *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(s[i].l);
		free(s[i].expert);
	}
	free(s);
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The range that leaves out one score in 200 at either end. */
static bool
range_of(const struct scored *s, size_t groups, double *lo, double *hi)
{
	double *all;
	size_t n = 0, i, at = 0;

	for (i = 0; i < groups; i++)
		n += s[i].n;
	if (n == 0)
		return false;
	all = mem_alloc(n, sizeof *all);
	for (i = 0; i < groups; at += s[i++].n)
		if (s[i].n > 0)
			memcpy(all + at, s[i].l, s[i].n * sizeof *all);
	qsort(all, n, sizeof *all, by_value);
	*lo = all[n / 200];
	*hi = all[n - 1 - n / 200];
	if (!(*hi > *lo)) {
		*lo -= 0.5;
		*hi += 0.5;
	}
	free(all);
	return true;
}

/* A histogram's outline, shares of all n scores: 2 (bins + 1) points. */
static size_t
outline(const struct scored *s, double lo, double hi, size_t bins, double *x,
    double *y)
{
	double share[BINS] = { 0 }, at, width = (hi - lo) / (double)bins;
	size_t i, k, n = 0;

	for (i = 0; i < s->n; i++) {
		at = floor((s->l[i] - lo) / width);
		k = (size_t)fmax(0, fmin((double)bins - 1, at));
		share[k] += 1 / (double)s->n;
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
put_histogram(const struct page *p, const struct scored *s, double lo,
    double hi)
{
	enum { OUTLINE = 2 * (BINS + 1) };
	struct curve *c = mem_alloc(p->groups, sizeof *c);
	double *points = mem_alloc(2 * OUTLINE * p->groups, sizeof *points);
	struct figure f = { .title = "Scores of the tokens of samples",
		.x_label = "l",
		.curve = c,
		.from_zero = true };
	double *x = points;
	size_t g, n;

	for (g = 0; g < p->groups; g++, x += 2 * OUTLINE) {
		if (s[g].n == 0)
			continue;
		n = outline(&s[g], lo, hi, s[g].n < MANY ? BINS / 2 : BINS, x,
		    x + OUTLINE);
		c[f.curves++] = (struct curve){ .x = x,
			.y = x + OUTLINE,
			.n = n,
			.color = (unsigned)g,
			.weight = CURVE_BOLD };
	}
	buf_adds(p->out,
	    "<figure><h3>Scores of the tokens of samples, "
	    "share of all</h3>\n");
	figure_svg(p->out, &f, false);
	free(c);
	free(points);
}

static void
put_figures(const struct page *p, const struct scored *s)
{
	double sum, above;
	size_t g, k;

	buf_adds(p->out, "<figcaption>");
	for (g = 0; g < p->groups; g++) {
		if (s[g].n == 0)
			continue;
		for (k = 0, sum = above = 0; k < s[g].n; k++) {
			sum += s[g].l[k];
			above += s[g].l[k] > 0;
		}
		buf_adds(p->out, "<span>");
		page_put_group(p, g);
		buf_adds(p->out, " mean <b>");
		html_fixed(p->out, sum / (double)s[g].n, 3);
		buf_addf(p->out, "</b>, %.0f\u2009%% above 0</span>",
		    100 * above / (double)s[g].n);
	}
	buf_adds(p->out, "</figcaption></figure>\n");
}

/* Reliability: points of (mean probability, share of demonstrations). */
static size_t
reliability(const struct scored *s, double *x, double *y)
{
	double sum[PARTS] = { 0 }, hits[PARTS] = { 0 }, n[PARTS] = { 0 };
	double probability;
	size_t i, k, m = 0;

	for (i = 0; i < s->n; i++) {
		probability = 1 / (1 + exp(-s->l[i]));
		k = (size_t)fmin(PARTS - 1, PARTS * probability);
		sum[k] += probability;
		hits[k] += s->expert[i];
		n[k]++;
	}
	for (k = 0; k < PARTS; k++) {
		if (!(n[k] > 0))
			continue;
		x[m] = sum[k] / n[k];
		y[m++] = hits[k] / n[k];
	}
	return m;
}

static void
put_calibration(const struct page *p, const struct scored *s)
{
	static const double ends[] = { 0, 1 };
	struct curve *c = mem_alloc(p->groups + 1, sizeof *c);
	double *points = mem_alloc(2 * PARTS * p->groups, sizeof *points);
	struct figure f = { .title = "Calibration of the discriminator",
		.x_label = "probability that a token is the expert\u2019s",
		.curve = c,
		.linear = true };
	double *x = points;
	size_t i;

	c[f.curves++] = (struct curve){ .x = ends,
		.y = ends,
		.n = 2,
		.color = FIGURE_COLORS - 1,
		.weight = CURVE_FAINT };
	for (i = 0; i < p->groups; i++, x += 2 * PARTS) {
		if (s[i].experts == 0 || s[i].experts == s[i].n)
			continue;
		c[f.curves++] = (struct curve){ .x = x,
			.y = x + PARTS,
			.n = reliability(&s[i], x, x + PARTS),
			.color = (unsigned)i,
			.weight = CURVE_BOLD,
			.dots = true };
	}
	if (f.curves > 1) {
		buf_adds(p->out,
		    "<figure><h3>Calibration: share of "
		    "demonstrations among such tokens</h3>\n");
		figure_svg(p->out, &f, false);
		buf_adds(p->out,
		    "<figcaption>On the diagonal, probabilities are "
		    "right.</figcaption></figure>\n");
	}
	free(c);
	free(points);
}

void
scores_put(const struct page *p)
{
	struct scored *s = mem_alloc(p->groups, sizeof *s);
	double lo, hi;
	size_t i;

	for (i = 0; i < p->runs; i++)
		gather(&p->run[i], &s[p->of[i]]);
	if (range_of(s, p->groups, &lo, &hi)) {
		page_begin(p, "scores", "Scores");
		buf_adds(p->out, "<div class=\"figures\">\n");
		put_histogram(p, s, lo, hi);
		put_figures(p, s);
		put_calibration(p, s);
		buf_adds(p->out, "</div>\n");
		page_end(p);
	}
	release(s, p->groups);
}
