/* SPDX-License-Identifier: MIT */
#include "discriminator/disc_fit.h"

#include <math.h>
#include <string.h>

/* One step of the optimiser, from the batches' outputs. */
static int
fit_once(struct disc_batch *const *batch, size_t batches,
    struct discriminator *d, struct trainer *t, struct update how)
{
	double norm;
	size_t k;

	trainer_zero(t);
	for (k = 0; k < batches; k++)
		if (discriminator_gradient(d, batch[k]->t, batch[k]->n,
			batch[k]->s, t->backward) != 0)
			return -1;
	norm = gradient_norm(&t->d, NULL) / (double)batches;
	if (!isfinite(norm))
		return fail_kind(ERR_DIVERGED, NULL,
		    "the discriminator's gradient is not finite");
	memset(t->touched, 1, t->d.tensors);
	how.scale = (norm > 1 ? 1 / norm : 1) / (double)batches;
	trainer_update(t, how);
	return 0;
}

/* The same with outputs of this step's dropout, where there is any. */
static int
fit_dropped(const struct disc_fit_settings *how,
    struct disc_batch *const *batch, size_t batches, struct discriminator *d,
    struct trainer *t, uint64_t step)
{
	const struct likelihood_dropout drop = { how->dropout, how->seed,
		d->ckpt->step, step };
	const bool drops = how->dropout > 0;
	size_t k;
	int rc = 0;

	likelihood_drop(d->work, &drop);
	for (k = drops ? 0 : 1; k < batches && rc == 0; k++)
		rc = disc_batch_score(batch[k], d, batch[k]->n, batch[k]->n);
	if (rc == 0)
		rc = fit_once(batch, batches, d, t, how->update);
	likelihood_drop(d->work, NULL);
	return rc;
}

static int
measure(const struct disc_batch *x, const struct discriminator *d,
    struct discriminator_stats *stats)
{
	return discriminator_measure(d, x->t, x->n, x->s, x->l, stats);
}

int
disc_fit(const struct disc_fit_settings *how, struct discriminator *d,
    struct trainer *t, struct disc_batch *const *batch, size_t batches,
    size_t passed, struct discriminator_stats *before)
{
	struct disc_batch *x = batch[0];
	struct discriminator_stats now;
	/* Without dropout the loss is of these scores, too. */
	const bool scores = how->until <= 1 || !(how->dropout > 0);
	uint64_t step;

	if (measure(x, d, before) != 0)
		return -1;
	now = *before;
	for (step = 0; step < how->steps; step++) {
		if (step > 0 && scores &&
		    (disc_batch_score(x, d, x->n, passed) != 0 ||
			measure(x, d, &now) != 0))
			return -1;
		if ((now.acc_expert + now.acc_policy) / 2 >= how->until)
			break;
		if (fit_dropped(how, batch, batches, d, t, step) != 0)
			return -1;
	}
	if (step == how->steps && disc_batch_score(x, d, passed, passed) != 0)
		return -1;
	return trainer_commit(t, 0) == 0 ? 0 : -1;
}
