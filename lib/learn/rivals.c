/* SPDX-License-Identifier: MIT */
#include "learn/rivals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
rivals_init(struct rivals *x, const struct traj_segment *s, struct pool *pool,
    uint64_t seed, uint64_t step)
{
	const struct traj **picks = mem_alloc(s->n, sizeof *picks);
	size_t i, n = 0, actions;

	if (pool != NULL)
		n = pool_draw(pool, s, seed, step, picks);
	x->own = s->n;
	x->n = s->n + n;
	x->t = mem_alloc(x->n, sizeof *x->t);
	memcpy(x->t, s->t, s->n * sizeof *x->t);
	for (i = 0; i < n; i++)
		x->t[s->n + i] = *picks[i];
	actions = likelihood_actions(x->t, x->n);
	x->logpi = mem_floats(actions);
	x->l = mem_floats(actions);
	free(picks);
}

void
rivals_release(struct rivals *x)
{
	free(x->t);
	free(x->logpi);
	free(x->l);
}

int
rivals_score(struct rivals *x, struct discriminator *d)
{
	if (discriminator_logpi(d, x->t, x->n, x->logpi) != 0)
		return -1;
	return discriminator_score(d, x->t, x->n, x->logpi, x->l);
}

/* One step of the optimiser, and the scores after it. */
static int
fit_once(struct rivals *x, struct discriminator *d, struct trainer *t,
    struct update how)
{
	double norm;

	trainer_zero(t);
	if (discriminator_gradient(d, x->t, x->n, x->l, t->backward) != 0)
		return -1;
	trainer_chain(t);
	norm = gradient_norm(&t->d);
	if (!isfinite(norm))
		return fail("the discriminator's gradient is not finite: "
		    "lower --lr");
	memset(t->touched, 1, t->d.tensors);
	how.scale = norm > 1 ? 1 / norm : 1;
	trainer_update(t, how);
	return discriminator_score(d, x->t, x->n, x->logpi, x->l);
}

int
rivals_fit(struct rivals *x, struct discriminator *d, struct trainer *t,
    const struct rivals_fit *fit, struct discriminator_stats *before)
{
	struct discriminator_stats now;
	uint64_t k;

	discriminator_measure(d, x->t, x->n, x->l, before);
	now = *before;
	for (k = 0; k < fit->steps; k++) {
		if ((now.acc_expert + now.acc_policy) / 2 >= fit->until)
			break;
		if (fit_once(x, d, t, fit->how) != 0)
			return -1;
		discriminator_measure(d, x->t, x->n, x->l, &now);
	}
	return trainer_commit(t, 0);
}

void
rivals_join(const struct rivals *x, struct traj_segment *s)
{
	size_t i;

	for (i = x->own; i < x->n; i++)
		traj_copy(traj_add(s), &x->t[i]);
}
