/* SPDX-License-Identifier: MIT */
#include "objective/policygrad.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "divergence/estimate.h"
#include "objective/coefficients.h"

/* Multiply coef by the ratio of each action's probability now and then. */
static int
off_policy(struct objective_segment *x, double *cut)
{
	const struct traj_segment *s = x->segment;
	float *logp = mem_floats(likelihood_actions(s->t, s->n));
	int rc = likelihood_logp(x->likelihood, &x->policy->params, s->t, s->n,
	    logp, NULL);

	if (rc == 0)
		rc = credit_off_policy(s, logp, x->settings->ratio_clip,
		    x->coef, cut);
	free(logp);
	return rc;
}

int
policygrad_moved(const struct traj_segment *s, const struct ckpt *policy)
{
	if (s->policy[0] != '\0' && strcmp(s->policy, policy->id) != 0)
		return fail("sampled by policy %s, but this is %s", s->policy,
		    policy->id);
	return s->policy[0] != '\0' && s->policy_step != policy->step;
}

int
policygrad_undropped(const struct objective_settings *o)
{
	if (!(o->dropout > 0))
		return 0;
	return fail("dropout does not go with a policy gradient, whose samples "
		    "come from the policy with nothing dropped");
}

/* Units times the estimate of the divergence, where the scores are l. */
static void
report_divergence(const struct objective_segment *x, double units)
{
	const struct traj_segment *s = x->segment;
	struct estimate e = { 0 };
	size_t i;

	if (x->objective.divergence.row == NULL || s->ratio > RATIO_CALIBRATED)
		return;
	for (i = 0; i < s->n; i++)
		estimate_add(&e, &s->t[i]);
	traj_stat(&x->head->header, "divgrad.divergence",
	    units * estimate_divergence(&e, &x->objective.divergence));
	estimate_release(&e);
}

/*
 * Sums of v and of v^2, where v is the mean |coefficient| of a trajectory's
 * actions: (sum v)^2 / (n sum v^2) is the share of the trajectories that would
 * weigh as much if all weighed the same.
 */
static void
report_sizes(const struct objective_segment *x)
{
	const struct traj_segment *s = x->segment;
	const float *coef = x->coef;
	double sum = 0, squares = 0, v;
	size_t i, j;

	for (i = 0; i < s->n; coef += s->t[i].actions, i++) {
		if (s->t[i].actions == 0)
			continue;
		v = 0;
		for (j = 0; j < s->t[i].actions; j++)
			v += fabs((double)coef[j]);
		v /= (double)s->t[i].actions;
		sum += v;
		squares += v * v;
	}
	traj_stat(&x->head->header, "divgrad.size", sum);
	traj_stat(&x->head->header, "divgrad.size_squared", squares);
}

int
policygrad(struct objective_segment *x)
{
	const struct traj_segment *s = x->segment;
	struct msg *header = &x->head->header;
	struct credit_stats stats;
	struct credit c = x->settings->credit;
	double cut = 0;
	int moved = policygrad_moved(s, x->policy);

	c.divergence = x->objective.divergence;
	if (c.estimator == ESTIMATE_AUTO)
		c.estimator = ESTIMATE_ROLLOUTS;
	if (moved < 0 || policygrad_undropped(x->settings) != 0 ||
	    credit_ratio(&c, s->ratio) != 0 || objective_check(x) != 0 ||
	    credit_assign(&c, s, x->coef, &stats) != 0)
		return -1;
	if (moved && c.estimator != ESTIMATE_DEMOS && off_policy(x, &cut) != 0)
		return -1;
	x->head->units = stats.units;
	traj_stat(header, "divgrad.reward", stats.reward);
	traj_stat(header, "divgrad.clipped", stats.clipped);
	traj_stat(header, "divgrad.alone", stats.alone);
	traj_stat(header, "divgrad.flat", stats.flat);
	traj_stat(header, "divgrad.ratio_clipped", cut);
	report_sizes(x);
	report_divergence(x, stats.units);
	return 0;
}
