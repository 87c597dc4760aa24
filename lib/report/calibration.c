/* SPDX-License-Identifier: MIT */
/*
 * Calibration of the discriminator: of trajectories to which it gives the same
 * probability of being demonstrations, the share that are.
 *
 * The probability of a trajectory is 1 / (1 + (n_p / n_e) e^-l), for n_p
 * samples and n_e demonstrations.  The interval of a share is Wilson's, of 95 %
 * (Wilson 1927).
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/scored.h"

enum { PARTS = 5 };

/* Of a group: the mean probability of each part, and the share with its
 * interval. */
struct reliability {
	double x[PARTS], y[PARTS], at[PARTS][2], range[PARTS][2];
	double error; /* expected calibration error */
	size_t n, records;
};

static void
wilson(double hits, double n, double *low, double *high)
{
	const double z = 1.96, share = hits / n, size = 1 + z * z / n;
	const double middle = (share + z * z / (2 * n)) / size;
	const double half =
	    z / size * sqrt(share * (1 - share) / n + z * z / (4 * n * n));

	*low = fmax(0, middle - half);
	*high = fmin(1, middle + half);
}

/* Whether the group has both sides. */
static bool
reliability(const struct scored *s, struct reliability *r)
{
	const struct scored_values *v = s->ratio;
	double sum[PARTS] = { 0 }, hits[PARTS] = { 0 }, n[PARTS] = { 0 };
	double prior, q;
	size_t side, i, k;

	*r = (struct reliability){ .records = v[SCORED_DEMONSTRATION].n +
		    v[SCORED_SAMPLE].n };
	if (v[SCORED_DEMONSTRATION].n == 0 || v[SCORED_SAMPLE].n == 0)
		return false;
	prior = log((double)v[SCORED_DEMONSTRATION].n) -
	    log((double)v[SCORED_SAMPLE].n);
	for (side = 0; side < SCORED_SIDES; side++)
		for (i = 0; i < v[side].n; i++) {
			q = 1 / (1 + exp(-v[side].x[i] - prior));
			k = (size_t)fmin(PARTS - 1, PARTS * q);
			sum[k] += q;
			hits[k] += side == SCORED_DEMONSTRATION;
			n[k]++;
		}
	for (k = 0; k < PARTS; k++) {
		if (!(n[k] > 0))
			continue;
		r->x[r->n] = r->at[r->n][0] = r->at[r->n][1] = sum[k] / n[k];
		r->y[r->n] = hits[k] / n[k];
		wilson(hits[k], n[k], &r->range[r->n][0], &r->range[r->n][1]);
		r->error += fabs(sum[k] - hits[k]) / (double)r->records;
		r->n++;
	}
	return true;
}

static void
put_caption(const struct page *p, const struct reliability *r)
{
	size_t g;

	buf_adds(p->out, "<figcaption>");
	for (g = 0; g < p->groups; g++) {
		if (r[g].n == 0)
			continue;
		buf_adds(p->out, "<span>");
		page_put_group(p, g);
		buf_adds(p->out, ": error <b>");
		html_fixed(p->out, r[g].error, 2);
		buf_addf(p->out, "</b> over %zu records</span>", r[g].records);
	}
	buf_adds(p->out,
	    "<span>On the diagonal the probabilities are right; bars are "
	    "95\u2009% intervals.</span></figcaption></figure>\n");
}

void
calibration_put(const struct page *p, const struct scored *s)
{
	static const double ends[] = { 0, 1 };
	struct reliability *r = mem_alloc(p->groups, sizeof *r);
	struct curve *c = mem_alloc(1 + (1 + PARTS) * p->groups, sizeof *c);
	struct figure f = { .title = "Calibration of the discriminator",
		.x_label = "probability that a response is a demonstration",
		.curve = c,
		.share = true };
	size_t g, k;

	c[f.curves++] = (struct curve){ .x = ends,
		.y = ends,
		.n = 2,
		.color = FIGURE_COLORS - 1,
		.weight = CURVE_FAINT };
	for (g = 0; g < p->groups; g++) {
		if (!reliability(&s[g], &r[g]))
			continue;
		for (k = 0; k < r[g].n; k++)
			c[f.curves++] = (struct curve){ .x = r[g].at[k],
				.y = r[g].range[k],
				.n = 2,
				.color = (unsigned)g,
				.weight = CURVE_THIN };
		c[f.curves++] = (struct curve){ .x = r[g].x,
			.y = r[g].y,
			.n = r[g].n,
			.color = (unsigned)g,
			.weight = CURVE_BOLD,
			.dots = true };
	}
	if (f.curves > 1) {
		buf_adds(p->out,
		    "<figure><h3>Calibration: share of demonstrations among "
		    "responses</h3>\n");
		figure_svg(p->out, &f, false);
		put_caption(p, r);
	}
	free(c);
	free(r);
}
