/* SPDX-License-Identifier: MIT */
/*
 * discrim: trajectories in, the same with their score out:
 * l = log p_E(y|x) - log pi(y|x).
 *
 * Per segment, with -e: fit the discriminator to tell rollouts from as many
 * demonstrations, commit it.  Then score.  See discrim(1).
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "discriminator/disc_round.h"
#include "optim/trainer.h"
#include "nn/ckpt.h"
#include "traj/pool.h"
#include "traj/traj.h"

static struct args {
	struct common common;
	const char *expert, *policy, *base;
	bool fit, implicit, with_demos;
	struct loss loss;
	int level, shape;
	double until, lr, decay;
	uint64_t steps, replay, micro, export_topk;
} a = {
	.common.seed = 1,
	.shape = -1,
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
/* In the order of enum discriminator_shape. */
static const char *const shapes[] = { "lm", "head", "offset", NULL };

static const char *
without_logistic(void)
{
	return strcmp(loss_name(&a.loss), "logistic") != 0 ?
	    "without --loss logistic" :
	    NULL;
}

static const struct opt opts[] = {
	OPT_GROUP("Score"),
	OPT_TEXT('p', "policy", &a.policy, "POLICY",
	    "gives log pi where records have no logp",
	    .excludes = "implicit|topk"),
	OPT_NAME(0, "level", &a.level, "LEVEL", levels,
	    "a score for each %s (token)", .excludes = "topk"),
	OPT_NAME(0, "shape", &a.shape, "SHAPE", shapes,
	    "what DISC is: %s (detected)"),
	OPT_TEXT(0, "base", &a.base, "POLICY",
	    "--shape offset: l = f + log p_base - log pi",
	    .needs = "shape=offset"),
	OPT_FLAG(0, "implicit", &a.implicit,
	    "two policies A B: l = log p_A - log p_B", .excludes = "topk"),
	OPT_UINT(0, "topk", &a.export_topk, "K", 1, 1e6,
	    "add DISC's K likeliest tokens at each action, for a student",
	    .alias = "law"),
	OPT_CUSTOM(0, "loss", &a.loss, "LOSS", parse_loss, "%s (logistic)",
	    .list = loss_names, .excludes = "topk"),
	OPT_GROUP("Fit, then score", .needs = "expert|fit"),
	OPT_TEXT('e', "expert", &a.expert, "FILE",
	    "fit against these demonstrations", .excludes = "implicit|topk"),
	OPT_FLAG(0, "fit", &a.fit, "fit on the segment itself, by role",
	    .excludes = "expert|implicit|topk"),
	OPT_REAL(0, "smooth", &a.loss.smooth, "E", 0, 0.499,
	    "label smoothing of the logistic loss (0)",
	    .idle = without_logistic),
	OPT_UINT(0, "steps", &a.steps, "N", 0, 1e9, "steps a segment (1)"),
	OPT_REAL(0, "until-accuracy", &a.until, "A", 0, 1,
	    "stop fitting a segment at this accuracy (never)"),
	OPT_REAL(0, "lr", &a.lr, "LR", 0, 1e9, "learning rate (1e-3)"),
	OPT_REAL(0, "decay", &a.decay, "D", 0, 1e9, "weight decay (0)"),
	OPT_UINT(0, "replay", &a.replay, "R", 0, 1e6,
	    "fit on the R segments before, too (0)"),
	OPT_FLAG(0, "with-demos", &a.with_demos,
	    "write the demonstrations used, too, scored", .needs = "expert"),
	OPT_SEED(&a.common, "seed of the choice of demonstrations (1)",
	    .needs = "expert"),
	OPT_GROUP("Common"),
	OPT_UINT(0, "micro", &a.micro, "TOKENS", 1, 1e9,
	    "size of a micro-batch, bounds memory (4096)"),
	OPT_OUTPUT(&a.common),
	OPT_JSON(&a.common),
	OPT_PART(&a.common),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[-e EXPERT.traj] [-p POLICY] [options] DISC [FILE ...]\n"
	"--implicit [options] A B [FILE ...]\n"
	"--topk K [options] TEACHER [FILE ...]",
	"Trajectories in, the same with their score l = log p_E - log pi out.",
	"rollout -n 4 P demos.traj | discrim -e demos.traj -p P D | ...",
	"DISC, the discriminator's directory",
};

/* What the tool holds from begin to end. */
struct bench {
	struct ckpt disc, policy, base;
	struct disc_round adversary;
	struct trainer trainer;
};

