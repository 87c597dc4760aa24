/* SPDX-License-Identifier: MIT */
/*
 * divgrad: trajectories in, the gradient of an objective out.
 *
 * Per segment: sum_i w_i sum_t c_it * -grad log pi(a_it | s_it), with c = 1
 * for demonstrations under -d fkl (that is SFT, unit token), and otherwise
 * what each action earns of the divergence's reward h(l) (credit.h, unit
 * trajectory).  Sums and units are sent, never means.  See divgrad(1).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "learn/segmentgrad.h"
#include "nn/ckpt.h"
#include "traj/traj.h"

static struct args {
	struct common common;
	struct objective_choice choice;
	int level, estimator, baseline, scale, dtype;
	struct lawterms_choice laws;
	double weight;
	uint64_t lag, every, micro;
	bool follow, future_given;
} a = {
	.common.seed = 1,
	.choice = { .credit = { .clip = 5, .future = 1 }, .ratio_clip = 0.2 },
	.laws.temperature = 1,
	.weight = 1,
	.every = 1,
	.micro = 4096,
};

static int
parse_objective(const char *text, void *value)
{
	struct args *args = value;

	args->choice.name = text;
	args->choice.credit.divergence.row = NULL;
	if (strcmp(text, "reward") == 0)
		return 0;
	return divergence_parse(text, &args->choice.credit.divergence);
}

static const char *const levels[] = { "auto", "prefix", "trajectory", "token",
	NULL };
static const char *const estimators[] = { "auto", "rollouts", "demos", "both",
	NULL };
static const char *const baselines[] = { "rloo", "mean", "none", NULL };
static const char *const scales[] = { "none", "rms", NULL };
static const char *const dtypes[] = { "f32", "bf16", NULL };

static const struct opt opts[] = {
	{ 'd', "divergence", OPT_CUSTOM, &a, "NAME",
	    "what to minimise: fkl, rkl, js, ...; reward", 0, 0, NULL,
	    parse_objective },
	{ 0, "level", OPT_NAME, &a.level, "LEVEL",
	    "credit: prefix, trajectory or token (by the scores' shape)", 0, 0,
	    levels },
	{ 0, "future", OPT_REAL, &a.choice.credit.future, "GAMMA",
	    "discount of what follows an action: token level (1), --teacher (0)",
	    0, 1, .given = &a.future_given },
	{ 0, "estimator", OPT_NAME, &a.estimator, "FROM",
	    "rollouts, demos or both (by role)", 0, 0, estimators },
	{ 0, "baseline", OPT_NAME, &a.baseline, "KIND",
	    "rloo, mean or none, over a group (rloo)", 0, 0, baselines },
	{ 0, "scale", OPT_NAME, &a.scale, "KIND",
	    "divide a segment's advantages: none or rms (none)", 0, 0, scales },
	{ 0, "clip", OPT_REAL, &a.choice.credit.clip, "L",
	    "bound of |l| on explosive rows, nats (5)", 0, 1e4 },
	{ 0, "ratio-clip", OPT_REAL, &a.choice.ratio_clip, "E",
	    "off policy: bound of |pi/pi_old - 1| (0.2)", 0, 1e9 },
	{ 0, "teacher", OPT_TEXT, &a.laws.teacher, "DIR",
	    "white box: the divergence of this policy's laws from ours" },
	{ 0, "cached-teacher", OPT_FLAG, &a.laws.cached, NULL,
	    "white box: the laws that the records carry" },
	{ 0, "temperature", OPT_REAL, &a.laws.temperature, "T",
	    "--teacher: of both laws (1)", 1e-3, 1e3 },
	{ 0, "ref", OPT_TEXT, &a.laws.ref, "DIR",
	    "the policy to stay close to" },
	{ 0, "kl", OPT_REAL, &a.laws.kl, "BETA",
	    "add BETA KL(pi || ref) at every action (0)", 0, 1e9 },
	{ 0, "entropy", OPT_REAL, &a.laws.entropy, "BETA",
	    "take off BETA times the law's entropy at every action (0)", 0,
	    1e9 },
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
	    "of the sums sent: f32 or bf16 (f32)", 0, 0, dtypes },
	OPT_OUTPUT(&a.common),
	OPT_JSON(&a.common),
	OPT_PART(&a.common),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

/* Of what is trained; and where a backward pass adds, with adapters whole. */
struct sums {
	struct params d, whole, *back;
};

