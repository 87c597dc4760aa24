/* SPDX-License-Identifier: MIT */
/*
 * divgrad: trajectories in, the gradient of an objective out.
 *
 * Per segment: sum_i w_i sum_t c_it * -grad log pi(a_it | s_it).  The
 * coefficients c come from the objective's row (objective.h): 1 for
 * demonstrations under -d fkl (SFT, unit token), what an action earns of a
 * divergence's reward h(l) (credit.h, unit trajectory), a preference's slope
 * (unit pair), and so on.  Sums and units are sent, never means.
 * See divgrad(1).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "objective/objectivegrad.h"
#include "nn/ckpt.h"
#include "nn/packed.h"
#include "traj/traj.h"

static struct args {
	struct common common;
	struct objective_settings choice;
	int level, estimator, baseline, scale, dtype, compute;
	struct objectivegrad_options regularizers;
	double weight;
	uint64_t lag, every, micro;
	bool follow, future_given, of_pairs; /* options that were given */
} a = {
	.common.seed = 1,
	.choice = { .credit = { .clip = 5, .future = 1 }, .ratio_clip = 0.2 },
	.regularizers.temperature = 1,
	.weight = 1,
	.every = 1,
	.micro = 4096,
};

static int
parse_objective(const char *text, void *value)
{
	return objective_parse(text, value);
}

static int
parse_f(const char *text, void *value)
{
	return preference_parse_f(text, value);
}

static const char *const levels[] = { "auto", "prefix", "trajectory", "token",
	NULL };
static const char *const estimators[] = { "auto", "rollouts", "demos", "both",
	NULL };
static const char *const baselines[] = { "rloo", "mean", "none", NULL };
static const char *const scales[] = { "none", "rms", "std", NULL };
static const char *const types[] = { "f32", "bf16", NULL };

static const struct opt opts[] = {
	{ 'd', "divergence", OPT_CUSTOM, &a.choice.objective, "NAME",
	    "what to minimise: fkl, rkl, js, ..., reward, dpo, ipo, spin, "
	    "iq:LAMBDA or prefix; alpha:1..0/N is annealed over N steps",
	    0, 0, NULL, parse_objective },
	{ 0, "level", OPT_NAME, &a.level, "LEVEL",
	    "credit: prefix, trajectory or token (by the scores' shape)", 0, 0,
	    levels },
	{ 0, "future", OPT_REAL, &a.choice.credit.future, "GAMMA",
	    "discount of what follows an action: token level (1), --teacher "
	    "(0)",
	    0, 1, .given = &a.future_given },
	{ 0, "estimator", OPT_NAME, &a.estimator, "FROM",
	    "rollouts, demos or both (by role)", 0, 0, estimators },
	{ 0, "baseline", OPT_NAME, &a.baseline, "KIND",
	    "rloo, mean or none, over a group (rloo)", 0, 0, baselines },
	{ 0, "scale", OPT_NAME, &a.scale, "KIND",
	    "divide advantages: none, rms of the segment, or std of a group "
	    "(none)",
	    0, 0, scales },
	{ 0, "teacher", OPT_TEXT, &a.regularizers.teacher, "DIR",
	    "white box: the divergence of this policy's distributions from "
	    "ours" },
	{ 0, "cached-teacher", OPT_FLAG, &a.regularizers.cached, NULL,
	    "white box: the distributions that the records carry" },
	{ 0, "temperature", OPT_REAL, &a.regularizers.temperature, "T",
	    "--teacher: of both distributions (1)", 1e-3, 1e3 },
	{ 0, "ref", OPT_TEXT, &a.regularizers.ref, "DIR",
	    "the reference of --kl and of pairs; - of pairs: the one that "
	    "sampled, by the records' logp" },
	{ 0, "kl", OPT_REAL, &a.regularizers.kl, "BETA",
	    "add BETA KL(pi || ref) at every action (0)", 0, 1e9 },
	{ 0, "entropy", OPT_REAL, &a.regularizers.entropy, "BETA",
	    "take off BETA times the distribution's entropy at every action "
	    "(0)",
	    0, 1e9 },
	{ 0, "beta", OPT_REAL, &a.choice.preference.beta, "B",
	    "pairs: how near to the reference (0.1; spin 1)", 1e-6, 1e6,
	    .given = &a.of_pairs },
	{ 0, "regulariser", OPT_CUSTOM, &a.choice.preference.f, "NAME",
	    "pairs: the divergence that holds to the reference (rkl)", 0, 0,
	    NULL, parse_f, &a.of_pairs },
	{ 0, "smooth", OPT_REAL, &a.choice.preference.smooth, "E",
	    "pairs: share taken to be the other way round (0)", 0, 0.5,
	    .given = &a.of_pairs },
	{ 0, "mask-cut", OPT_FLAG, &a.choice.mask_cut, NULL,
	    "no gradient from trajectories that were cut off" },
	{ 0, "clip", OPT_REAL, &a.choice.credit.clip, "L",
	    "bound of |l| on explosive rows, nats (5)", 0, 1e4 },
	{ 0, "ratio-clip", OPT_REAL, &a.choice.ratio_clip, "E",
	    "off policy: bound of |pi/pi_old - 1| (0.2)", 0, 1e9 },
	{ 'w', "weight", OPT_REAL, &a.weight, "W",
	    "this objective's share of a joint one (1)", -1e9, 1e9 },
	{ 0, "follow", OPT_FLAG, &a.follow, NULL,
	    "wait for the policy's step before each segment" },
	{ 0, "every", OPT_UINT, &a.every, "N",
	    "steps of the policy to a segment (1)", 1, 1e9 },
	{ 0, "lag", OPT_UINT, &a.lag, "N",
	    "steps that the policy may be behind (0)", 0, 1e9 },
	{ 0, "micro", OPT_UINT, &a.micro, "TOKENS",
	    "size of a micro-batch, bounds memory (4096)", 1, 1e9 },
	{ 0, "dtype", OPT_NAME, &a.dtype, "TYPE",
	    "of the sums sent: f32 or bf16 (f32)", 0, 0, types },
	{ 0, "compute", OPT_NAME, &a.compute, "TYPE",
	    "round factors of products to f32 or bf16 (f32)", 0, 0, types },
	OPT_OUTPUT(&a.common),
	OPT_JSON(&a.common),
	OPT_PART(&a.common),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

/* Options that do not go together. */
static void
check_options(const struct objective *o, const struct objectivegrad_options *r)
{
	const bool teacher = r->teacher != NULL || r->cached;
	const bool recorded = r->ref != NULL && strcmp(r->ref, "-") == 0;
	const struct {
		bool wrong;
		const char *why;
	} rules[] = {
		{ o->row->reference == REFERENCE_GIVEN && r->ref == NULL,
		    "needs a reference: --ref DIR, or --ref - where the "
		    "records have its logp" },
		{ recorded && o->row->reference == REFERENCE_NONE,
		    "--ref - is for preferences: name a policy" },
		{ r->kl > 0 && (r->ref == NULL || recorded),
		    "--kl needs a reference: --ref DIR" },
		{ a.of_pairs && o->row->loss == NULL,
		    "--beta, --regulariser and --smooth are for preferences" },
		{ a.choice.preference.f.row != NULL &&
			o->row->reference == REFERENCE_NONE,
		    "--regulariser needs a preference with a reference" },
		{ r->teacher == NULL && r->temperature != 1,
		    "--temperature is for --teacher" },
		{ r->teacher != NULL && r->cached,
		    "--teacher or --cached-teacher, not both" },
		{ teacher && o->divergence.row == NULL,
		    "a teacher needs a divergence" },
		{ teacher && a.level != LEVEL_AUTO && a.level != LEVEL_TOKEN,
		    "with a teacher the level is token" },
		{ teacher && a.estimator != ESTIMATE_AUTO,
		    "with a teacher there is no estimator" },
	};
	size_t i;

	for (i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].wrong)
			die_usage("-d %s: %s", o->name, rules[i].why);
}

