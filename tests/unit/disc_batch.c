/* SPDX-License-Identifier: MIT */
/* disc_batch, disc_fit: batches of a discriminator, and its fit to them. */
#include "discriminator/disc_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../policydir.h"
#include "../tap.h"
#include "base/mem.h"
#include "base/par.h"
#include "tests/scratch.h"

static const struct saving saving = { COMMIT_STEPS, .every = 1,
	.sync = HUGE_VAL };

static void
demos_file(const char *path)
{
	struct buf b = { 0 };
	size_t i;

	buf_adds(&b, "{\"apprentice\":{\"kind\":\"traj\",\"version\":1}}\n");
	for (i = 0; i < 4; i++)
		buf_addf(&b,
		    "{\"id\":\"e%zu\",\"group\":\"g%zu\",\"role\":"
		    "\"expert\",\"tokens\":[2,3,7,7,7,1],\"actions\":[2,6]}\n",
		    i, i);
	buf_adds(&b, "{\"end\":{\"count\":4,\"more\":false}}\n");
	put(path, buf_text(&b));
	buf_release(&b);
}

/* Rollouts of nothing but `word` where the demonstrations have 7. */
static void
rollouts(struct traj_segment *s, uint32_t word)
{
	const uint32_t tokens[] = { 2, 3, word, word, word, 1 };
	static const uint32_t actions[] = { 2, 6 };
	static const float logp[] = { -2, -2, -2, -2 };
	static const char *const ids[] = { "r0", "r1", "r2" };
	struct traj *t;
	size_t i;

	msg_clear(&s->header);
	for (i = 0; i < 3; i++) {
		t = traj_add(s);
		msg_clear(&t->rec);
		msg_set_str(&t->rec, "id", ids[i]);
		msg_set_str(&t->rec, "group", i == 0 ? "g2" : "other");
		msg_set_str(&t->rec, "role", "policy");
		msg_set_u32(&t->rec, "tokens", tokens, 6);
		msg_set_u32(&t->rec, "actions", actions, 2);
		msg_set_f32(&t->rec, "logp", logp, 4);
		need(traj_decode(t));
	}
}

/* The weights in the directory score as the fitted ones. */
static void
check_committed(const struct disc_batch *x, size_t n, const struct ckpt *disc,
    const struct ckpt *policy)
{
	size_t A = likelihood_actions(x->t, n);
	float *l = mem_floats(A);
	struct discriminator d;
	struct ckpt again;

	need(ckpt_open(&again, disc->dir));
	discriminator_init(&d, &again, policy, NULL, 64);
	need(discriminator_score(&d, x->t, n, x->known, l));
	ok(again.step == disc->step && memcmp(l, x->s, A * sizeof *l) == 0,
	    "the directory holds the fitted weights");
	free(l);
	discriminator_release(&d);
	ckpt_close(&again);
}

static void
measure(const struct disc_batch *x, struct discriminator *d,
    struct discriminator_stats *s)
{
	need(discriminator_measure(d, x->t, x->n, x->s, x->l, s));
}

static void
fit(struct disc_batch *x, struct discriminator *d, struct ckpt *disc)
{
	struct disc_fit_settings how = {
		{ .lr = 0.02, .beta1 = 0.5, .beta2 = 0.999, .eps = 1e-8 }, 30, 2
	};
	struct discriminator_stats first, before, after;
	struct trainer tr = { 0 };

	need(trainer_open(&tr, disc, OPTIMIZER_ADAMW, &saving));
	d->weights = trainer_forward(&tr);
	need(d->weights == NULL ? -1 : 0);
	need(disc_batch_known(x, d));
	need(disc_batch_score(x, d, x->n, x->n));
	measure(x, d, &first);
	ok(disc_fit(&how, d, &tr, &x, 1, x->n, &before) == 0, "a fit: %s",
	    err_last());
	ok(memcmp(&first, &before, sizeof first) == 0,
	    "the stats were measured before the fit");
	measure(x, d, &after);
	ok(after.loss < 0.2 && after.loss < before.loss &&
		after.acc_expert >= 1 && after.acc_policy >= 1,
	    "the fit tells the sides apart: loss %g, then %g", before.loss,
	    after.loss);
	ok(disc->step == 1, "the discriminator is one step further");
	check_committed(x, x->n, disc, d->policy);
	how.until = 0.9;
	ok(disc_fit(&how, d, &tr, &x, 1, x->n, &before) == 0, "a second fit");
	measure(x, d, &first);
	ok(memcmp(&first, &after, sizeof first) == 0 && disc->step == 2,
	    "a fit that is accurate enough stops at once, and is a step");
	trainer_release(&tr);
}

/* d = the gradient over one round. */
static void
slope(const struct disc_batch *x, struct discriminator *d, struct params *g)
{
	params_zero(g);
	need(discriminator_gradient(d, x->t, x->n, x->s, g));
}

/*
 * A step on two rounds goes down the mean of their slopes, those of dropped
 * outputs with dropout, and leaves whole outputs.
 */
static void
test_past(struct disc_batch *now, struct disc_batch *past,
    struct discriminator *d, struct ckpt *disc, double dropout)
{
	const struct disc_fit_settings how = { { .lr = 1e-2 }, 1, 2, dropout,
		7 };
	const struct likelihood_dropout drop = { dropout, 7, disc->step, 0 };
	struct disc_batch *both[2] = { now, past };
	struct discriminator_stats st;
	struct trainer tr = { 0 };
	struct params g[2] = { { 0 } };
	double norm = 0, worst = 0, x;
	float *before;
	size_t i, j, n = 0;