/* A segment checked against the policy, its gradient written. */
static int
work_segment(struct likelihood *work, struct ckpt *policy,
    const struct traj_segment *s, struct sums *sums, struct stream_out *out)
{
	struct gradient_head h = { .weight = a.weight, .step = policy->step };
	int rc;

	(void)snprintf(h.objective, sizeof h.objective, "%s%s",
	    lawterms_teaches(a.choice.laws) ? "teacher:" : "", a.choice.name);
	(void)snprintf(h.policy, sizeof h.policy, "%s", policy->id);
	(void)snprintf(h.unit, sizeof h.unit, "%s",
	    segment_unit(&a.choice, s));
	msg_copy(&h.header, &s->header);
	msg_del(&h.header, "ratio");
	h.more = s->more;
	rc = traj_same_tokenizer(s, policy->tokenizer, policy->config.V);
	if (rc == 0)
		rc = traj_check(s, policy->config.V, policy->config.context);
	if (rc == 0 && s->n > 0)
		rc = segment_gradient(&a.choice, work, policy, s, sums->back,
		    &h);
	if (rc == 0) {
		if (s->n > 0)
			ckpt_chain(policy, &sums->d, sums->back,
			    ckpt_trained(policy));
		rc = gradient_write(out, &h, s->n > 0 ? &sums->d : NULL,
		    a.dtype == 1);
		if (rc != 0 && s->n > 0)
			segment_blame(work, policy, s, sums->back);
	}
	gradient_head_release(&h);
	return rc;
}

/* Steps of the policy that segment k waits for. */
static uint64_t
due(uint64_t k)
{
	return k * a.every - (a.lag < k * a.every ? a.lag : k * a.every);
}

int
main(int argc, char **argv)
{
	struct ckpt policy;
	struct sums sums = { 0 };
	struct traj_segment s = { 0 };
	struct likelihood *work;
	struct progress progress;
	struct stream_out *out;
	struct stream_in *in;
	uint64_t done = 0, start;
	int first, r;

	cli_begin(argc, argv);
	first = opt_parse(opts, "-d NAME [options] POLICY [FILE ...]", argc,
	    argv);
	if (a.choice.name == NULL)
		die_usage("what to minimise is not said: -d NAME");
	if (first == argc)
		die_usage("names no policy");
	a.choice.credit.level = (enum credit_level)a.level;
	a.choice.credit.estimator = (enum credit_estimator)a.estimator;
	a.choice.credit.baseline = (enum credit_baseline)a.baseline;
	a.choice.credit.scale = (enum credit_scale)a.scale;
	if (lawterms_check(&a.laws, a.choice.name, &a.choice.credit,
		a.future_given) != 0)
		die_usage("%s", err_last());
	cli_ready(&a.common);
	if (ckpt_open(&policy, argv[first]) != 0 ||
	    ckpt_check_finite(&policy) != 0 ||
	    (a.choice.laws = lawterms_open(&a.laws, &policy)) == NULL)
		die();
	start = policy.step;
	params_like(&sums.d, ckpt_trained(&policy), &policy.config);
	sums.back = ckpt_backward(&policy, &sums.d, &sums.whole);
	work = likelihood_new(&policy.config, a.micro);
	in = cli_in(&a.common, STREAM_TRAJ, argc, argv, first + 1);
	out = cli_out(&a.common);
	progress_begin(&progress, &a.common);
	while ((r = traj_read(in, &s)) > 0) {
		if (a.follow && s.n > 0 &&
		    ckpt_follow(&policy, start + due(done)) < 0)
			die();
		if (work_segment(work, &policy, &s, &sums, out) != 0)
			die();
		done += s.n > 0;
		progress_line(&progress, "%" PRIu64 " segments", done);
	}
	if (r < 0)
		die();
	if (done > 0)
		progress_end(&progress, "%" PRIu64 " segments of gradient",
		    done);
	stream_close(in);
	traj_segment_release(&s);
	likelihood_free(work);
	lawterms_close(a.choice.laws);
	params_release(&sums.d);
	params_release(&sums.whole);
	ckpt_close(&policy);
	return cli_end(&a.common, out, done > 0, "no trajectories");
}
