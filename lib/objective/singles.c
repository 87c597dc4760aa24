/* SPDX-License-Identifier: MIT */
#include "objective/singles.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "objective/mismatch.h"
#include "objective/reference.h"

/* p->center from the mismatched pairs. */
static int
find_center(struct preferences *p, const struct mismatch *m)
{
	struct objective_segment *x = p->of;
	const struct objective_settings *o = x->settings;
	double *own = mem_alloc(2 * m->n, sizeof *own), *ref = own + m->n;
	double weight = 0, sum = 0, unused;
	int rc =
	    likelihood_sums(x->likelihood, &x->policy->params, m->t, m->n, own);
	size_t i;

	if (rc == 0)
		rc = reference_given(o, m->t, m->n, ref);
	for (i = 0; i < m->n && rc == 0; i++) {
		weight += m->t[i].weight;
		sum += m->t[i].weight *
		    preference_implied(&p->how, own[i] - ref[i], &unused);
	}
	p->center = weight > 0 ? fmax(0, sum / weight) : 0;
	free(own);
	return rc;
}

size_t
singles_context(const struct objective_settings *o, const struct ckpt *policy)
{
	const size_t context = policy->config.context;

	return o->reference != NULL && o->reference->config.context < context ?
	    o->reference->config.context :
	    context;
}

int
preference_singles(struct preferences *p)
{
	const struct traj_segment *s = p->of->segment;
	const struct ckpt *ref = p->of->settings->reference;
	struct mismatch m;
	size_t i;
	int rc = 0;

	if (ref == NULL)
		return fail_kind(ERR_NO_REFERENCE, NULL,
		    "no reference, and the records have logp of their own "
		    "prompts only");
	mismatch_init(&m, s, p->of->settings->mask_cut,
	    singles_context(p->of->settings, p->of->policy));
	if (m.n > 0)
		rc = find_center(p, &m);
	p->sum.alone = m.n == 0;
	mismatch_release(&m);
	for (i = 0; i < s->n && rc == 0; i++) {
		const bool bad =
		    s->t[i].role == p->of->row->roles[SIDE_REJECTED];
		const struct traj *const side[SIDE_COUNT] = { bad ? NULL :
								    &s->t[i],
			bad ? &s->t[i] : NULL };

		rc = preference_item_add(p, side);
	}
	return rc;
}
