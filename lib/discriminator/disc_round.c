/* SPDX-License-Identifier: MIT */
#include "discriminator/disc_round.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/ckpt_passes.h"

/* Every round is committed. */
static const struct saving saving = { COMMIT_STEPS, .every = 1, .sync = 30 };

static int
open_ckpt(struct disc_round *r, struct ckpt *c, const char *dir)
{
	int rc = (r->settings.plan ? ckpt_open_unread : ckpt_open_passes)(c,
	    dir, r->settings.type);

	if (rc > 0)
		buf_addf(&r->notes, "%s: going on from there\n", err_last());
	return rc < 0 ? -1 : 0;
}

/* Open a policy that has the discriminator's tokens; dir NULL: none. */
static int
open_policy(struct disc_round *r, struct ckpt *c, const char *dir)
{
	const struct ckpt *disc = &r->disc;

	if (dir == NULL)
		return 0;
	if (open_ckpt(r, c, dir) != 0)
		return -1;
	if (c->config.V != disc->config.V)
		return fail("%s and %s: vocabularies of %zu and %zu", disc->dir,
		    dir, disc->config.V, c->config.V);
	if (c->tokenizer[0] != '\0' && disc->tokenizer[0] != '\0' &&
	    strcmp(c->tokenizer, disc->tokenizer) != 0)
		return fail("%s and %s: tokenizers %s and %s, expected one",
		    disc->dir, dir, disc->tokenizer, c->tokenizer);
	return 0;
}

static int
open_demos(struct disc_round *r)
{
	const struct ckpt *c = &r->disc;

	if (r->settings.expert == NULL)
		return 0;
	r->pool = pool_open(r->settings.expert);
	if (r->pool == NULL)
		return -1;
	return pool_check(r->pool, c->tokenizer, c->config.V,
	    c->config.context);
}

static int
open_trainer(struct disc_round *r)
{
	int start;

	if (r->settings.expert == NULL && !r->settings.fit)
		return 0;
	if (ckpt_check_frozen(&r->disc) != 0)
		return -1;
	if (r->settings.plan)
		return 0;
	start = trainer_open(&r->trainer, &r->disc, OPTIMIZER_ADAMW, &saving);
	if (start < 0)
		return -1;
	if (trainer_warns(&r->trainer, (enum trainer_start)start))
		buf_addf(&r->notes, "%s\n", err_last());
	r->fits = true;
	r->d.weights = trainer_forward(&r->trainer);
	return r->d.weights == NULL ? -1 : 0;
}

/* Members of a mixture are language models, and so is the discriminator. */
static int
open_members(struct disc_round *r)
{
	const struct disc_settings *how = &r->settings;

	if (how->members.n == 0)
		return 0;
	if (discriminator_check(&r->disc, SHAPE_LM, &how->loss) != 0 ||
	    mixture_open(&r->members, how->members.text, how->members.n,
		&r->disc, !how->plan) != 0)
		return -1;
	r->d.members = &r->members;
	return 0;
}

static int
open_match(struct disc_round *r)
{
	if (open_demos(r) != 0)
		return -1;
	r->match = match_new(&r->settings.match, &r->disc, r->pool,
	    (size_t)r->settings.micro);
	return 0;
}

static int
open_all(struct disc_round *r)
{
	const struct disc_settings *how = &r->settings;

	if (open_ckpt(r, &r->disc, how->disc) != 0)
		return -1;
	if (how->match.on)
		return open_match(r);
	if (discriminator_check(&r->disc, how->shape, &how->loss) != 0 ||
	    open_policy(r, &r->policy, how->policy) != 0 ||
	    open_policy(r, &r->base, how->base) != 0)
		return -1;
	discriminator_init(&r->d, &r->disc,
	    how->policy != NULL ? &r->policy : NULL,
	    how->base != NULL ? &r->base : NULL, (size_t)how->micro);
	r->ready = true;
	if (how->recompute)
		likelihood_recompute(r->d.work);
	r->d.loss = how->loss;
	r->d.level = how->level;
	r->d.implicit = how->implicit;
	r->d.preferences = how->expert == NULL && loss_preferences(&how->loss);
	if (open_members(r) != 0)
		return -1;
	return open_demos(r) != 0 || open_trainer(r) != 0 ? -1 : 0;
}

