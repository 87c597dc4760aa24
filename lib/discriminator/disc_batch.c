/* SPDX-License-Identifier: MIT */
#include "discriminator/disc_batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
disc_batch_init(struct disc_batch *x, const struct traj_segment *s,
    struct pool *pool, uint64_t seed, uint64_t step)
{
	const struct traj **picks = mem_alloc(s->n, sizeof *picks);
	size_t i, n = 0, actions;

	*x = (struct disc_batch){ .own = s->n };
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
disc_batch_keep(struct disc_batch *x, const struct traj_segment *s)
{
	size_t i;

	for (i = 0; i < x->own; i++) {
		x->t[i] = (struct traj){ 0 };
		traj_copy(&x->t[i], &s->t[i]);
	}
	x->kept = true;
}

int
disc_batch_known(struct disc_batch *x, struct discriminator *d)
{
	return discriminator_known(d, x->t, x->n, x->known);
}

int
disc_batch_score(struct disc_batch *x, struct discriminator *d, size_t n,
    size_t passed)
{
	if (discriminator_score(d, x->t, n, x->known, x->s) != 0)
		return -1;
	x->ratio = discriminator_ratios(d, x->t, n, passed, x->s, x->l);
	return 0;
}

void
disc_batch_join(const struct disc_batch *x, struct traj_segment *s)
{
	size_t i;

	for (i = x->own; i < x->n; i++)
		traj_copy(traj_add(s), &x->t[i]);
}
