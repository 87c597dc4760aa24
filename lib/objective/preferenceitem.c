/* SPDX-License-Identifier: MIT */
#include "objective/preferenceitem.h"

#include <math.h>

static bool
is_clipped(const struct preference *p, double g)
{
	return p->f.row != NULL && p->f.row->clips && fabs(g) > p->clip;
}

bool
preference_masked(const struct preferences *p, const struct traj *t)
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

int
preference_item_add(struct preferences *p,
    const struct traj *const side[SIDE_COUNT])
{
	const struct traj *t = p->of->segment->t;
	struct preference_item item = { .beta = p->how.beta,
		.margin = p->how.margin };
	double slope[SIDE_COUNT], loss, m, weight = 0, clipped = 0;
	const double share = side[SIDE_CHOSEN] == NULL ? p->how.undesirable : 1;
	bool masked = false, finite;
	size_t at[SIDE_COUNT] = { 0 }, k, n = 0;

	for (k = 0; k < SIDE_COUNT; k++) {
		item.x[k] = p->center;
		if (side[k] == NULL)
			continue;
		at[k] = (size_t)(side[k] - t);
		item.x[k] = p->implied[at[k]];
		weight += side[k]->weight;
		masked |= preference_masked(p, side[k]);
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
		slope[k] = weight * share * slope[k] * p->slope[at[k]];
		finite &= isfinite(slope[k]);
		p->push[at[k]] += slope[k];
	}
	if (!finite)
		return traj_fail(side[SIDE_CHOSEN] != NULL ?
			side[SIDE_CHOSEN] :
			side[SIDE_REJECTED],
		    "its loss is not finite");
	m = item.x[SIDE_CHOSEN] - item.x[SIDE_REJECTED];
	p->sum.loss += weight * share * loss;
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