static void
release(struct disc_round *r)
{
	size_t i;

	for (i = 0; i < r->pasts; i++) {
		disc_batch_release(r->past[i]);
		free(r->past[i]);
	}
	free(r->past);
	if (r->fits)
		trainer_release(&r->trainer);
	if (r->ready)
		discriminator_release(&r->d);
	mixture_close(&r->members);
	match_free(r->match);
	pool_close(r->pool);
	ckpt_close(&r->policy);
	ckpt_close(&r->base);
	ckpt_close(&r->disc);
	buf_release(&r->notes);
	memset(r, 0, sizeof *r);
}

int
disc_round_open(struct disc_round *r, const struct disc_settings *how)
{
	memset(r, 0, sizeof *r);
	r->settings = *how;
	if (open_all(r) == 0)
		return 0;
	release(r);
	return -1;
}

int
disc_round_close(struct disc_round *r)
{
	int rc = r->fits ? trainer_finish(&r->trainer, 0) : 0;

	release(r);
	return rc;
}

static void
put_stats(struct msg *header, const struct discriminator_stats *s)
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

/* Fit to this round's batch and those of the rounds before. */
static int
fit(struct disc_round *r, struct disc_batch *x, size_t passed,
    struct discriminator_stats *before)
{
	struct disc_batch **batch = mem_alloc(r->pasts + 1, sizeof *batch);
	int rc;

	batch[0] = x;
	if (r->pasts > 0)
		memcpy(batch + 1, r->past, r->pasts * sizeof *batch);
	rc = disc_fit(&r->settings.fitting, &r->d, &r->trainer, batch,
	    r->pasts + 1, passed, before);
	free(batch);
	return rc;
}

static void
write_scores(const struct disc_round *r, const struct disc_batch *x,
    struct traj_segment *s)
{
	size_t i, k;

	if (r->settings.with_demos)
		disc_batch_join(x, s);
	for (i = 0, k = 0; i < s->n; k += s->t[i].actions, i++)
		discriminator_write(&r->d, &s->t[i], x->l + k);
	msg_set_str(&s->header, "ratio", traj_ratio_name(x->ratio));
}

/* Keep this round's batch for the next `replay` rounds; takes x. */
static void
keep(struct disc_round *r, struct disc_batch *x, const struct traj_segment *s)
{
	if (r->past == NULL)
		r->past = mem_alloc(r->settings.replay, sizeof *r->past);
	if (r->pasts == r->settings.replay) {
		disc_batch_release(r->past[0]);
		free(r->past[0]);
		r->pasts--;
		memmove(r->past, r->past + 1, r->pasts * sizeof *r->past);
	}
	disc_batch_keep(x, s);
	r->past[r->pasts++] = x;
}

int
disc_round_check(const struct disc_round *r, const struct traj_segment *s)
{
	const struct config *c = &r->disc.config;

	if (traj_same_tokenizer(s, r->disc.tokenizer, c->V) != 0 ||
	    traj_check(s, c->V, c->context) != 0)
		return -1;
	return r->pool != NULL ? pool_share_tokenizer(r->pool, s) : 0;
}

int
disc_round_run(struct disc_round *r, struct traj_segment *s,
    struct discriminator_stats *before)
{
	struct disc_batch *x;
	size_t passed;
	int rc;

	if (disc_round_check(r, s) != 0)
		return -1;
	if (s->n == 0)
		return 0;
	if (r->match != NULL)
		return match_run(r->match, s);
	if (r->settings.policy != NULL && ckpt_refresh(&r->policy) < 0)
		return -1;
	x = mem_alloc(1, sizeof *x);
	disc_batch_init(x, s, r->pool, r->settings.seed, r->disc.step);
	passed = r->settings.with_demos ? x->n : x->own;
	rc = disc_batch_known(x, &r->d);
	if (rc == 0)
		rc = disc_batch_score(x, &r->d, x->n, passed);
	if (rc == 0 && r->fits) {
		rc = fit(r, x, passed, before);
		if (rc == 0)
			put_stats(&s->header, before);
	}
	if (rc == 0)
		write_scores(r, x, s);
	if (rc == 0 && r->settings.replay > 0) {
		keep(r, x, s);
	} else {
		disc_batch_release(x);
		free(x);
	}
	return rc;
}
