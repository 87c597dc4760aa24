/* SPDX-License-Identifier: MIT */
#include "objective/preference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "objective/coefficients.h"
#include "objective/reference.h"

static bool
is_clipped(const struct preference *p, double g)
{
	return p->f.row != NULL && p->f.row->clips && fabs(g) > p->clip;
}

/* ---- items: pairs, and singles */

struct preference_sums {
	double loss, margin, right, chosen, rejected, clipped;
	double units, masked; /* weights of items used, and left out */
};

struct preferences {
	struct objective_segment *of;
	struct preference how; /* beta filled in */
	double *gap;           /* [n] g of each trajectory */
	double *implied;       /* [n] x of each */
	double *slope;         /* [n] dx / d log pi of each */
	double *push;          /* [n] d loss / d log pi of each; 0 at first */
	double center;         /* x that singles stand against */
	struct preference_sums sum;
};

static bool
is_masked(const struct preferences *p, const struct traj *t)
{
	return p->of->settings->mask_cut && t->stop == STOP_LENGTH;
}

/* The loss of an item with labels flipped at rate e, and its derivatives. */
static double
smoothed_loss(const struct preferences *p, const struct preference_item *item,
    double slope[SIDE_COUNT])
{
	const double e = p->how.smooth;
	struct preference_item flipped = *item;
	double up[SIDE_COUNT], down[SIDE_COUNT], loss;

	flipped.x[SIDE_CHOSEN] = item->x[SIDE_REJECTED];
	flipped.x[SIDE_REJECTED] = item->x[SIDE_CHOSEN];
	loss = (1 - e) * p->of->row->loss(item, up) +
	    e * p->of->row->loss(&flipped, down);
	slope[SIDE_CHOSEN] =
	    (1 - e) * up[SIDE_CHOSEN] + e * down[SIDE_REJECTED];
	slope[SIDE_REJECTED] =
	    (1 - e) * up[SIDE_REJECTED] + e * down[SIDE_CHOSEN];
	return loss;
}

/* An item of trajectories of both sides; NULL: the side is the center. */
static int
add_item(struct preferences *p, const struct traj *const side[SIDE_COUNT])
{
	const struct traj *t = p->of->segment->t;
	struct preference_item item = { .beta = p->how.beta,
		.a = p->of->objective.a };
	double slope[SIDE_COUNT], loss, m, weight = 0, clipped = 0;
	bool masked = false, finite;
	size_t at[SIDE_COUNT] = { 0 }, k, n = 0;

	for (k = 0; k < SIDE_COUNT; k++) {
		item.x[k] = p->center;
		if (side[k] == NULL)
			continue;
		at[k] = (size_t)(side[k] - t);
		item.x[k] = p->implied[at[k]];
		weight += side[k]->weight;
		masked |= is_masked(p, side[k]);
		clipped += is_clipped(&p->how, p->gap[at[k]]);
		n++;
	}
	weight /= (double)n;
	if (masked) {
		p->sum.masked += weight;
		return 0;
	}
	loss = smoothed_loss(p, &item, slope);
	finite = isfinite(loss);
	for (k = 0; k < SIDE_COUNT; k++) {
		if (side[k] == NULL)
			continue;
		slope[k] = weight * slope[k] * p->slope[at[k]];
		finite &= isfinite(slope[k]);
		p->push[at[k]] += slope[k];
	}
	if (!finite)
		return traj_fail(side[SIDE_CHOSEN] != NULL ?
			side[SIDE_CHOSEN] :
			side[SIDE_REJECTED],
		    "its loss is not finite");
	m = item.x[SIDE_CHOSEN] - item.x[SIDE_REJECTED];
	p->sum.loss += weight * loss;
	p->sum.margin += weight * item.beta * m;
	p->sum.right += weight * (m > 0);
	if (side[SIDE_CHOSEN] != NULL)
		p->sum.chosen += weight * p->gap[at[SIDE_CHOSEN]];
	if (side[SIDE_REJECTED] != NULL)
		p->sum.rejected += weight * p->gap[at[SIDE_REJECTED]];
	p->sum.clipped += clipped;
	p->sum.units += weight;
	return 0;
}

/* ---- pairs */

/* Order: by group, the chosen before the rejected, then as in the segment. */
struct member {
	const struct traj *t;
	bool rejected;
};

static int
by_side(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = strcmp(x->t->group, y->t->group);

	if (order == 0)
		order = x->rejected - y->rejected;
	return order != 0 ? order : (x->t > y->t) - (x->t < y->t);
}

