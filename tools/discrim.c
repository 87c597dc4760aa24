/* SPDX-License-Identifier: MIT */
/*
 * discrim: trajectories in, the same with their score out:
 * l = log p_E(y|x) - log pi(y|x).
 *
 * With -e, each segment first fits the discriminator to tell its rollouts from
 * as many demonstrations, and commits it.  With --implicit the score is that
 * of two policies.  With --export-topk records take a teacher's next-token
 * distributions instead of scores.  See discrim(1).
 */
#include <inttypes.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "discriminator/discplan.h"
#include "likelihood/export.h"
#include "nn/packed.h"
#include "traj/traj.h"

static struct args {
	struct common common;
	struct disc_settings how;
	uint64_t export_topk;
} a = {
	.common.seed = 1,
	.how.shape = -1,
	.how.micro = 4096,
	.how.fitting.update = { .lr = 1e-3,
	    .beta1 = 0.5,
	    .beta2 = 0.999,
	    .eps = 1e-8 },
	.how.fitting.steps = 1,
	.how.fitting.until = 2, /* above 1: never */
	.how.match = { .diversity = 1, .layer = { .25, .5, .75 }, .layers = 3 },
};

static const char *
without_smoothing(int setting)
{
	(void)setting;
	return loss_smooths(&a.how.loss) ? NULL : "without --loss logistic";
}

static const struct opt opts[] = {
	OPT_GROUP("Score"),
	OPT_TEXT('p', "policy", &a.how.policy, "POLICY",
	    "gives log pi where records have no logp",
	    .excludes = "implicit|export-topk"),
	OPT_NAME(0, "level", &a.how.level, "LEVEL", discriminator_levels,
	    "a score for each %s (token)", .excludes = "export-topk"),
	OPT_NAME(0, "shape", &a.how.shape, "SHAPE", discriminator_shapes,
	    "what DISC is: %s (detected)", .excludes = "export-topk"),
	OPT_TEXT(0, "base", &a.how.base, "POLICY",
	    "--shape offset: l = f + log p_base - log pi",
	    .needs = "shape=offset"),
	OPT_CUSTOM(0, "member", &a.how.members, "DIR", texts_add,
	    "DISC is a mixture, also of this model; may be repeated",
	    .excludes = "expert|fit|export-topk"),
	OPT_FLAG(0, "implicit", &a.how.implicit,
	    "two policies A B: l = log p_A - log p_B",
	    .excludes = "export-topk"),
	OPT_CUSTOM(0, "loss", &a.how.loss, "LOSS", loss_parse, "%s (logistic)",
	    .list = loss_names, .excludes = "export-topk"),
	OPT_GROUP("Fit, then score", .needs = "expert|fit"),
	OPT_TEXT('e', "expert", &a.how.expert, "FILE",
	    "fit against these demonstrations",
	    .excludes = "implicit|export-topk"),
	OPT_FLAG(0, "fit", &a.how.fit, "fit on the segment itself, by role",
	    .excludes = "expert|implicit|export-topk"),
	OPT_REAL(0, "smooth", &a.how.loss.smooth, "E", 0, 0.499,
	    "label smoothing of the logistic loss (0)",
	    .idle = without_smoothing),
	OPT_UINT(0, "steps", &a.how.fitting.steps, "N", 0, 1e9,
	    "steps a segment (1)"),
	OPT_REAL(0, "until-accuracy", &a.how.fitting.until, "A", 0, 1,
	    "stop fitting a segment at this accuracy (never)"),
	OPT_REAL(0, "lr", &a.how.fitting.update.lr, "LR", 0, 1e9,
	    "learning rate (1e-3)"),
	OPT_REAL(0, "decay", &a.how.fitting.update.decay, "D", 0, 1e9,
	    "weight decay (0)"),
	OPT_REAL(0, "dropout", &a.how.fitting.dropout, "P", 0, 0.999,
	    "drop this share of the embedding and of what layers add (0)"),
	OPT_UINT(0, "replay", &a.how.replay, "R", 0, 1e6,
	    "fit on the R segments before, too (0)"),
	OPT_FLAG(0, "with-demos", &a.how.with_demos,
	    "write the demonstrations used, too, scored", .needs = "expert"),
	OPT_SEED(&a.common, "seed of demonstrations drawn, and of dropout (1)",
	    .needs = "expert|dropout"),
	OPT_GROUP("Match features", .needs = "match"),
	OPT_FLAG(0, "match", &a.how.match.on,
	    "score by features in a frozen policy DIR, against -e",
	    .needs = "expert",
	    .excludes = "policy|level|shape|base|implicit|loss|fit|smooth|"
			"steps|until-accuracy|lr|decay|replay|with-demos|seed|"
			"dropout|member|export-topk|recompute|plan"),
	OPT_CUSTOM(0, "layers", &a.how.match, "SHARE,...", match_parse_layers,
	    "depths of the hidden states, of all layers (.25,.5,.75)"),
	OPT_NAME(0, "kernel", &a.how.match.kernel, "KERNEL", match_kernels,
	    "how features are compared: %s (whitened)"),
	OPT_REAL(0, "diversity", &a.how.match.diversity, "C", 0, 1e6,
	    "weight of how unlike the rollouts of a prompt are (1)"),
	OPT_GROUP("Export"),
	OPT_UINT(0, "export-topk", &a.export_topk, "K", 1, 1e6,
	    "add TEACHER's K likeliest tokens at each action, for a student",
	    .alias = "law"),
	OPT_GROUP("Speed and memory"),
	OPT_UINT(0, "micro", &a.how.micro, "TOKENS", 1, 1e9,
	    "size of a micro-batch, bounds memory (4096)"),
	OPT_FLAG(0, "recompute", &a.how.recompute,
	    "compute layers twice in a fit, which takes less memory",
	    .needs = "expert|fit"),
	OPT_NAME(0, "compute", &a.how.type, "TYPE", packed_types,
	    "round factors of products to %s (f32)"),
	OPT_FLAG(0, "plan", &a.how.plan, "only predict memory and time",
	    .excludes = "export-topk"),
	OPT_GROUP("Common"),
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
	"--match -e EXPERT.traj [options] DIR [FILE ...]\n"
	"--export-topk K [options] TEACHER [FILE ...]",
	"Trajectories in, the same with their score l = log p_E - log pi out.",
	"rollout -n 4 P demos.traj | discrim -e demos.traj -p P D | ...",
	"DISC, the discriminator's directory",
};

