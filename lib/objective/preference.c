/* SPDX-License-Identifier: MIT */
#include "objective/preference.h"

#include <stdlib.h>

#include "base/mem.h"
#include "objective/preferenceitem.h"
#include "objective/reference.h"
#include "objective/singles.h"
#include "traj/members.h"

/* ---- pairs */

/* The pairs of one group of n members; N: in the segment. */
static int
add_group(struct preferences *p, const struct member *m, size_t n, size_t N)
{
	const enum traj_role *role = p->of->row->roles;
	const struct traj *t = p->of->segment->t;
	size_t chosen = 0, rejected, k;

	while (chosen < n && m[chosen].i < N)
		chosen++;
	rejected = n - chosen;
	if (chosen == 0 || rejected == 0)
		return traj_fail(&t[m[0].i % N],
		    "its group \"%s\" has no %s in this segment", m[0].group,
		    traj_role_name(
			role[chosen == 0 ? SIDE_CHOSEN : SIDE_REJECTED]));
	for (k = 0; k < chosen || k < rejected; k++) {
		const struct traj *const side[SIDE_COUNT] = {
			&t[m[k % chosen].i], &t[m[chosen + k % rejected].i - N]
		};

		if (preference_item_add(p, side) != 0)
			return -1;
	}
	return 0;
}

/* A rejected one has n added to its place, to be behind the chosen. */
static int
add_pairs(struct preferences *p)
{
	const enum traj_role rejected = p->of->row->roles[SIDE_REJECTED];
	const struct traj_segment *s = p->of->segment;
	struct member *m = mem_alloc(s->n, sizeof *m);
	size_t i, end;
	int rc = 0;

	for (i = 0; i < s->n; i++)
		m[i] = (struct member){ s->t[i].group,
			s->t[i].role == rejected ? s->n + i : i };
	members_sort(m, s->n);
	for (i = 0; i < s->n && rc == 0; i = end) {
		end = members_end(m, s->n, i);
		rc = add_group(p, m + i, end - i, s->n);
	}
	free(m);
	return rc;
}

/* ---- a segment */

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
report(const struct preferences *p, struct gradient_head *h)
{
	const struct preference_sums *s = &p->sum;

	/* Where all are masked it is still a step, of a gradient of 0. */
	h->units = s->units > 0 ? s->units : s->masked;
	traj_stat(&h->header, "divgrad.loss", s->loss);
	traj_stat(&h->header, "divgrad.margin", s->margin);
	traj_stat(&h->header, "divgrad.accuracy", s->right);
	traj_stat(&h->header, "divgrad.chosen", s->chosen);
	traj_stat(&h->header, "divgrad.rejected", s->rejected);
	traj_stat(&h->header, "divgrad.clipped", s->clipped);
	if (p->of->row->unit != UNIT_SINGLE)
		return;
	traj_stat(&h->header, "divgrad.alone", s->alone);
	traj_stat(&h->header, "divgrad.center", h->units * p->center);
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
	if (p.how.margin < 0)
		p.how.margin = x->row->margin;
	if (p.how.undesirable == 0)
		p.how.undesirable = 1;
	if (rc == 0)
		rc = likelihood_sums(x->likelihood, &x->policy->params, s->t,
		    s->n, p.gap);
	if (rc == 0)
		rc = compare(&p);
	if (rc == 0)
		rc = x->row->unit == UNIT_SINGLE ? preference_singles(&p) :
						   add_pairs(&p);
	for (i = 0; i < s->n && rc == 0; i++)
		for (j = 0; j < s->t[i].actions; j++)
			*coef++ = (float)-p.push[i];
	if (rc == 0)
		report(&p, x->head);
	free(all);
	return rc;
}
