/* SPDX-License-Identifier: MIT */
/*
 * With Z = e^s_b + sum_w e^s_w, a list's term log Z - s_b has the slopes
 * e^s_b / Z - 1 by s_b and e^s_w / Z by each of the worse.
 */
#include "discriminator/contrast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "divergence/logistic.h"
#include "traj/members.h"

bool
contrast_better(const struct traj *t)
{
	return t->role == ROLE_EXPERT || t->role == ROLE_CHOSEN;
}

static int
rank_of(const struct loss *loss, const struct traj *t, double *rank)
{
	*rank = contrast_better(t) ? -HUGE_VAL : HUGE_VAL;
	return loss->row->ranks ? traj_meta(t, "rank", rank) : 0;
}

/* The sums of one walk over all comparisons; slope may be NULL. */
struct walk {
	const struct loss *loss;
	const struct traj *t;
	const double *s;
	double *rank; /* the least is the best */
	double *slope;
	double sum, weight;     /* of the terms */
	double right, compared; /* of pairs */
};

/* Compare b with w, which is behind it. */
static void
add_pair(struct walk *x, size_t b, size_t w)
{
	double weight = x->t[b].weight, g;

	x->compared += weight;
	x->right += weight * (x->s[b] > x->s[w]);
	if (loss_form(x->loss) != LOSS_PAIRS)
		return;
	x->sum += weight * loss_value(x->loss, true, x->s[b] - x->s[w], &g);
	x->weight += weight;
	if (x->slope != NULL) {
		x->slope[b] += weight * g;
		x->slope[w] -= weight * g;
	}
}

/* Compare one with all behind it; worst = log sum e^s over those. */
static void
add_list(struct walk *x, const struct member *m, size_t n, size_t at,
    double worst)
{
	size_t b = m[at].i, w, k;
	double Z = logaddexp(x->s[b], worst), weight = x->t[b].weight;

	x->sum += weight * (Z - x->s[b]);
	x->weight += weight;
	if (x->slope == NULL)
		return;
	x->slope[b] += weight * (exp(x->s[b] - Z) - 1);
	for (k = 0; k < n; k++) {
		w = m[k].i;
		if (x->rank[w] > x->rank[b])
			x->slope[w] += weight * exp(x->s[w] - Z);
	}
}

static void
walk_group(struct walk *x, const struct member *m, size_t n)
{
	size_t k, at, b, w;
	double worst;

	for (at = 0; at < n; at++) {
		b = m[at].i;
		worst = -HUGE_VAL;
		for (k = 0; k < n; k++) {
			w = m[k].i;
			if (!(x->rank[w] > x->rank[b]))
				continue;
			add_pair(x, b, w);
			worst = logaddexp(worst, x->s[w]);
		}
		if (loss_form(x->loss) == LOSS_LISTS && worst > -HUGE_VAL)
			add_list(x, m, n, at, worst);
	}
}

static int
within_groups(struct walk *x, size_t n)
{
	struct member *m;
	size_t i, end;

	x->rank = mem_alloc(n, sizeof *x->rank);
	for (i = 0; i < n; i++)
		if (rank_of(x->loss, &x->t[i], &x->rank[i]) < 0) {
			free(x->rank);
			return traj_fail_in(&x->t[i]);
		}
	m = members_of(x->t, n);
	for (i = 0; i < n; i = end) {
		end = members_end(m, n, i);
		walk_group(x, m + i, end - i);
	}
	free(m);
	free(x->rank);
	for (i = 0; x->slope != NULL && i < n; i++)
		x->slope[i] /= x->weight;
	if (x->slope != NULL && !(x->weight > 0))
		return fail("no group has both a better trajectory (expert, "
			    "chosen) and a worse one");
	return 0;
}

/* Weights of the worse [0] and the better [1]; worst = log sum w e^s. */
struct sides {
	double weight[2], worst;
};

