/* SPDX-License-Identifier: MIT */
#include "learn/segmentgrad.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "learn/distill.h"

static bool
is_taught(const struct objective_choice *o)
{
	return o->laws != NULL && lawterms_teaches(o->laws);
}

/* Demonstrations under forward KL, with no estimator asked for: SFT. */
static bool
is_sft(const struct objective_choice *o, const struct traj_segment *s)
{
	size_t i;

	if (o->credit.estimator != ESTIMATE_AUTO ||
	    strcmp(o->name, "fkl") != 0)
		return false;
	for (i = 0; i < s->n; i++)
		if (s->t[i].role != ROLE_EXPERT)
			return false;
	return true;
}

static double
count_tokens(const struct traj_segment *s)
{
	double n = 0;
	size_t i;

	for (i = 0; i < s->n; i++)
		n += s->t[i].weight * (double)s->t[i].actions;
	return n;
}

/* coef of SFT: the trajectory's weight for each of its actions. */
static void
sft_coefficients(const struct traj_segment *s, float *coef,
    struct gradient_head *h)
{
	size_t i, j;

	h->units = count_tokens(s);
	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->t[i].actions; j++)
			*coef++ = (float)s->t[i].weight;
}

/* Were these sampled at another step?  -1 where by another policy. */
static int
has_moved(const struct traj_segment *s, const struct ckpt *policy)
{
	if (s->policy[0] != '\0' && strcmp(s->policy, policy->id) != 0)
		return fail("sampled by policy %s, but this is %s", s->policy,
		    policy->id);
	return s->policy[0] != '\0' && s->policy_step != policy->step;
}

/* coef of a teacher's objective: 0, or what later divergences make of it. */
static int
taught_coefficients(const struct objective_choice *o, struct likelihood *work,
    const struct ckpt *policy, const struct traj_segment *s, float *coef,
    float *logp, struct gradient_head *h)
{
	struct distill_stats stats = { 0 };
	int moved;

	h->units = count_tokens(s);
	if (!(o->credit.future > 0))
		return 0;
	moved = has_moved(s, policy);
	if (moved < 0 ||
	    likelihood_logp(work, &policy->params, s->t, s->n, logp, NULL) !=
		0 ||
	    distill_future(&o->credit, s, lawterms_values(o->laws),
		moved ? logp : NULL, o->ratio_clip, coef, &stats) != 0)
		return -1;
	traj_stat(&h->header, "divgrad.alone", stats.alone);
	traj_stat(&h->header, "divgrad.ratio_clipped", stats.cut);
	return 0;
}

/* coef of a policy gradient, and its stats; -1 names the record. */
static int
divergence_coefficients(const struct objective_choice *o,
    struct likelihood *work, const struct ckpt *policy,
    const struct traj_segment *s, float *coef, float *logp,
    struct gradient_head *h)
{
	struct credit_stats stats;
	struct credit c = o->credit;
	double cut = 0;
	int moved = has_moved(s, policy);

	if (c.estimator == ESTIMATE_AUTO)
		c.estimator = ESTIMATE_ROLLOUTS;
	if (moved < 0 || credit_ratio(&c, s->ratio) != 0 ||
	    credit_assign(&c, s, coef, &stats) != 0)
		return -1;
	if (moved && c.estimator != ESTIMATE_DEMOS &&
	    (likelihood_logp(work, &policy->params, s->t, s->n, logp, NULL) !=
		    0 ||
		credit_off_policy(s, logp, o->ratio_clip, coef, &cut) != 0))
		return -1;
	h->units = stats.units;
	traj_stat(&h->header, "divgrad.reward", stats.reward);
	traj_stat(&h->header, "divgrad.clipped", stats.clipped);
	traj_stat(&h->header, "divgrad.alone", stats.alone);
	traj_stat(&h->header, "divgrad.flat", stats.flat);
	traj_stat(&h->header, "divgrad.ratio_clipped", cut);
	return 0;
}

/* The sum of -weight * log pi over the segment's actions. */
static double
weighted_loss(const struct traj_segment *s, const float *logp)
{
	double loss = 0;
	size_t i, j;

	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->t[i].actions; j++)
			loss -= s->t[i].weight * (double)*logp++;
	return loss;
}

const char *
segment_unit(const struct objective_choice *o, const struct traj_segment *s)
{
	return is_taught(o) || is_sft(o, s) ? "token" : "trajectory";
}

static int
coefficients(const struct objective_choice *o, struct likelihood *work,
    const struct ckpt *policy, const struct traj_segment *s, float *coef,
    float *logp, struct gradient_head *h)
{
	if (is_taught(o))
		return taught_coefficients(o, work, policy, s, coef, logp, h);
	if (is_sft(o, s)) {
		sft_coefficients(s, coef, h);
		return 0;
	}
	return divergence_coefficients(o, work, policy, s, coef, logp, h);
}

int
segment_gradient(const struct objective_choice *o, struct likelihood *work,
    const struct ckpt *policy, const struct traj_segment *s, struct params *d,
    struct gradient_head *h)
{
	size_t A = likelihood_actions(s->t, s->n);
	float *coef = mem_floats(A), *logp = mem_floats(A);
	int rc = 0;

	params_zero(d);
	if (o->laws != NULL)
		rc = lawterms_begin(o->laws, work, s, &o->credit.divergence,
		    o->credit.clip);
	if (rc == 0)
		rc = coefficients(o, work, policy, s, coef, logp, h);
	if (rc == 0)
		rc = likelihood_gradient(work, &policy->params, s->t, s->n,
		    coef, logp, d);
	if (rc == 0)
		traj_stat(&h->header, "divgrad.loss", weighted_loss(s, logp));
	if (o->laws != NULL &&
	    lawterms_end(o->laws, rc == 0 ? &h->header : NULL) != 0)
		rc = -1;
	free(coef);
	free(logp);
	return rc;
}

static bool
all_finite(const struct params *d)
{
	size_t i, k;

	for (i = 0; i < d->tensors; i++)
		for (k = 0; d->tensor[i].p != NULL && k < d->tensor[i].n; k++)
			if (!isfinite((double)d->tensor[i].p[k]))
				return false;
	return true;
}

void
segment_blame(struct likelihood *work, const struct ckpt *policy,
    const struct traj_segment *s, struct params *d)
{
	float *one = mem_floats(likelihood_actions(s->t, s->n));
	size_t i, k;

	if (all_finite(d))
		goto out;
	for (i = 0; i < s->n; i++) {
		params_zero(d);
		for (k = 0; k < s->t[i].actions; k++)
			one[k] = 1.0f;
		if (likelihood_gradient(work, &policy->params, &s->t[i], 1,
			one, NULL, d) != 0 || !all_finite(d)) {
			(void)fail_in("record %zu (\"%s\")", i + 1,
			    s->t[i].id);
			break;
		}
	}
out:
	free(one);
}
