/* SPDX-License-Identifier: MIT */
/*
 * Curves.  A run that is alone shows its points faintly with their running mean
 * over them; runs that differ only in the seed show their running means thin
 * and the mean of all at each step thick.  Thick curves are dashed where the
 * colors have begun again.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "divergence/divergence.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/page.h"
#include "report/page_parts.h"
#include "report/reduce.h"

enum {
	SMOOTH_FROM = 40,  /* points of a curve that has a running mean */
	POINTS_LEAST = 40, /* of a curve that is drawn */
	POINTS_ALL = 50000,
	TITLE = 96,
};

static const struct panel {
	const char *key, *title;
	bool held;          /* of held.jsonl */
	bool zero;          /* the axis begins at 0 */
	bool share;         /* and goes to 1 */
	bool exact;         /* without noise: no running mean */
	const char *method; /* NULL: of all methods */
} first[] = {
	{ "nll_token", "Held-out loss, nats per token", .held = true },
}, last[] = {
	{ "discriminator/accuracy", "Accuracy of the discriminator",
	    .share = true },
	{ "samples/length", "Length of samples, tokens", .zero = true },
	{ "samples/ended", "Share of samples that end", .share = true },
	{ "rewards/margins", "Margin of rewards" },
	{ "entropy", "Entropy, nats per token" },
	{ "grad_norm", "Norm of the gradient" },
	{ "learning_rate", "Learning rate", .zero = true, .exact = true },
};

/* Curves of a figure, and the memory of their points. */
struct set {
	struct curve *curve;
	size_t curves, cap;
	double **owned;
	size_t owns, owned_cap;
};

static const struct column *
column_of(const struct rundir *d, const struct panel *q)
{
	const struct column *c =
	    columns_find(q->held ? &d->held : &d->metrics, q->key);

	if (q->method != NULL &&
	    strcmp(rundir_text(d, "/method"), q->method) != 0)
		return NULL;
	return c != NULL && c->n > 0 ? c : NULL;
}

static bool
has_data(const struct page *p, const struct panel *q)
{
	size_t i;

	for (i = 0; i < p->runs; i++)
		if (column_of(&p->run[i], q) != NULL)
			return true;
	return false;
}

static double *
own(struct set *s, size_t n)
{
	s->owned =
	    mem_grow(s->owned, &s->owned_cap, s->owns + 1, sizeof *s->owned);
	return s->owned[s->owns++] = mem_alloc(n, sizeof(double));
}

static struct curve *
add_curve(struct set *s, size_t group, enum curve_weight weight)
{
	struct curve *c;

	s->curve = mem_grow(s->curve, &s->cap, s->curves + 1, sizeof *s->curve);
	c = &s->curve[s->curves++];
	c->color = (unsigned)group;
	c->weight = weight;
	return c;
}

static enum curve_weight
thick(size_t group)
{
	return group < FIGURE_COLORS ? CURVE_BOLD : CURVE_DASHED;
}

static void
add_points(struct set *s, const struct column *c, size_t group,
    enum curve_weight weight)
{
	struct curve *new = add_curve(s, group, weight);

	new->x = c->x;
	new->y = c->y;
	new->n = c->n;
	new->dots = weight == thick(group) && c->n <= 20;
}

/* The running mean of a column, or the column itself where it is short. */
static void
add_smooth(struct set *s, const struct column *c, size_t group,
    enum curve_weight weight)
{
	struct curve *new;
	double *x, *y;

	if (c->n < SMOOTH_FROM) {
		add_points(s, c, group, weight);
		return;
	}
	new = add_curve(s, group, weight);
	x = own(s, FIGURE_POINTS);
	y = own(s, FIGURE_POINTS);
	new->n = reduce_mean(c->x, c->y, c->n, c->n / 40, FIGURE_POINTS, x, y);
	new->x = x;
	new->y = y;
}

static void
add_alone(struct set *s, const struct column *c, size_t group)
{
	if (c->n >= SMOOTH_FROM)
		add_points(s, c, group, CURVE_FAINT);
	add_smooth(s, c, group, thick(group));
}

/* The mean at the steps that all n columns have; how many. */
static size_t
mean_of(const struct column *const *c, size_t n, double *x, double *y)
{
	size_t *at = mem_alloc(n, sizeof *at), i, k, m = 0, have;
	double sum;

	for (i = 0; i < c[0]->n; i++) {
		for (k = 0, sum = 0, have = 0; k < n; k++) {
			while (at[k] < c[k]->n && c[k]->x[at[k]] < c[0]->x[i])
				at[k]++;
			if (at[k] == c[k]->n || c[k]->x[at[k]] > c[0]->x[i])
				break;
			sum += c[k]->y[at[k]];
			have++;
		}
		if (have < n)
			continue;
		x[m] = c[0]->x[i];
		y[m++] = sum / (double)n;
	}
	free(at);
	return m;
}

static void
add_seeds(struct set *s, const struct column *const *c, size_t n, size_t group)
{
	struct column mean = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		add_smooth(s, c[i], group, CURVE_THIN);
	mean.x = own(s, c[0]->n);
	mean.y = own(s, c[0]->n);
	mean.n = mean_of(c, n, mean.x, mean.y);
	if (mean.n > 0)
		add_smooth(s, &mean, group, thick(group));
}

