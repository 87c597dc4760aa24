/* SPDX-License-Identifier: MIT */
/*
 * apply-update: gradients in, the policy one step on; metrics out.
 *
 * A step takes one segment of each operand.  With all shards added,
 *	g = sum over objectives o of weight_o * sums_o / units_o
 * is clipped by its norm and goes to the optimizer.  One rename commits the
 * step; then its metrics are printed as a line of JSON.  See apply-update(1).
 */
#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "io/atomic.h"
#include "gradient/inputs.h"
#include "optim/metrics.h"
#include "optim/trainer.h"

enum { SKIPS_MAX = 10 };

static struct args {
	struct common common;
	struct update update;
	double floor, clip, sync;
	uint64_t steps, warmup, stale, keep;
	int schedule, optimizer;
	bool betas;
} a = {
	.update = { .lr = 1e-5, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8 },
	.clip = 1,
	.sync = 30,
};

static const struct opt opts[] = {
	OPT_GROUP("Learning rate"),
	OPT_REAL(0, "lr", &a.update.lr, "LR", 0, 1e6, "learning rate (1e-5)"),
	OPT_NAME(0, "schedule", &a.schedule, "KIND", schedule_names,
	    "%s (constant)"),
	OPT_UINT(0, "steps", &a.steps, "N", 1, 1e15,
	    "step at which the schedule ends", .needs = "schedule"),
	OPT_UINT(0, "warmup", &a.warmup, "W", 0, 1e15,
	    "steps over which the rate rises (0)"),
	OPT_REAL(0, "floor", &a.floor, "F", 0, 1,
	    "the schedule ends at F times the rate (0)", .needs = "schedule"),
	OPT_GROUP("Optimizer"),
	OPT_NAME(0, "optimizer", &a.optimizer, "NAME", optimizer_names,
	    "%s (adamw)"),
	OPT_CUSTOM(0, "betas", &a.update, "B1,B2", update_parse_betas,
	    "decay of the moments (0.9,0.999; lion 0.9,0.99)",
	    .given = &a.betas, .needs = "optimizer=adamw|optimizer=lion"),
	OPT_REAL(0, "eps", &a.update.eps, "E", 1e-30, 1,
	    "adamw: added to the root of the second moment (1e-8)",
	    .needs = "optimizer=adamw"),
	OPT_REAL(0, "decay", &a.update.decay, "D", 0, 1e6,
	    "decoupled weight decay, on matrices (0)"),
	OPT_REAL(0, "clip-norm", &a.clip, "C", 0, 1e30,
	    "largest norm of the gradient; 0: any (1)"),
	OPT_GROUP("Steps"),
	OPT_UINT(0, "stale", &a.stale, "S", 0, 1e15,
	    "steps that a gradient may be behind (0)"),
	OPT_UINT(0, "keep", &a.keep, "N", 0, 1e6,
	    "keep the newest N steps as step-NNNNNN/ (0)"),
	OPT_CUSTOM(0, "sync", &a.sync, "WHEN", trainer_parse_sync,
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
	if (a.schedule != SCHEDULE_CONSTANT && a.steps == 0)
		die_usage("--schedule %s: missing --steps N, where it ends",
		    schedule_names[a.schedule]);
	if (a.schedule != SCHEDULE_CONSTANT && a.warmup > a.steps)
		die_usage("--warmup is longer than --steps");
	if (a.optimizer == OPTIMIZER_LION && !a.betas)
		a.update.beta2 = 0.99;
	if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY)
		die_with("output: not open for writing");
}

/* Read the gradient of the next step: 1, 0 at the end. */
static int
read_step(struct inputs *in, struct trainer *t, char **names)
{
	size_t i;
	int rc;

	do
		rc = inputs_next(in);
	while (rc > 0 && !in->step);
	if (rc < 0)
		die();
	for (i = 0; rc > 0 && i < in->n; i++)
		if (in->input[i].ended_now)
			warn("%s: ended before the others: it contributes "
			     "nothing from step %llu on",
			    names[i], (unsigned long long)t->ckpt->step + 1);
	trainer_forget(t);
	if (rc > 0 &&
	    (inputs_merge(in) != 0 || inputs_check(in, t->ckpt, a.stale) != 0 ||
		inputs_add(in, &t->d, t->touched) != 0))
		die();
	return rc;
}