/* The pairs of one group of n members. */
static int
add_group(struct preferences *p, const struct member *m, size_t n)
{
	const enum traj_role *role = p->of->row->roles;
	size_t chosen = 0, rejected, k;

	while (chosen < n && !m[chosen].rejected)
		chosen++;
	rejected = n - chosen;
	if (chosen == 0 || rejected == 0)
		return traj_fail(m[0].t,
		    "its group \"%s\" has no %s in this segment", m[0].t->group,
		    traj_role_name(
			role[chosen == 0 ? SIDE_CHOSEN : SIDE_REJECTED]));
	for (k = 0; k < chosen || k < rejected; k++) {
		const struct traj *const side[SIDE_COUNT] = { m[k % chosen].t,
			m[chosen + k % rejected].t };

		if (add_item(p, side) != 0)
			return -1;
	}
	return 0;
}

static int
add_pairs(struct preferences *p)
{
	const struct traj_segment *s = p->of->segment;
	struct member *m = mem_alloc(s->n, sizeof *m);
	size_t i, k;
	int rc = 0;

	for (i = 0; i < s->n; i++)
		m[i] = (struct member){ &s->t[i],
			s->t[i].role == p->of->row->roles[SIDE_REJECTED] };
	qsort(m, s->n, sizeof *m, by_side);
	for (i = 0; i < s->n && rc == 0; i = k) {
		for (k = i + 1;
		     k < s->n && strcmp(m[k].t->group, m[i].t->group) == 0;)
			k++;
		rc = add_group(p, m + i, k - i);
	}
	free(m);
	return rc;
}

/* ---- singles */

static int
add_singles(struct preferences *p)
{
	const struct traj_segment *s = p->of->segment;
	double weight = 0, sum = 0;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!is_masked(p, &s->t[i])) {
			weight += s->t[i].weight;
			sum += s->t[i].weight * p->implied[i];
		}
	p->center = weight > 0 ? fmax(0, sum / weight) : 0;
	for (i = 0; i < s->n; i++) {
		const bool bad =
		    s->t[i].role == p->of->row->roles[SIDE_REJECTED];
		const struct traj *const side[SIDE_COUNT] = { bad ? NULL :
								    &s->t[i],
			bad ? &s->t[i] : NULL };

		if (add_item(p, side) != 0)
			return -1;
	}
	return 0;
}

/* ---- a segment */

/* own[n], 0 at first: log pi of each trajectory. */
static int
own_logp(struct objective_segment *x, double *own)
{
	const struct traj_segment *s = x->segment;
	float *logp = mem_floats(likelihood_actions(s->t, s->n)), *at = logp;
	size_t i, j;
	int rc = likelihood_logp(x->likelihood, &x->policy->params, s->t, s->n,
	    logp, NULL);

	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->t[i].actions; j++)
			own[i] += (double)*at++;
	free(logp);
	return rc;
}

/* gap, implied and slope of every trajectory; gap is log pi at first. */
static int
compare(struct preferences *p)
{
	const struct traj_segment *s = p->of->segment;
	double *ref = mem_alloc(s->n, sizeof *ref), length;
	int rc = reference_logp(p->of, p->gap, ref);
	size_t i;

	for (i = 0; i < s->n && rc == 0; i++) {
		length = p->of->row->per_token && s->t[i].actions > 0 ?
		    (double)s->t[i].actions :
		    1;
		p->gap[i] = (p->gap[i] - ref[i]) / length;
		p->implied[i] =
		    preference_implied(&p->how, p->gap[i], &p->slope[i]);
		p->slope[i] /= length;
	}
	free(ref);
	return rc;
}

static void
report(const struct preference_sums *s, struct gradient_head *h)
{
	/* Where all are masked it is still a step, of a gradient of 0. */
	h->units = s->units > 0 ? s->units : s->masked;
	traj_stat(&h->header, "divgrad.loss", s->loss);
	traj_stat(&h->header, "divgrad.margin", s->margin);
	traj_stat(&h->header, "divgrad.accuracy", s->right);
	traj_stat(&h->header, "divgrad.chosen", s->chosen);
	traj_stat(&h->header, "divgrad.rejected", s->rejected);
	traj_stat(&h->header, "divgrad.clipped", s->clipped);
}

int
preference(struct objective_segment *x)
{
	const struct traj_segment *s = x->segment;
	double *all = mem_alloc(4 * s->n, sizeof *all);
	struct preferences p = { .of = x,
		.how = x->settings->preference,
		.gap = all,
		.implied = all + s->n,
		.slope = all + 2 * s->n,
		.push = all + 3 * s->n };
	float *coef = x->coef;
	size_t i, j;
	int rc = objective_check(x);

	if (p.how.beta == 0)
		p.how.beta = x->row->beta;
	if (rc == 0)
		rc = own_logp(x, p.gap);
	if (rc == 0)
		rc = compare(&p);
	if (rc == 0)
		rc = x->row->unit == UNIT_SINGLE ? add_singles(&p) :
						   add_pairs(&p);
	for (i = 0; i < s->n && rc == 0; i++)
		for (j = 0; j < s->t[i].actions; j++)
			*coef++ = (float)-p.push[i];
	if (rc == 0)
		report(&p.sum, x->head);
	free(all);
	return rc;
}
