/* SPDX-License-Identifier: MIT */
/*
 * divgrad: trajectories in, the gradient of an objective out.
 *
 * Per segment: sum_i w_i sum_t c_it * -grad log pi(a_it | s_it), with the
 * coefficients c of the objective's row (objective.h).  Sums and units are
 * sent, never means.  See divgrad(1).
 */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "objective/idle.h"
#include "objective/objectiveplan.h"
#include "nn/ckpt_passes.h"
#include "nn/packed.h"

static struct args {
	struct common common;
	struct objective_settings choice;
	enum tile_type compute;
	int dtype;
	struct objectivegrad_options options;
	uint64_t lag, every;
	bool follow;
} a = {
	.common.seed = 1,
	.choice = { .credit = { .clip = 5, .future = -1 },
	    .preference.margin = -1,
	    .ratio_clip = 0.2 },
	.options = { .temperature = 1, .weight = 1, .micro = 4096 },
	.every = 1,
};

static const char *const types[] = { "f32", "bf16", NULL };

/* For .idle: why a setting has no effect, by options. */
static const char *
without(int setting)
{
	static const char *const texts[] = {
		[IDLE_NO_PREFERENCE] =
		    "with an objective that is not of preferences",
		[IDLE_NO_DIVERGENCE] =
		    "with an objective that is not a divergence",
		[IDLE_NO_REFERENCE] = "with an objective that has no reference",
		[IDLE_NO_MARGIN] = "without -d simpo",
		[IDLE_NO_SINGLES] = "without -d kto",
		[IDLE_NO_CREDIT] = "with an objective that gives no credit",
		[IDLE_NO_LOGITS] = "without --teacher, --one-hot or -d fkl",
		[IDLE_NO_BOUND] =
		    "with preferences, but for a regularizer that explodes",
		[IDLE_NOW] = "with a teacher and without --future",
		[IDLE_BY_TOKEN] = "with a teacher, whose level is token",
		[IDLE_ONE_TEACHER] = "with one teacher",
		[IDLE_SAMPLES] =
		    "with an objective that gives credit to samples",
		[IDLE_LATER] = "with --future, which gives credit to samples",
		[IDLE_NOT_BY_TOKEN] = "without --level token",
	};

	return texts[idle_why(&a.choice, &a.options,
	    (enum idle_setting)setting)];
}
#define IDLE(SETTING) .idle = without, .setting = SETTING_##SETTING

static const struct opt opts[] = {
	OPT_GROUP("Objective"),
	OPT_CUSTOM('d', "objective", &a.choice.objective, "NAME",
	    objective_parse, "%s; alpha:1..0/N is annealed over N steps",
	    .list = objective_names, .alias = "divergence", .required = true),
	OPT_REAL('w', "weight", &a.options.weight, "W", -1e9, 1e9,
	    "share in a joint objective (1)"),
	OPT_CUSTOM(0, "name", &a.options.name, "NAME", objectivegrad_parse_name,
	    "its name there (that of -d)"),
	OPT_REAL(0, "clip", &a.choice.credit.clip, "L", 0, 1e4,
	    "bound of |l| where an objective explodes, nats (5)", IDLE(CLIP)),
	OPT_FLAG(0, "mask-cut", &a.choice.mask_cut,
	    "no gradient from trajectories that were cut off"),
	OPT_GROUP("Credit"),
	OPT_NAME(0, "level", &a.choice.credit.level, "LEVEL", credit_levels,
	    "%s (auto: the scores' shape)", IDLE(LEVEL)),
	OPT_REAL(0, "future", &a.choice.credit.future, "GAMMA", 0, 1,
	    "discount of what follows an action (1; with a teacher 0)",
	    IDLE(FUTURE)),
	OPT_NAME(0, "estimator", &a.choice.credit.estimator, "FROM",
	    credit_estimators, "%s (auto: by role)",
	    .excludes = "teacher|cached-teacher", IDLE(CREDIT)),
	OPT_NAME(0, "baseline", &a.choice.credit.baseline, "KIND",
	    credit_baselines, "of a group's returns: %s (rloo)", IDLE(CREDIT)),
	OPT_NAME(0, "scale", &a.choice.credit.scale, "KIND", credit_scales,
	    "divide advantages by: %s; rms of the segment, std of a group "
	    "(none)",
	    IDLE(CREDIT)),
	OPT_REAL(0, "ratio-clip", &a.choice.ratio_clip, "E", 0, 1e9,
	    "off policy: bound of |pi/pi_old - 1| (0.2)", IDLE(CREDIT)),
	OPT_GROUP("Teacher", IDLE(EXPERT)),
	OPT_CUSTOM(0, "teacher", &a.options.teachers, "DIR", texts_add,
	    "divergence from this policy; may be repeated",
	    .excludes = "cached-teacher"),
	OPT_NAME(0, "mix", &a.options.mix, "KIND", teachers_mixes,
	    "mean of several: %s (arithmetic)", .needs = "teacher", IDLE(MIX)),
	OPT_FLAG(0, "cached-teacher", &a.options.cached,
	    "divergence from the distributions in the records"),
	OPT_FLAG(0, "one-hot", &a.choice.one_hot,
	    "divergence from each demonstration itself, by token",
	    .excludes = "teacher|cached-teacher"),
	OPT_REAL(0, "temperature", &a.options.temperature, "T", 1e-3, 1e3,
	    "of teacher and policy, or of the policy alone (1)",
	    .excludes = "cached-teacher", IDLE(TEMPERATURE)),
	OPT_GROUP("Regularization"),
	OPT_TEXT(0, "ref", &a.options.ref, "DIR",
	    "reference of --kl and of preferences; for preferences - is the "
	    "sampling policy, by the records' logp"),
	OPT_REAL(0, "kl", &a.options.kl, "BETA", 0, 1e9,
	    "add BETA KL(pi || ref) at every action (0)", .needs = "ref"),
	OPT_REAL(0, "entropy", &a.options.entropy, "BETA", 0, 1e9,
	    "subtract BETA times the entropy at every action (0)"),
	OPT_REAL(0, "dropout", &a.choice.dropout, "P", 0, 0.999,
	    "drop this share of the embedding and of what layers add (0)",
	    IDLE(DROPOUT)),
	OPT_SEED(&a.common, "seed of what is dropped (1)", .needs = "dropout"),
	OPT_GROUP("Preferences", IDLE(PREFERENCE)),
	OPT_REAL(0, "beta", &a.choice.preference.beta, "B", 1e-6, 1e6,
	    "strength of the KL, or the preference (0.1; spin 1, simpo 2)"),
	OPT_REAL(0, "margin", &a.choice.preference.margin, "M", 0, 1e6,
	    "by which the chosen is to be better (simpo 0.5)", IDLE(MARGIN)),
	OPT_REAL(0, "undesirable", &a.choice.preference.undesirable, "W", 1e-6,
	    1e6, "kto: weight of rejected beside chosen (1)",
	    IDLE(UNDESIRABLE)),
	OPT_CUSTOM(0, "regularizer", &a.choice.preference.f, "NAME",
	    preference_parse_f, "divergence from the reference (rkl): %s",
	    .list = divergence_names, .alias = "regulariser",
	    IDLE(REGULARIZER)),
	OPT_REAL(0, "smooth", &a.choice.preference.smooth, "E", 0, 0.5,
	    "assumed rate of flipped labels (0)"),
	OPT_GROUP("Following a policy in training", .needs = "follow"),
	OPT_FLAG(0, "follow", &a.follow,
	    "wait for the policy's step before each segment"),
	OPT_UINT(0, "every", &a.every, "N", 1, 1e9, "steps a segment (1)"),
	OPT_UINT(0, "lag", &a.lag, "N", 0, 1e9,
	    "steps that the policy may be behind (0)"),
	OPT_GROUP("Speed and memory"),
	OPT_UINT(0, "micro", &a.options.micro, "TOKENS", 1, 1e9,
	    "size of a micro-batch, bounds memory (4096)"),
	OPT_FLAG(0, "recompute", &a.options.recompute,
	    "compute layers twice, which takes less memory"),
	OPT_NAME(0, "compute", &a.compute, "TYPE", packed_types,
	    "round factors of products to %s (f32)"),
	OPT_FLAG(0, "plan", &a.options.plan, "only predict memory and time",
	    .excludes = "follow"),
	OPT_NAME(0, "dtype", &a.dtype, "TYPE", types,
	    "type of the sums written: %s (f32)"),
	OPT_GROUP("Common"),
	OPT_OUTPUT(&a.common),
	OPT_JSON(&a.common),
	OPT_PART(&a.common),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"-d NAME [options] POLICY [FILE ...]",
	"Trajectories in, the gradient of an objective out.",
	"trajcat demos.traj | divgrad -d fkl --follow P | apply-update P",
	"POLICY, the policy's directory",
};

