/* SPDX-License-Identifier: MIT */
/*
 * apply-update: gradients in, the policy one step on; metrics out.
 *
 * A step takes one segment of each operand.  With all shards added,
 *	g = sum over objectives o of weight_o * sums_o / units_o
 * is clipped by its norm and goes to the optimizer.  The step is published to
 * followers or committed, and with a commit its metrics are said, a line of
 * JSON a step.  However the run ends, short of SIGKILL, the newest step is
 * committed.  See apply-update(1).
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "gradient/inputs.h"
#include "optim/goal.h"
#include "optim/journal.h"
#include "optim/recipe.h"

static struct args {
	struct common common;
	struct recipe recipe;
	struct saving saving;
	struct goal goal;
	uint64_t stale, keep;
	int schedule, optimizer;
	bool betas, commit;
} a = {
	.recipe = { .update = { .lr = 1e-5,
			.beta1 = 0.9,
			.beta2 = 0.999,
			.eps = 1e-8 },
	    .clip = 1 },
	.saving = { .commit = COMMIT_SHARE, .sync = 30 },
};

static struct run {
	struct trainer t;
	struct inputs in;
	struct journal journal;
	struct progress progress;
	double seconds; /* at the step before */
	char **names;   /* of the inputs */
} run;

static const struct opt opts[] = {
	OPT_GROUP("Learning rate"),
	OPT_REAL(0, "lr", &a.recipe.update.lr, "LR", 0, 1e6,
	    "learning rate (1e-5)"),
	OPT_NAME(0, "schedule", &a.schedule, "KIND", schedule_names,
	    "%s (constant)"),
	OPT_UINT(0, "steps", &a.recipe.steps, "N", 1, 1e15,
	    "step at which the schedule ends", .needs = "schedule"),
	OPT_UINT(0, "warmup", &a.recipe.warmup, "W", 0, 1e15,
	    "steps over which the rate rises (0)"),
	OPT_REAL(0, "floor", &a.recipe.floor, "F", 0, 1,
	    "the schedule ends at F times the rate (0)", .needs = "schedule"),
	OPT_GROUP("Optimizer"),
	OPT_NAME(0, "optimizer", &a.optimizer, "NAME", optimizer_names,
	    "%s (adamw)"),
	OPT_CUSTOM(0, "betas", &a.recipe.update, "B1,B2", update_parse_betas,
	    "decay of the moments (0.9,0.999; lion 0.9,0.99)",
	    .given = &a.betas, .needs = "optimizer=adamw|optimizer=lion"),
	OPT_REAL(0, "eps", &a.recipe.update.eps, "E", 1e-30, 1,
	    "adamw: added to the root of the second moment (1e-8)",
	    .needs = "optimizer=adamw"),
	OPT_REAL(0, "decay", &a.recipe.update.decay, "D", 0, 1e6,
	    "decoupled weight decay, on matrices (0)"),
	OPT_REAL(0, "clip-norm", &a.recipe.clip, "C", 0, 1e30,
	    "largest norm of the gradient; 0: any (1)"),
	OPT_GROUP("Steps"),
	OPT_UINT(0, "until", &a.goal.until, "STEP", 1, 1e15,
	    "end when the policy is at STEP (the input's end)"),
	OPT_REAL(0, "loss-bound", &a.goal.bound, "X", 0, 1e30,
	    "fail before a step whose loss is above X; 0: any (0)"),
	OPT_UINT(0, "stale", &a.stale, "S", 0, 1e15,
	    "steps that a gradient may be behind (0)"),
	OPT_UINT(0, "keep", &a.keep, "N", 0, 1e6,
	    "keep the newest N commits as step-NNNNNN/ (0)"),
	OPT_CUSTOM(0, "commit", &a.saving, "WHEN", saving_parse_commit,
	    "auto (a tenth of the time), step, steps:N or every so many "
	    "seconds (auto; with --keep step)",
	    .given = &a.commit),
	OPT_CUSTOM(0, "sync", &a.saving, "WHEN", saving_parse_sync,
	    "fsync: step, never or every so many seconds (30)"),
	OPT_GROUP("Common"),
	OPT_PART(&a.common),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[options] POLICY [GRAD ...]",
	"Gradients in, the policy one step on; a line of metrics a step out.",
	"divgrad -d fkl P demos.traj | apply-update --lr 1e-4 P >metrics.jsonl",
	"POLICY, the policy's directory",
};

static void
check_usage(void)
{
	if (a.schedule != SCHEDULE_CONSTANT && a.recipe.steps == 0)
		die_usage("--schedule %s: missing --steps N, where it ends",
		    schedule_names[a.schedule]);
	if (a.schedule != SCHEDULE_CONSTANT && a.recipe.warmup > a.recipe.steps)
		die_usage("--warmup is longer than --steps");
	if (a.optimizer == OPTIMIZER_LION && !a.betas)
		a.recipe.update.beta2 = 0.99;
	a.recipe.schedule = (enum schedule)a.schedule;
	if (a.keep > 0 && !a.commit)
		a.saving = (struct saving){ COMMIT_STEPS, .every = 1,
			.sync = a.saving.sync };
	if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY)
		die_with("output: not open for writing");
}

