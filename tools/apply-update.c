/* SPDX-License-Identifier: MIT */
/*
 * apply-update: gradients in, the policy one step on; metrics out.
 *
 * A step takes one segment of each operand.  With all shards added,
 *	g = sum over objectives o of weight_o * sums_o / units_o
 * is clipped by its norm and goes to the optimizer.  However the run ends,
 * short of SIGKILL, the newest step is committed.  See apply-update(1).
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "gradient/inputs.h"
#include "optim/goal.h"
#include "optim/training.h"

static struct args {
	struct common common;
	struct training run;
	struct goal goal;
	uint64_t stale;
	enum optimizer optimizer;
	double ema; /* below 0: as the policy's state has it */
	bool betas, commit;
} a = {
	.ema = -1,
	.run = { .recipe = { .update = { .lr = 1e-5,
				 .beta1 = 0.9,
				 .beta2 = 0.999,
				 .eps = 1e-8 },
		     .clip = 1 },
	    .saving = { .commit = COMMIT_SHARE, .sync = 30 } },
};

static struct inputs in;
static struct progress progress;

static const struct opt opts[] = {
	OPT_GROUP("Learning rate"),
	OPT_REAL(0, "lr", &a.run.recipe.update.lr, "LR", 0, 1e6,
	    "learning rate (1e-5)"),
	OPT_NAME(0, "schedule", &a.run.recipe.schedule, "KIND", schedule_names,
	    "%s (constant)"),
	OPT_UINT(0, "steps", &a.run.recipe.steps, "N", 1, 1e15,
	    "step at which the schedule ends", .needs = "schedule"),
	OPT_UINT(0, "warmup", &a.run.recipe.warmup, "W", 0, 1e15,
	    "steps over which the rate rises (0)"),
	OPT_REAL(0, "floor", &a.run.recipe.floor, "F", 0, 1,
	    "the schedule ends at F times the rate (0)", .needs = "schedule"),
	OPT_GROUP("Optimizer"),
	OPT_NAME(0, "optimizer", &a.optimizer, "NAME", optimizer_names,
	    "%s (adamw)"),
	OPT_CUSTOM(0, "betas", &a.run.recipe.update, "B1,B2",
	    update_parse_betas,
	    "decay of the moments (0.9,0.999; lion 0.9,0.99)",
	    .given = &a.betas, .needs = "optimizer=adamw|optimizer=lion"),
	OPT_REAL(0, "eps", &a.run.recipe.update.eps, "E", 1e-30, 1,
	    "adamw: added to the root of the second moment (1e-8)",
	    .needs = "optimizer=adamw"),
	OPT_REAL(0, "decay", &a.run.recipe.update.decay, "D", 0, 1e6,
	    "decoupled weight decay, on matrices (0)"),
	OPT_REAL(0, "clip-norm", &a.run.recipe.clip, "C", 0, 1e30,
	    "largest norm of the gradient; 0: any (1)"),
	OPT_REAL(0, "ema", &a.ema, "D", 0, EMA_DECAY_MAX,
	    "keep an average of the weights with this decay; 0: none (that of "
	    "POLICY's state)"),
	OPT_GROUP("Steps"),
	OPT_UINT(0, "until", &a.goal.until, "STEP", 1, 1e15,
	    "end when the policy is at STEP (the input's end)"),
	OPT_REAL(0, "loss-bound", &a.goal.bound, "X", 0, 1e30,
	    "fail when the mean of the last 8 losses is above X; 0: any (0)"),
	OPT_UINT(0, "stale", &a.stale, "S", 0, 1e15,
	    "steps that a gradient may be behind (0)"),
	OPT_UINT(0, "keep", &a.run.keep, "N", 0, 1e6,
	    "keep the newest N commits as step-NNNNNN/ (0)"),
	OPT_CUSTOM(0, "commit", &a.run.saving, "WHEN", saving_parse_commit,
	    "auto (a tenth of the time), step, steps:N or every so many "
	    "seconds (auto; with --keep step)",
	    .given = &a.commit),
	OPT_CUSTOM(0, "sync", &a.run.saving, "WHEN", saving_parse_sync,
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
	const struct recipe *r = &a.run.recipe;

	if (r->schedule != SCHEDULE_CONSTANT && r->steps == 0)
		die_usage("--schedule %s: missing --steps N, where it ends",
		    schedule_names[r->schedule]);
	if (r->schedule != SCHEDULE_CONSTANT && r->warmup > r->steps)
		die_usage("--warmup is longer than --steps");
	if (a.optimizer == OPTIMIZER_LION && !a.betas)
		a.run.recipe.update.beta2 = 0.99;
	if (a.run.keep > 0 && !a.commit)
		a.run.saving = (struct saving){ COMMIT_STEPS, .every = 1,
			.sync = a.run.saving.sync };
	if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY)
		die_with("output: not open for writing");
}