/* Check what no row can; set what no option sets. */
static void
settle(void)
{
	const struct objective *o = &a.choice.objective;
	struct objectivegrad_options *r = &a.options;
	const bool recorded = r->ref != NULL && strcmp(r->ref, "-") == 0;

	if (o->row->reference == REFERENCE_GIVEN && r->ref == NULL)
		die_usage("-d %s: missing --ref DIR, the reference%s", o->name,
		    o->row->unit == UNIT_SINGLE ?
			"" :
			"; or --ref - where the records have its logp");
	if (recorded &&
	    (o->row->reference == REFERENCE_NONE || r->kl > 0 ||
		o->row->unit == UNIT_SINGLE))
		die_usage("--ref - serves only preferences of pairs: name a "
			  "policy");
	if (objectivegrad_one_hot(&a.choice, r) && objective_one_hot(o) != 0)
		die_usage("-d %s with --one-hot: %s", o->name, err_last());
	if (recorded)
		r->ref = NULL;
	r->bf16 = a.dtype == 1;
	a.choice.seed = a.common.seed;
}

int
main(int argc, char **argv)
{
	struct ckpt policy = { 0 };
	struct objectivegrad gradient;
	struct traj_segment s = { 0 };
	struct progress progress;
	struct buf text = { 0 };
	struct stream_out *out;
	struct stream_in *in;
	struct follow f;
	uint64_t done = 0, steps = 0;
	int first, r;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	settle();
	cli_ready(&a.common);
	opened((a.options.plan ? ckpt_open_unread : ckpt_open_passes)(&policy,
	    argv[first], a.compute));
	f = (struct follow){ policy.step, a.every, a.lag };
	if (objectivegrad_open(&gradient, &a.choice, &a.options, &policy) != 0)
		die();
	in = cli_in(&a.common, STREAM_TRAJ, argc, argv, first + 1);
	if (a.options.plan)
		return cli_end_text(&a.common, &text,
		    objectiveplan_read(&gradient, in, a.common.json, &text),
		    "no trajectories");
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
		progress_step(&progress,
		    "segment %" PRIu64 ": %zu trajectories", done, s.n);
	}
	if (r < 0)
		die();
	if (done > 0)
		progress_end(&progress, "%" PRIu64 " segments", done);
	stream_close(in);
	traj_segment_release(&s);
	objectivegrad_close(&gradient);
	ckpt_close(&policy);
	return cli_end(&a.common, out, done > 0, "no trajectories");
}
