/* SPDX-License-Identifier: MIT */
/*
 * discrim: trajectories in, the same with their score out:
 * l = log p_E(y|x) - log pi(y|x).
 *
 * Per segment, with -e: draw as many demonstrations as there are rollouts,
 * measure the discriminator on both (held out by nature), fit it to tell
 * them apart, commit it.  Then score.  See discrim(1).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "learn/rivals.h"
#include "learn/toplaw.h"
#include "nn/ckpt.h"
#include "traj/pool.h"
#include "traj/traj.h"

static struct args {
	struct common common;
	const char *expert, *policy;
	bool fit, implicit, with_demos;
	struct loss loss;
	int level;
	double until, lr, decay;
	uint64_t steps, micro, law;
} a = {
	.common.seed = 1,
	.until = 2,
	.lr = 1e-3,
	.steps = 1,
	.micro = 4096,
};

static int
parse_loss(const char *text, void *value)
{
	return loss_parse(text, value);
}

static const char *const levels[] = { "token", "trajectory", NULL };

static const struct opt opts[] = {
	{ 'e', "expert", OPT_TEXT, &a.expert, "FILE",
	    "fit against these demonstrations" },
	{ 'p', "policy", OPT_TEXT, &a.policy, "POLICY",
	    "gives log pi where a record has none" },
	{ 0, "fit", OPT_FLAG, &a.fit, NULL,
	    "fit on the segment itself, by role" },
	{ 0, "implicit", OPT_FLAG, &a.implicit, NULL,
	    "operands A B: l = log p_A - log p_B" },
	{ 0, "law", OPT_UINT, &a.law, "K",
	    "add DISC's K likeliest tokens at each action, for a student", 1,
	    1e6 },
	{ 0, "loss", OPT_CUSTOM, &a.loss, "LOSS",
	    "logistic, brier, nwj, lsif, hinge, bt or a divergence", 0, 0,
	    NULL, parse_loss },
	{ 0, "level", OPT_NAME, &a.level, "LEVEL",
	    "a score for each token (default), or one a trajectory", 0, 0,
	    levels },
	{ 0, "smooth", OPT_REAL, &a.loss.smooth, "E",
	    "label smoothing of the logistic loss (0)", 0, 0.499 },
	{ 0, "until-accuracy", OPT_REAL, &a.until, "A",
	    "stop fitting a segment at this accuracy", 0, 1 },
	{ 0, "with-demos", OPT_FLAG, &a.with_demos, NULL,
	    "pass on the demonstrations used, scored" },
	{ 0, "lr", OPT_REAL, &a.lr, "LR", "learning rate (1e-3)", 0, 1e9 },
	{ 0, "steps", OPT_UINT, &a.steps, "N", "steps a segment (1)", 0, 1e9 },
	{ 0, "decay", OPT_REAL, &a.decay, "D", "weight decay (0)", 0, 1e9 },
	{ 0, "micro", OPT_UINT, &a.micro, "TOKENS",
	    "size of a micro-batch, bounds memory (4096)", 1, 1e9 },
	OPT_SEED(&a.common),
	OPT_OUTPUT(&a.common),
	OPT_JSON(&a.common),
	OPT_PART(&a.common),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

/* What the tool holds from begin to end. */
struct bench {
	struct ckpt disc, policy;
	struct discriminator d;
	struct trainer trainer;
	bool fits;
	struct pool *pool;	 /* NULL: no demonstrations */
};

/* One segment: fitted on where that is asked for, and scored. */
static int
work(struct bench *b, struct traj_segment *s, struct discriminator_stats *st)
{
	const struct rivals_fit how = { { .lr = a.lr, .beta1 = 0.5,
		.beta2 = 0.999, .eps = 1e-8, .decay = a.decay }, a.steps,
		a.until };
	struct rivals x;
	size_t i, k;
	int rc;

	if (a.law > 0)
		return toplaw_write(b->d.work, &b->disc.params, s,
		    b->disc.config.V, a.law);
	if (b->d.policy != NULL && ckpt_refresh(&b->policy) < 0)
		return -1;
	rivals_init(&x, s, b->pool, a.common.seed, b->disc.step);
	rc = rivals_score(&x, &b->d);
	if (rc == 0 && b->fits) {
		rc = rivals_fit(&x, &b->d, &b->trainer, &how, st);
		discriminator_tell(&s->header, st);
	}
	if (rc == 0) {
		if (a.with_demos)
			rivals_join(&x, s);
		for (i = 0, k = 0; i < s->n; k += s->t[i].actions, i++)
			discriminator_write(&b->d, &s->t[i], x.l + k);
		msg_set_str(&s->header, "ratio",
		    traj_ratio_name(loss_ratio(&b->d.loss)));
	}
	rivals_release(&x);
	return rc;
}