/* A signal comes between two steps. */
static void
save_interrupted(void *arg)
{
	struct run *r = arg;

	if (r->journal.trainer == NULL) /* before the first */
		return;
	if (journal_finish(&r->journal, (size_t)a.keep) != 0)
		complain();
	warn("interrupted: %s is at step %llu", r->t.ckpt->dir,
	    (unsigned long long)r->t.ckpt->step);
}

/* After a failure between two steps. */
static _Noreturn void
save_and_die(struct run *r)
{
	interrupt_hold(); /* for good */
	if (!trainer_committed(&r->t)) {
		complain();
		if (journal_finish(&r->journal, (size_t)a.keep) == 0)
			_exit(EXIT_FAILED);
	}
	die();
}

/* Read the gradient of the next step: 1, 0 at the end. */
static int
read_step(struct run *r)
{
	const struct inputs *in = &r->in;
	size_t i;
	int rc;

	trainer_forget(&r->t);
	rc = inputs_step(&r->in, r->t.ckpt, r->t.step, a.stale, &r->t.d,
	    r->t.touched);
	for (i = 0; rc > 0 && i < in->n; i++)
		if (in->input[i].ended_now)
			warn("%s: ended before the others: it contributes "
			     "nothing from step %llu on",
			    r->names[i], (unsigned long long)r->t.step + 1);
	if (rc < 0 ||
	    (rc > 0 &&
		goal_allows(&a.goal, r->t.step + 1, in->objective,
		    in->objectives) != 0))
		save_and_die(r);
	return rc;
}

/* One step of the policy, of which a signal sees all or nothing. */
static void
step(struct run *r, struct metrics *m)
{
	int rc, said;

	interrupt_hold();
	recipe_apply(&a.recipe, &r->t, m);
	m->tokens = r->t.tokens +=
	    metrics_tokens(r->in.objective, r->in.objectives);
	m->seconds = progress_seconds(&r->progress) - r->seconds;
	r->seconds += m->seconds;
	rc = trainer_step(&r->t, (size_t)a.keep);
	if (rc < 0)
		die();
	said = journal_add(&r->journal, m, r->in.objective, r->in.objectives);
	interrupt_allow();
	if (rc > 0 || said != 0)
		save_and_die(r);
	progress_step(&r->progress, "step %llu: lr %.3g, gradient norm %.4g",
	    (unsigned long long)m->step, m->lr, m->norm);
	if (m->skipped)
		warn("step %llu: the gradient is not finite: no update",
		    (unsigned long long)m->step);
}

/* Train until all streams have ended, or to the goal; the number of steps. */
static uint64_t
train(struct run *r)
{
	struct metrics m;
	uint64_t steps;

	for (steps = 0; !goal_reached(&a.goal, r->t.step) && read_step(r) == 1;
	     steps++) {
		step(r, &m);
		if (goal_skips(&a.goal, m.skipped) != 0)
			save_and_die(r);
	}
	if (goal_met(&a.goal, r->t.step) != 0)
		save_and_die(r);
	interrupt_hold(); /* for good */
	if (journal_finish(&r->journal, (size_t)a.keep) != 0)
		die();
	return steps;
}

static void
open_policy(struct ckpt *policy, struct run *r, const char *dir)
{
	int rc;

	opened(ckpt_open(policy, dir));
	rc =
	    trainer_open(&r->t, policy, (enum optimizer)a.optimizer, &a.saving);
	if (rc < 0 || goal_ahead(&a.goal, policy->step) != 0)
		die();
	note("%s: step %llu, %llu updates made", dir,
	    (unsigned long long)policy->step, (unsigned long long)r->t.updates);
	if (trainer_warns(&r->t, (enum trainer_start)rc))
		warn("%s", err_last());
	interrupt_hold();
	r->journal = (struct journal){ .trainer = &r->t, .fd = STDOUT_FILENO };
	interrupt_allow();
}

int
main(int argc, char **argv)
{
	struct ckpt policy;
	struct inputs *in = &run.in;
	int first, i;
	uint64_t steps;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	check_usage();
	interrupt_begin(save_interrupted, &run);
	cli_ready(&a.common);
	open_policy(&policy, &run, argv[first]);
	for (i = first + 1; i < argc; i++)
		inputs_open(in, cli_in(&a.common, STREAM_GRAD, i + 1, argv, i));
	if (first + 1 == argc)
		inputs_open(in, cli_in(&a.common, STREAM_GRAD, 0, argv, 0));
	run.names = argv + first + 1;
	progress_begin(&run.progress, &a.common);
	steps = train(&run);
	progress_end(&run.progress, "%llu steps, now at step %llu",
	    (unsigned long long)steps, (unsigned long long)policy.step);
	inputs_release(in);
	trainer_release(&run.t);
	journal_release(&run.journal);
	ckpt_close(&policy);
	return cli_end(&a.common, NULL, steps > 0 || a.goal.until > 0,
	    "nothing to do: no gradient came");
}
