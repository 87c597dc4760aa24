/* SPDX-License-Identifier: MIT */
#include "discriminator/disc_round.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "likelihood/export.h"

void
disc_round_release(struct disc_round *a)
{
	size_t i;

	for (i = 0; i < a->pasts; i++)
		disc_batch_release(&a->past[i]);
	free(a->past);
	discriminator_release(&a->d);
}

static void
tell(struct msg *header, const struct discriminator_stats *s)
{
	traj_stat(header, "discrim.loss", s->loss);
	traj_stat(header, "discrim.acc_expert", s->acc_expert);
	traj_stat(header, "discrim.acc_policy", s->acc_policy);
	traj_stat(header, "discrim.l_expert", s->l_expert);
	traj_stat(header, "discrim.l_policy", s->l_policy);
	traj_stat(header, "discrim.u_policy", s->u_policy);
	traj_stat(header, "discrim.iu_expert", s->iu_expert);
	traj_stat(header, "discrim.ece", s->ece);
}

/* Scores into the records, the demonstrations' too where they are wanted. */
static void
write_scores(struct disc_round *a, const struct disc_batch *x,
    struct traj_segment *s)
{
	size_t i, k;

	if (a->with_demos)
		disc_batch_join(x, s);
	for (i = 0, k = 0; i < s->n; k += s->t[i].actions, i++)
		discriminator_write(&a->d, &s->t[i], x->l + k);
	msg_set_str(&s->header, "ratio", traj_ratio_name(x->ratio));
}

/* This round joins those past, the oldest of which may have to go. */
static void
remember(struct disc_round *a, struct disc_batch *x,
    const struct traj_segment *s)
{
	/* Their records have been written to, and lie elsewhere now. */
	memcpy(x->t, s->t, x->own * sizeof *x->t);
	if (a->pasts == a->replay) {
		disc_batch_release(&a->past[0]);
		memmove(a->past, a->past + 1, --a->pasts * sizeof *a->past);
	}
	disc_batch_keep(x);
	a->past =
	    mem_grow(a->past, &a->past_cap, a->pasts + 1, sizeof *a->past);
	a->past[a->pasts++] = *x;
}

int
disc_round_run(struct disc_round *a, struct traj_segment *s,
    struct discriminator_stats *before)
{
	const struct config *c = &a->d.ckpt->config;
	struct disc_batch x;
	int rc;

	if (traj_same_tokenizer(s, a->d.ckpt->tokenizer, c->V) != 0 ||
	    traj_check(s, c->V, c->context) != 0)
		return -1;
	if (s->n == 0)
		return 0;
	if (a->export_topk > 0)
		return export_topk(a->d.work, a->d.weights, s, c->V,
		    a->export_topk);
	if (a->policy != NULL && ckpt_refresh(a->policy) < 0)
		return -1;
	disc_batch_init(&x, s, a->pool, a->seed, a->d.ckpt->step);
	x.told = a->with_demos ? x.n : x.own;
	rc = disc_batch_know(&x, &a->d);
	if (rc == 0)
		rc = disc_batch_score(&x, &a->d);
	if (rc == 0 && a->trainer != NULL) {
		rc = disc_fit(&x, a->past, a->pasts, &a->d, a->trainer, &a->fit,
		    before);
		tell(&s->header, before);
	}
	if (rc == 0)
		write_scores(a, &x, s);
	if (rc == 0 && a->replay > 0)
		remember(a, &x, s);
	else
		disc_batch_release(&x);
	return rc;
}