/* Check what no row can; set what no option sets. */
static void
settle(char **operand, int operands)
{
	if (a.how.implicit && operands < 2)
		opt_missing(&usage,
		    "operand: --implicit compares two policies, A and B");
	if (a.how.implicit && a.how.shape > SHAPE_LM)
		die_usage("--implicit compares language models: --shape %s "
			  "does not go with it",
		    discriminator_shapes[a.how.shape]);
	if (a.how.shape == SHAPE_OFFSET && a.how.base == NULL)
		opt_missing(&usage,
		    "option: --base POLICY, which --shape offset adds to");
	a.how.disc = operand[0];
	if (a.how.implicit)
		a.how.policy = operand[1];
	a.how.seed = a.how.fitting.seed = a.common.seed;
}

static void
say_model(const struct ckpt *c, enum discriminator_shape shape)
{
	if (a.common.verbose)
		warn("%s: shape %s, %zu parameters, step %" PRIu64, c->dir,
		    discriminator_shapes[shape], c->params.total, c->step);
}

static void
say_stats(struct progress *p, const struct discriminator_stats *st, bool last)
{
	(last ? progress_end : progress_step)(p,
	    "loss %.4f, acc_expert %.2f, acc_policy %.2f, l_expert %.3f, "
	    "l_policy %.3f, u_policy %.3g",
	    st->loss, st->acc_expert, st->acc_policy, st->l_expert,
	    st->l_policy, st->u_policy);
}

/* Score all segments; how many trajectories. */
static uint64_t
score(struct stream_in *in, struct stream_out *out)
{
	struct discriminator_stats st = { 0 };
	struct traj_segment s = { 0 };
	struct progress progress;
	struct disc_round round;
	uint64_t n = 0;
	int r;

	if (disc_round_open(&round, &a.how) != 0)
		die();
	warn_lines(buf_text(&round.notes));
	say_model(&round.disc, round.d.shape);
	progress_begin(&progress, &a.common);
	while ((r = traj_read(in, &s)) > 0) {
		if (disc_round_run(&round, &s, &st) != 0 ||
		    traj_write(out, &s) != 0)
			die();
		n += s.n;
		if (round.fits)
			say_stats(&progress, &st, false);
	}
	if (r == 0 && round.fits && n > 0)
		say_stats(&progress, &st, true);
	if (r < 0 || disc_round_close(&round) != 0)
		die();
	traj_segment_release(&s);
	return n;
}

/* Add the teacher's likeliest tokens to all segments; how many trajectories. */
static uint64_t export(const char *teacher, struct stream_in *in,
    struct stream_out *out)
{
	struct ckpt c;
	uint64_t n;

	opened(export_open(&c, teacher, a.how.type));
	say_model(&c, SHAPE_LM);
	if (export_stream(&c, (size_t)a.how.micro, (size_t)a.export_topk, in,
		out, &n) != 0)
		die();
	ckpt_close(&c);
	return n;
}

int
main(int argc, char **argv)
{
	struct stream_out *out;
	struct stream_in *in;
	struct buf text = { 0 };
	uint64_t n;
	int first;

	if (loss_parse("logistic", &a.how.loss) != 0)
		die();
	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	settle(argv + first, argc - first);
	cli_ready(&a.common);
	in = cli_in(&a.common, STREAM_TRAJ, argc, argv,
	    first + 1 + a.how.implicit);
	if (a.how.plan)
		return cli_end_text(&a.common, &text,
		    discplan_read(&a.how, in, a.common.json, &text),
		    "no trajectories");
	out = cli_out(&a.common);
	n = a.export_topk > 0 ? export(argv[first], in, out) : score(in, out);
	stream_close(in);
	return cli_end(&a.common, out, n > 0, "no trajectories");
}