static void
check_usage(int operands)
{
	if (a.implicit && operands < 2)
		opt_missing(&usage,
		    "operand: --implicit compares two "
		    "policies, A and B");
	if (a.implicit && a.shape > SHAPE_LM)
		die_usage("--implicit compares language models: --shape %s "
			  "does not go with it",
		    shapes[a.shape]);
	if (a.shape == SHAPE_OFFSET && a.base == NULL)
		opt_missing(&usage,
		    "option: --base POLICY, which --shape "
		    "offset adds to");
}

static void
open_policy(struct ckpt *c, const char *dir)
{
	int rc = ckpt_open(c, dir);

	if (rc > 0)
		warn("%s: going on from there", err_last());
	if (rc < 0 || ckpt_check_finite(c) != 0)
		die();
}

/* Open a policy with the tokens of DISC, where one is named. */
static struct ckpt *
open_beside(struct ckpt *c, const char *dir, const struct ckpt *disc)
{
	if (dir == NULL)
		return NULL;
	open_policy(c, dir);
	if (c->config.V != disc->config.V)
		die_with("%s and %s: vocabularies of %zu and %zu", disc->dir,
		    dir, disc->config.V, c->config.V);
	return c;
}

/*
 * Open discriminator, policies and demonstrations; argv[first] is DISC, or A B.
 */
static int
prepare(struct bench *b, int argc, char **argv, int first)
{
	struct disc_round *x = &b->adversary;

	check_usage(argc - first);
	if (a.implicit)
		a.policy = argv[first + 1];
	open_policy(&b->disc, argv[first]);
	if (discriminator_serves(&b->disc, a.shape < 0 ? NULL : shapes[a.shape],
		&a.loss, a.export_topk > 0) != 0)
		die();
	*x = (struct disc_round){ .seed = a.common.seed,
		.replay = a.replay,
		.export_topk = a.export_topk,
		.with_demos = a.with_demos,
		.policy = open_beside(&b->policy, a.policy, &b->disc),
		.fit = { { .lr = a.lr,
			     .beta1 = 0.5,
			     .beta2 = 0.999,
			     .eps = 1e-8,
			     .decay = a.decay },
		    a.steps, a.until } };
	discriminator_init(&x->d, &b->disc, x->policy,
	    open_beside(&b->base, a.base, &b->disc), a.micro);
	x->d.loss = a.loss;
	x->d.whole = a.level == 1;
	x->d.implicit = a.implicit;
	x->d.preferences =
	    a.expert == NULL && a.loss.row != NULL && a.loss.row->preferences;
	if (a.expert != NULL &&
	    ((x->pool = pool_open(a.expert)) == NULL ||
		pool_check(x->pool, b->disc.tokenizer, b->disc.config.V,
		    b->disc.config.context) != 0))
		die();
	if (a.expert != NULL || a.fit) {
		x->trainer = &b->trainer;
		if (trainer_open(x->trainer, &b->disc, OPTIMIZER_ADAMW, 30) < 0)
			die();
		x->d.weights = trainer_forward(x->trainer);
		if (x->d.weights == NULL)
			die();
	}
	return first + 1 + a.implicit;
}

static void
close_all(struct bench *b)
{
	struct disc_round *x = &b->adversary;

	if (x->trainer != NULL)
		trainer_release(x->trainer);
	disc_round_release(x);
	if (x->pool != NULL)
		pool_close(x->pool);
	if (a.policy != NULL)
		ckpt_close(&b->policy);
	if (a.base != NULL)
		ckpt_close(&b->base);
	ckpt_close(&b->disc);
}

static void
say_stats(struct progress *p, const struct discriminator_stats *st, bool last)
{
	(last ? progress_end : progress_step)(p,
	    "loss %.4f; accuracy %.2f on demonstrations, %.2f on rollouts; "
	    "mean l %.3f and %.3f; mean e^l of rollouts %.3g",
	    st->loss, st->acc_expert, st->acc_policy, st->l_expert,
	    st->l_policy, st->u_policy);
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
	bool fits;

	if (loss_parse("logistic", &a.loss) != 0)
		die();
	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	cli_ready(&a.common);
	first = prepare(&b, argc, argv, first);
	fits = b.adversary.trainer != NULL;
	in = cli_in(&a.common, STREAM_TRAJ, argc, argv, first);
	out = cli_out(&a.common);
	progress_begin(&progress, &a.common);
	while ((r = traj_read(in, &s)) > 0) {
		if (disc_round_run(&b.adversary, &s, &st) != 0 ||
		    traj_write(out, &s) != 0)
			die();
		scored += s.n;
		if (fits)
			say_stats(&progress, &st, false);
	}
	if (r < 0 || (fits && trainer_sync(&b.trainer) != 0))
		die();
	if (fits && scored > 0)
		say_stats(&progress, &st, true);
	stream_close(in);
	traj_segment_release(&s);
	close_all(&b);
	return cli_end(&a.common, out, scored > 0, "no trajectories");
}