/* Check the options, and make settings of them. */
static void
choose(int operands)
{
	struct objectivegrad_options *r = &a.regularizers;
	struct credit *credit = &a.choice.credit;

	if (a.choice.objective.name == NULL)
		die_usage("no objective is given: -d NAME");
	if (operands == 0)
		die_usage("names no policy");
	check_options(&a.choice.objective, r);
	if (r->ref != NULL && strcmp(r->ref, "-") == 0)
		r->ref = NULL; /* the records have its logp */
	if ((r->teacher != NULL || r->cached) && !a.future_given)
		credit->future = 0;
	r->weight = a.weight;
	r->micro = a.micro;
	r->bf16 = a.dtype == 1;
	credit->level = (enum credit_level)a.level;
	credit->estimator = (enum credit_estimator)a.estimator;
	credit->baseline = (enum credit_baseline)a.baseline;
	credit->scale = (enum credit_scale)a.scale;
	a.choice.preference.clip = credit->clip;
}

static void
open_policy(struct ckpt *policy, const char *dir)
{
	int rc = ckpt_open(policy, dir);

	if (rc > 0)
		warn("%s: going on from there", err_last());
	if (rc < 0 || ckpt_check_finite(policy) != 0)
		die();
	packed_set_type(&policy->params, a.compute == 1 ? TILE_BF16 : TILE_F32);
	packed_release_pages(&policy->params);
}

int
main(int argc, char **argv)
{
	struct ckpt policy;
	struct objectivegrad gradient;
	struct traj_segment s = { 0 };
	struct progress progress;
	struct stream_out *out;
	struct stream_in *in;
	struct follow f;
	uint64_t done = 0, steps = 0;
	int first, r;

	cli_begin(argc, argv);
	first =
	    opt_parse(opts, "-d NAME [options] POLICY [FILE ...]", argc, argv);
	choose(argc - first);
	cli_ready(&a.common);
	open_policy(&policy, argv[first]);
	f = (struct follow){ policy.step, a.every, a.lag };
	if (objectivegrad_open(&gradient, &a.choice, &a.regularizers,
		&policy) != 0)
		die();
	in = cli_in(&a.common, STREAM_TRAJ, argc, argv, first + 1);
	out = cli_out(&a.common);
	progress_begin(&progress, &a.common);
	while ((r = traj_read(in, &s)) > 0) {
		if (a.follow && s.n > 0 &&
		    ckpt_follow(&policy, follow_step(&f, steps)) < 0)
			die();
		if (objectivegrad_send(&gradient, &s, out) != 0)
			die();
		done += s.n > 0;
		steps += traj_is_step(&s);
		progress_line(&progress, "%" PRIu64 " segments", done);
	}
	if (r < 0)
		die();
	if (done > 0)
		progress_end(&progress, "%" PRIu64 " segments of gradient",
		    done);
	stream_close(in);
	traj_segment_release(&s);
	objectivegrad_close(&gradient);
	ckpt_close(&policy);
	return cli_end(&a.common, out, done > 0, "no trajectories");
}