	need(trainer_open(&tr, disc, OPTIMIZER_SGD, &saving));
	d->weights = trainer_forward(&tr);
	need(d->weights == NULL ? -1 : 0);
	likelihood_drop(d->work, &drop);
	for (i = 0; i < 2; i++) {
		params_init(&g[i], &disc->config, "model.");
		params_alloc(&g[i]);
		need(disc_batch_score(both[i], d, both[i]->n, both[i]->n));
		slope(both[i], d, &g[i]);
	}
	likelihood_drop(d->work, NULL);
	need(disc_batch_score(now, d, now->n, now->n));
	for (i = 0; i < g[0].tensors; i++)
		for (j = 0; j < g[0].tensor[i].n; j++, n++) {
			g[0].tensor[i].p[j] =
			    (g[0].tensor[i].p[j] + g[1].tensor[i].p[j]) / 2;
			x = (double)g[0].tensor[i].p[j];
			norm += x * x;
		}
	norm = norm > 1 ? sqrt(norm) : 1;
	before = mem_floats(n);
	for (i = 0, n = 0; i < tr.w->tensors; n += tr.w->tensor[i++].n)
		memcpy(before + n, tr.w->tensor[i].p,
		    tr.w->tensor[i].n * sizeof *before);
	need(disc_fit(&how, d, &tr, both, 2, now->own, &st));
	for (i = 0, n = 0; i < tr.w->tensors; i++)
		for (j = 0; j < tr.w->tensor[i].n; j++, n++)
			worst = fmax(worst,
			    fabs((double)tr.w->tensor[i].p[j] -
				(double)before[n] +
				1e-2 / norm * (double)g[0].tensor[i].p[j]));
	ok(worst < 1e-6,
	    "dropout %g: an earlier round is half of a step, within %g",
	    dropout, worst);
	check_committed(now, now->own, disc, d->policy);
	free(before);
	params_release(&g[0]);
	params_release(&g[1]);
	trainer_release(&tr);
}

/* Replace the directory by adapters of the policy in it. */
static void
make_adapted(const char *dir)
{
	const struct adapter_spec spec = { .rank = 4, .alpha = 8 };
	struct buf base = { 0 };
	size_t trained, total;
	struct ckpt c;

	buf_addf(&base, "%s.base", dir);
	need(rename(dir, buf_text(&base)));
	need(ckpt_open(&c, base.p));
	need(ckpt_adapt(dir, &c, &spec, 1, NULL, &trained, &total));
	ckpt_close(&c);
	buf_release(&base);
}

static void
drop_adapted(const char *dir)
{
	struct buf base = { 0 };

	buf_addf(&base, "%s.base", dir);
	drop(buf_text(&base));
	buf_release(&base);
}

static void
test_batches(bool adapted)
{
	static const char *const name[] = { "disc", "policy", "demos" };
	struct ckpt disc, policy;
	struct discriminator d;
	struct traj_segment s = { 0 };
	struct pool *pool;
	struct disc_batch x, y;
	int i;

	make(name[0], FAMILY_LLAMA, ST_F32);
	if (adapted)
		make_adapted(name[0]);
	make(name[1], FAMILY_GPT2, ST_F32);
	demos_file(name[2]);
	need(ckpt_open(&disc, name[0]));
	need(ckpt_open(&policy, name[1]));
	need((pool = pool_open(name[2])) == NULL ? -1 : 0);
	rollouts(&s, 8);
	discriminator_init(&d, &disc, &policy, NULL, 64);
	need(loss_parse("logistic", &d.loss));
	disc_batch_init(&x, &s, pool, 1, 0);
	ok(x.own == 3 && x.n == 6 && strcmp(x.t[3].group, "g2") == 0,
	    "as many demonstrations as rollouts, of the same prompts first");
	fit(&x, &d, &disc);
	disc_batch_join(&x, &s);
	ok(s.n == 6 && s.t[5].role == ROLE_EXPERT &&
		strcmp(s.t[3].id, "e2") == 0,
	    "the demonstrations join the segment");
	disc_batch_keep(&x, &s);
	disc_batch_init(&y, &s, NULL, 1, 0);
	ok(y.n == 6 && y.own == 6,
	    "without a pool there are no demonstrations");
	disc_batch_release(&y);
	traj_segment_release(&s);
	rollouts(&s, 9);
	disc_batch_init(&y, &s, pool, 1, 0);
	need(disc_batch_known(&y, &d));
	ok(x.t[0].tokens[3] == 8 && y.t[0].tokens[3] == 9 &&
		strcmp(x.t[2].id, "r2") == 0,
	    "a kept batch outlives its segment");
	if (!adapted)
		for (i = 0; i < 2; i++)
			test_past(&y, &x, &d, &disc, i * 0.3);
	disc_batch_release(&x);
	disc_batch_release(&y);
	traj_segment_release(&s);
	discriminator_release(&d);
	pool_close(pool);
	ckpt_close(&disc);
	ckpt_close(&policy);
	drop(name[0]);
	if (adapted)
		drop_adapted(name[0]);
	drop(name[1]);
	(void)unlink(name[2]);
}

int
main(void)
{
	par_start(2);
	scratch_enter();
	test_batches(false);
	test_batches(true);
	scratch_leave();
	return tap_done();
}