static struct sides
weigh(const struct traj *t, size_t n, const double *s)
{
	struct sides x = { { 0, 0 }, -HUGE_VAL };
	size_t i;

	for (i = 0; i < n; i++) {
		x.weight[contrast_better(&t[i])] += t[i].weight;
		if (!contrast_better(&t[i]) && t[i].weight > 0)
			x.worst = logaddexp(x.worst, s[i] + log(t[i].weight));
	}
	return x;
}

static void
between_sides(struct walk *x, size_t n)
{
	const struct sides all = weigh(x->t, n, x->s);
	bool dv = loss_form(x->loss) == LOSS_DV, b;
	double share, g;
	size_t i;

	if (dv && all.weight[0] > 0)
		x->sum = all.worst - log(all.weight[0]);
	for (i = 0; i < n; i++) {
		b = contrast_better(&x->t[i]);
		share = all.weight[b] > 0 ? x->t[i].weight / all.weight[b] : 0;
		if (!dv)
			x->sum += share * loss_value(x->loss, b, x->s[i], &g);
		else if (b)
			x->sum -= share * x->s[i];
		if (dv)
			g = b ? -1 : exp(x->s[i] - all.worst) * all.weight[0];
		if (x->slope != NULL)
			x->slope[i] = share * g;
	}
	x->weight = 1;
}

int
contrast_loss(const struct loss *loss, const struct traj *t, size_t n,
    const double *s, double *slope, struct contrast *out)
{
	struct walk x = { .loss = loss, .t = t, .s = s, .slope = slope };
	int rc = 0;

	if (slope != NULL)
		memset(slope, 0, n * sizeof *slope);
	if (loss_form(loss) == LOSS_SIDES || loss_form(loss) == LOSS_DV)
		between_sides(&x, n);
	else
		rc = within_groups(&x, n);
	*out = (struct contrast){ .compared = x.compared,
		.loss = x.weight > 0 ? x.sum / x.weight : 0,
		.right = x.compared > 0 ? x.right / x.compared : 0 };
	return rc;
}

void
contrast_prefixes(const struct loss *loss, const struct traj *t, size_t n,
    const double *S, double *slope)
{
	double weight[2] = { 0, 0 }, length[2] = { 0, 0 }, share;
	size_t i, j;
	bool b;

	for (i = 0; i < n; i++) {
		b = contrast_better(&t[i]);
		weight[b] += t[i].weight;
		length[b] += t[i].weight * (double)t[i].actions;
	}
	for (i = 0; i < 2; i++)
		weight[i] =
		    weight[i] > 0 ? weight[i] : 1; /* an empty side has zeros */
	length[0] = length[0] / weight[0] + length[1] / weight[1];
	for (i = 0; i < n; i++) {
		b = contrast_better(&t[i]);
		share = t[i].weight / weight[b] / (length[0] / 2);
		for (j = 0; j < t[i].actions; j++, S++, slope++) {
			(void)loss_value(loss, b, *S, slope);
			*slope *= share;
		}
	}
}

static bool
is_rollout(const struct traj *t)
{
	return t->role == ROLE_POLICY || t->role == ROLE_NONE;
}

void
contrast_normalizer(const struct loss *loss, const struct traj *t, size_t n,
    const double *s, double *c)
{
	struct member *m = mem_alloc(n, sizeof *m);
	size_t i, k, end, many;
	double sum, weight, w;

	for (i = 0; i < n; i++)
		m[i] = (struct member){ loss_form(loss) == LOSS_DV ? "" :
								     t[i].group,
			i };
	members_sort(m, n);
	for (i = 0; i < n; i = end) {
		end = members_end(m, n, i);
		sum = -HUGE_VAL;
		weight = 0;
		for (many = 0, k = i; k < end; k++) {
			w = t[m[k].i].weight;
			if (!is_rollout(&t[m[k].i]) || !(w > 0))
				continue;
			sum = logaddexp(sum, s[m[k].i] + log(w));
			weight += w;
			many++;
		}
		for (k = i; k < end; k++)
			c[m[k].i] = many > 1 ? sum - log(weight) : (double)NAN;
	}
	free(m);
}
