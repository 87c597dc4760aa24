/* SPDX-License-Identifier: MIT */
#include "discriminator/disc_batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
disc_batch_init(struct disc_batch *x, const struct traj_segment *s,
    struct pool *pool, uint64_t seed, uint64_t step)
{
	const struct traj **picks = mem_alloc(s->n, sizeof *picks);
	size_t i, n = 0, actions;

	*x = (struct disc_batch){ .own = s->n, .told = s->n };
	if (pool != NULL)
		n = pool_draw(pool, s, seed, step, picks);
	x->n = s->n + n;
	x->t = mem_alloc(x->n, sizeof *x->t);
	memcpy(x->t, s->t, s->n * sizeof *x->t);
	for (i = 0; i < n; i++)
		x->t[s->n + i] = *picks[i];
	actions = likelihood_actions(x->t, x->n);
	x->known = mem_floats(actions);
	x->s = mem_floats(actions);
	x->l = mem_floats(actions);
	free(picks);
}

void
disc_batch_release(struct disc_batch *x)
{
	size_t i;

	for (i = 0; x->kept && i < x->own; i++)
		traj_release(&x->t[i]);
	free(x->t);
	free(x->known);
	free(x->s);
	free(x->l);
}

void
disc_batch_keep(struct disc_batch *x)
{
	struct traj borrowed;
	size_t i;

	for (i = 0; i < x->own; i++) {
		borrowed = x->t[i];
		x->t[i] = (struct traj){ 0 };
		traj_copy(&x->t[i], &borrowed);
	}
	x->kept = true;
}

int
disc_batch_know(struct disc_batch *x, struct discriminator *d)
{
	return discriminator_known(d, x->t, x->n, x->known);
}

static int
score_first(struct disc_batch *x, size_t n, struct discriminator *d)
{
	if (discriminator_score(d, x->t, n, x->known, x->s) != 0)
		return -1;
	x->ratio = discriminator_ratios(d, x->t, n, x->told, x->s, x->l);
	return 0;
}

int
disc_batch_score(struct disc_batch *x, struct discriminator *d)
{
	return score_first(x, x->n, d);
}

/* These, and then those past. */
static struct disc_batch *
round_of(struct disc_batch *x, struct disc_batch *past, size_t k)
{
	return k == 0 ? x : &past[k - 1];
}

/* One step of the optimiser. */
static int
fit_once(struct disc_batch *x, struct disc_batch *past, size_t n,
    struct discriminator *d, struct trainer *t, struct update how)
{
	const struct disc_batch *r;
	double norm, rounds = (double)n + 1;
	size_t k;

	trainer_zero(t);
	for (k = 0; k <= n; k++) {
		r = round_of(x, past, k);
		if (discriminator_gradient(d, r->t, r->n, r->s, t->backward) !=
		    0)
			return -1;
	}
	trainer_chain(t);
	norm = gradient_norm(&t->d, NULL) / rounds;
	if (!isfinite(norm))
		return fail("the discriminator's gradient is not finite: "
			    "lower --lr");
	memset(t->touched, 1, t->d.tensors);
	how.scale = (norm > 1 ? 1 / norm : 1) / rounds;
	trainer_update(t, how);
	return 0;
}

int
disc_fit(struct disc_batch *x, struct disc_batch *past, size_t n,
    struct discriminator *d, struct trainer *t, const struct disc_fit *fit,
    struct discriminator_stats *before)
{
	struct discriminator_stats now;
	uint64_t step;
	size_t k;

	if (discriminator_measure(d, x->t, x->n, x->s, x->l, before) != 0)
		return -1;
	now = *before;
	for (step = 0; step < fit->steps; step++) {
		for (k = step == 0; k <= n; k++) /* x came with its scores */
			if (disc_batch_score(round_of(x, past, k), d) != 0)
				return -1;
		if (step > 0 &&
		    discriminator_measure(d, x->t, x->n, x->s, x->l, &now) != 0)
			return -1;
		if ((now.acc_expert + now.acc_policy) / 2 >= fit->until)
			break;
		if (fit_once(x, past, n, d, t, fit->how) != 0)
			return -1;
	}
	if (step == fit->steps && score_first(x, x->told, d) != 0)
		return -1;
	return trainer_commit(t, 0);
}

void
disc_batch_join(const struct disc_batch *x, struct traj_segment *s)
{
	size_t i;

	for (i = x->own; i < x->n; i++)
		traj_copy(traj_add(s), &x->t[i]);
}