static void
add_group(struct set *s, const struct page *p, const struct panel *q,
    size_t group)
{
	const struct column *c[PAGE_RUNS_MAX];
	size_t n = 0, i;

	for (i = 0; i < p->runs && n < PAGE_RUNS_MAX; i++)
		if (p->of[i] == group &&
		    (c[n] = column_of(&p->run[i], q)) != NULL)
			n++;
	if (n > 0 && q->exact)
		add_points(s, c[0], group, thick(group));
	else if (n == 1)
		add_alone(s, c[0], group);
	else if (n > 1)
		add_seeds(s, c, n, group);
}

/* Each group with the last point of its thick curve. */
static void
put_caption(const struct page *p, const struct set *s)
{
	const struct curve *c;
	size_t k;

	buf_adds(p->out, "<figcaption>");
	for (k = 0; k < s->curves; k++) {
		c = &s->curve[k];
		if (c->weight != thick(c->color) || c->n == 0)
			continue;
		buf_adds(p->out, "<span>");
		page_put_group(p, c->color);
		buf_adds(p->out, " <b>");
		html_number(p->out, c->y[c->n - 1], 3);
		buf_adds(p->out, "</b></span>");
	}
	buf_adds(p->out, "</figcaption></figure>\n");
}

static void
put_panel(const struct page *p, const struct panel *q, size_t points)
{
	struct set s = { 0 };
	struct figure f = { .title = q->title,
		.x_label = "step",
		.points = points,
		.from_zero = q->zero,
		.share = q->share };
	size_t g;

	for (g = 0; g < p->groups; g++)
		add_group(&s, p, q, g);
	buf_adds(p->out, "<figure><h3>");
	html_string(p->out, q->title);
	buf_adds(p->out, "</h3>\n");
	f.curve = s.curve;
	f.curves = s.curves;
	figure_svg(p->out, &f, false);
	put_caption(p, &s);
	for (g = 0; g < s.owns; g++)
		free(s.owned[g]);
	free(s.owned);
	free(s.curve);
}

/* The divergences that the metrics name, each once. */
static size_t
divergences(const struct page *p, const char **keys, size_t most)
{
	struct divergence d;
	const char *key;
	size_t i, c, k, n = 0;

	for (i = 0; i < p->runs; i++)
		for (c = 0; c < p->run[i].metrics.n && n < most; c++) {
			key = p->run[i].metrics.column[c].key;
			for (k = 0; k < n && strcmp(keys[k], key) != 0;)
				k++;
			if (k == n && divergence_parse(key, &d) == 0)
				keys[n++] = key;
		}
	return n;
}

static size_t
panels_of(const struct page *p, const struct panel *all, size_t n,
    struct panel *out)
{
	size_t i, m = 0;

	for (i = 0; i < n; i++)
		if (has_data(p, &all[i]))
			out[m++] = all[i];
	return m;
}

/*
 * A panel of the loss for each method, as their losses have different units.
 * If there are more than that, one for all.
 */
static size_t
losses(const struct page *p, struct panel *out, char titles[][TITLE],
    size_t most)
{
	static const struct panel loss = { "loss", "Loss" };
	size_t n = 0, i, k;
	const char *method;

	for (i = 0; i < p->runs; i++) {
		if (column_of(&p->run[i], &loss) == NULL)
			continue;
		method = rundir_text(&p->run[i], "/method");
		for (k = 0; k < n && strcmp(out[k].method, method) != 0;)
			k++;
		if (k < n)
			continue;
		if (n == most)
			break;
		out[n] = loss;
		out[n++].method = method;
	}
	if (i < p->runs)
		n = 1;
	if (n == 1)
		out[0] = loss;
	for (k = 0; k < n && n > 1; k++) {
		(void)snprintf(titles[k], TITLE, "Loss of %s", out[k].method);
		out[k].title = titles[k];
	}
	return n;
}

void
panels_put(const struct page *p)
{
	enum {
		FIRST = sizeof first / sizeof *first,
		LAST = sizeof last / sizeof *last,
		MIDDLE = 8,
		LOSSES = 4
	};
	struct panel panel[LOSSES + FIRST + MIDDLE + LAST];
	char title[MIDDLE][TITLE], of_loss[LOSSES][TITLE];
	const char *keys[MIDDLE];
	size_t n = losses(p, panel, of_loss, LOSSES), m, i, points;

	n += panels_of(p, first, FIRST, panel + n);
	m = divergences(p, keys, MIDDLE);
	for (i = 0; i < m; i++) {
		(void)snprintf(title[i], TITLE, "Divergence %s", keys[i]);
		panel[n++] =
		    (struct panel){ .key = keys[i], .title = title[i] };
	}
	n += panels_of(p, last, LAST, panel + n);
	if (n == 0)
		return;
	points = POINTS_ALL / (2 * n * p->runs);
	points = points < POINTS_LEAST ? POINTS_LEAST :
	    points > FIGURE_POINTS     ? FIGURE_POINTS :
					 points;
	page_begin(p, "curves", "Curves");
	buf_adds(p->out, "<div class=\"figures\">\n");
	for (i = 0; i < n; i++)
		put_panel(p, &panel[i], points);
	buf_adds(p->out, "</div>\n");
	page_end(p);
}