/* Open discriminator, policy and demonstrations; argv[first] is DISC, or A B. */
static int
prepare(struct bench *b, int argc, char **argv, int first)
{
	bool fits = a.expert != NULL || a.fit;

	if (argc - first < (a.implicit ? 2 : 1))
		die_usage(a.implicit ? "--implicit wants two policies, A B" :
		    "names no discriminator");
	if (a.implicit && (fits || a.policy != NULL))
		die_usage("--implicit fits nothing: no -e, --fit or -p");
	if (a.law > 0 && (fits || a.implicit || a.policy != NULL))
		die_usage("--law fits and scores nothing: no -e, --fit, "
		    "--implicit or -p");
	if (a.with_demos && a.expert == NULL)
		die_usage("--with-demos wants demonstrations: -e FILE");
	if (loss_pairs(&a.loss) && a.expert != NULL)
		die_usage("--loss bt is of pairs: --fit, without -e");
	if (a.implicit)
		a.policy = argv[first + 1];
	if (ckpt_open(&b->disc, argv[first]) != 0 ||
	    ckpt_check_finite(&b->disc) != 0 ||
	    (a.policy != NULL && (ckpt_open(&b->policy, a.policy) != 0 ||
		ckpt_check_finite(&b->policy) != 0)))
		die();
	if (a.policy != NULL && b->policy.config.V != b->disc.config.V)
		die_with("%s and %s: vocabularies of %zu and %zu",
		    b->disc.dir, b->policy.dir, b->disc.config.V,
		    b->policy.config.V);
	if (a.law > 0 && b->disc.config.scored)
		die_with("%s: a sequence classifier, which has no laws",
		    b->disc.dir);
	discriminator_init(&b->d, &b->disc, a.policy != NULL ? &b->policy :
	    NULL, a.micro);
	b->d.loss = a.loss;
	b->d.whole = a.level == 1;
	b->d.implicit = a.implicit;
	if (a.expert != NULL && ((b->pool = pool_open(a.expert)) == NULL ||
	    pool_check(b->pool, b->disc.tokenizer, b->disc.config.V,
		b->disc.config.context) != 0))
		die();
	if (fits) {
		if (trainer_open(&b->trainer, &b->disc, OPTIMIZER_ADAMW, 30) <
		    0)
			die();
		b->fits = true;
		b->d.weights = b->trainer.w;
	}
	return first + (a.implicit ? 2 : 1);
}

static void
close_all(struct bench *b)
{
	if (b->fits)
		trainer_release(&b->trainer);
	discriminator_release(&b->d);
	if (b->pool != NULL)
		pool_close(b->pool);
	if (a.policy != NULL)
		ckpt_close(&b->policy);
	ckpt_close(&b->disc);
}

static void
say_stats(struct progress *p, const struct discriminator_stats *st, bool last)
{
	(last ? progress_end : progress_line)(p, "loss %.4f, accuracy %.2f "
	    "%.2f, l_expert %.3f, l_policy %.3f, u_policy %.3g", st->loss,
	    st->acc_expert, st->acc_policy, st->l_expert, st->l_policy,
	    st->u_policy);
}

int
main(int argc, char **argv)
{
	struct bench b = { 0 };
	struct traj_segment s = { 0 };
	struct discriminator_stats st = { 0 };
	struct progress progress;
	struct stream_out *out;
	struct stream_in *in;
	uint64_t scored = 0;
	int first, r;

	if (loss_parse("logistic", &a.loss) != 0)
		die();
	cli_begin(argc, argv);
	first = opt_parse(opts, "[-e EXPERT.traj] [-p POLICY] [options] DISC "
	    "[FILE ...]\n--implicit [options] A B [FILE ...]\n"
	    "--law K [options] TEACHER [FILE ...]", argc, argv);
	cli_ready(&a.common);
	first = prepare(&b, argc, argv, first);
	in = cli_in(&a.common, STREAM_TRAJ, argc, argv, first);
	out = cli_out(&a.common);
	progress_begin(&progress, &a.common);
	while ((r = traj_read(in, &s)) > 0) {
		if (traj_same_tokenizer(&s, b.disc.tokenizer,
			b.disc.config.V) != 0 ||
		    traj_check(&s, b.disc.config.V, b.disc.config.context) !=
			0 ||
		    (s.n > 0 && work(&b, &s, &st) != 0) ||
		    traj_write(out, &s) != 0)
			die();
		scored += s.n;
		if (b.fits)
			say_stats(&progress, &st, false);
	}
	if (r < 0 || (b.fits && trainer_sync(&b.trainer) != 0))
		die();
	if (b.fits && scored > 0)
		say_stats(&progress, &st, true);
	stream_close(in);
	traj_segment_release(&s);
	close_all(&b);
	return cli_end(&a.common, out, scored > 0, "no trajectories");
}