/* A signal comes between two steps. */
static void
save_interrupted(void *arg)
{
	struct training *r = arg;

	if (r->journal.trainer == NULL) /* before the first */
		return;
	if (training_finish(r) != 0)
		complain();
	warn("interrupted: %s is at step %llu", r->trainer.ckpt->dir,
	    (unsigned long long)r->trainer.ckpt->step);
}

/* After a failure between two steps. */
static _Noreturn void
save_and_die(struct training *r)
{
	interrupt_hold(); /* for good */
	if (!trainer_committed(&r->trainer)) {
		complain();
		if (training_finish(r) == 0)
			_exit(EXIT_FAILED);
	}
	die();
}

/* Read the gradient of the next step: 1, 0 at the end. */
static int
read_step(struct training *r, char **names)
{
	struct trainer *t = &r->trainer;
	size_t i;
	int rc;

	trainer_forget(t);
	rc = inputs_step(&in, t->ckpt, t->step, a.stale, &t->d, t->touched);
	for (i = 0; rc > 0 && i < in.n; i++)
		if (in.input[i].ended_now)
			warn("%s: ended before the others: it contributes "
			     "nothing from step %llu on",
			    names[i], (unsigned long long)t->step + 1);
	if (rc < 0 ||
	    (rc > 0 &&
		goal_allows(&a.goal, t->step + 1, in.objective,
		    in.objectives) != 0))
		save_and_die(r);
	return rc;
}

/* One step of the policy, of which a signal sees all or nothing. */
static void
step(struct training *r)
{
	struct metrics m;
	int rc;

	interrupt_hold();
	rc = training_step(r, in.objective, in.objectives,
	    progress_seconds(&progress), &m);
	if (rc < 0)
		die();
	interrupt_allow();
	if (rc > 0)
		save_and_die(r);
	progress_step(&progress, "step %llu: lr %.3g, gradient norm %.4g",
	    (unsigned long long)m.step, m.lr, m.norm);
	if (m.skipped)
		warn("step %llu: the gradient is not finite: no update",
		    (unsigned long long)m.step);
	if (training_check(r) != 0)
		save_and_die(r);
}

static void
open_policy(struct ckpt *policy, struct training *r, const char *dir)
{
	int rc;

	opened(ckpt_open(policy, dir));
	rc = trainer_open(&r->trainer, policy, a.optimizer, &r->saving);
	if (rc < 0 || goal_ahead(&a.goal, policy->step) != 0)
		die();
	note("%s: step %llu, %llu updates made", dir,
	    (unsigned long long)policy->step,
	    (unsigned long long)r->trainer.updates);
	if (trainer_warns(&r->trainer, (enum trainer_start)rc))
		warn("%s", err_last());
	if (trainer_average(&r->trainer, a.ema))
		warn("%s", err_last());
	interrupt_hold();
	opened(training_begin(r, STDOUT_FILENO));
	interrupt_allow();
}

int
main(int argc, char **argv)
{
	struct ckpt policy;
	uint64_t steps;
	int first, i;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	check_usage();
	interrupt_begin(save_interrupted, &a.run);
	cli_ready(&a.common);
	open_policy(&policy, &a.run, argv[first]);
	for (i = first + 1; i < argc; i++)
		inputs_open(&in,
		    cli_in(&a.common, STREAM_GRAD, i + 1, argv, i));
	if (first + 1 == argc)
		inputs_open(&in, cli_in(&a.common, STREAM_GRAD, 0, argv, 0));
	progress_begin(&progress, &a.common);
	for (steps = 0; !goal_reached(&a.goal, a.run.trainer.step) &&
	     read_step(&a.run, argv + first + 1) == 1;
	     steps++)
		step(&a.run);
	if (goal_met(&a.goal, a.run.trainer.step) != 0)
		save_and_die(&a.run);
	interrupt_hold(); /* for good */
	if (training_finish(&a.run) != 0)
		die();
	inputs_await(&in);
	progress_end(&progress, "%llu steps, now at step %llu",
	    (unsigned long long)steps, (unsigned long long)policy.step);
	inputs_release(&in);
	training_release(&a.run);
	ckpt_close(&policy);
	return cli_end(&a.common, NULL, steps > 0 || a.goal.until > 0,
	    "nothing to do: no gradient came");
}