static void
report(const struct metrics *m, const struct inputs *in, struct progress *p)
{
	struct buf line = { 0 };

	metrics_json(m, in->objective, in->objectives, &line);
	if (write_all(STDOUT_FILENO, line.p, line.n, "output") != 0)
		die();
	buf_release(&line);
	progress_step(p, "step %llu: lr %.3g, gradient norm %.4g",
	    (unsigned long long)m->step, m->lr, m->norm);
	if (m->skipped)
		warn("step %llu: the gradient is not finite: no update",
		    (unsigned long long)m->step);
}

/*
 * One update, or none if the norm is not finite; either is a step.  Returns 0,
 * or 1 if something failed after the step was made, and dies if it was not.
 */
static int
step(struct trainer *t, struct metrics *m)
{
	struct update u = a.update;
	int rc;

	*m = (struct metrics){ .step = t->ckpt->step + 1 };
	u.lr = m->lr = schedule_lr((enum schedule)a.schedule, u.lr,
	    t->ckpt->step, a.warmup, a.steps, a.floor);
	m->norm = gradient_norm(&t->d, t->touched);
	m->skipped = !isfinite(m->norm);
	m->clipped = !m->skipped && a.clip > 0 && m->norm > a.clip;
	u.scale = m->clipped ? a.clip / m->norm : 1;
	if (!m->skipped)
		trainer_update(t, u);
	rc = trainer_commit(t, (size_t)a.keep);
	if (rc < 0)
		die();
	return rc;
}

/* Train until all streams have ended; the number of steps. */
static uint64_t
train(struct trainer *t, struct inputs *in, char **names, struct progress *p)
{
	struct metrics m;
	uint64_t steps, skips = 0;
	int rc;

	for (steps = 0; read_step(in, t, names) == 1; steps++) {
		rc = step(t, &m);
		report(&m, in, p);
		if (rc != 0)
			die();
		skips = m.skipped ? skips + 1 : 0;
		if (skips == SKIPS_MAX)
			die_with("%d gradients in a row were not finite",
			    SKIPS_MAX);
	}
	if (trainer_sync(t) != 0)
		die();
	return steps;
}

static void
open_policy(struct ckpt *policy, struct trainer *t, const char *dir)
{
	const enum optimizer optimizer = (enum optimizer)a.optimizer;
	int rc = ckpt_open(policy, dir), start;
	const char *why = NULL;
	unsigned long long step;

	if (rc < 0)
		die();
	if (rc > 0)
		warn("%s: going on from there", err_last());
	start = trainer_open(t, policy, optimizer, a.sync);
	if (start < 0)
		die();
	step = policy->step;
	note("%s: step %llu, %llu updates made", dir, step,
	    (unsigned long long)t->updates);
	if (start == TRAINER_FRESH && step > 0 && optimizer_moments(optimizer))
		why = "it has no optimizer state";
	if (start == TRAINER_OTHER)
		why = "its optimizer state is of another optimizer";
	if (why != NULL)
		warn("%s: step %llu: %s: moments start at zero", dir, step,
		    why);
	if (start == TRAINER_WENT_BACK)
		warn("%s: the optimizer's file was damaged: going on from step "
		     "%llu, which was synced last",
		    dir, step);
}

int
main(int argc, char **argv)
{
	struct ckpt policy;
	struct trainer t;
	struct inputs in = { 0 };
	struct progress p;
	int first, i;
	uint64_t steps;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	check_usage();
	cli_ready(&a.common);
	open_policy(&policy, &t, argv[first]);
	for (i = first + 1; i < argc; i++)
		inputs_open(&in,
		    cli_in(&a.common, STREAM_GRAD, i + 1, argv, i));
	if (first + 1 == argc)
		inputs_open(&in, cli_in(&a.common, STREAM_GRAD, 0, argv, 0));
	progress_begin(&p, &a.common);
	steps = train(&t, &in, argv + first + 1, &p);
	progress_end(&p, "%llu steps, now at step %llu",
	    (unsigned long long)steps, (unsigned long long)policy.step);
	inputs_release(&in);
	trainer_release(&t);
	ckpt_close(&policy);
	return cli_end(&a.common, NULL, steps > 0,
	    "nothing to do: no gradient came");
}
