/* SPDX-License-Identifier: MIT */
#include "discriminator/discriminator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sum.h"
#include "discriminator/contrast.h"
#include "divergence/logistic.h"

enum { BINS = 10, EXPONENT_MAX = 700 };

const char *const discriminator_shapes[] = {
	[SHAPE_LM] = "lm",
	[SHAPE_HEAD] = "head",
	[SHAPE_OFFSET] = "offset",
	NULL,
};

const char *const discriminator_levels[] = {
	[SCORE_TOKEN] = "token",
	[SCORE_TRAJECTORY] = "trajectory",
	NULL,
};

int
discriminator_check(const struct ckpt *disc, int shape, const struct loss *loss)
{
	const bool head = disc->config.scored;
	const char *is =
	    head ? "a classifier with a scalar head" : "a language model";

	if (shape >= 0 && head != (shape != SHAPE_LM))
		return fail("%s: %s, expected shape %s", disc->dir, is,
		    discriminator_shapes[shape]);
	if (!head && loss_needs_head(loss))
		return fail("%s: %s, but loss %s needs a scalar head",
		    disc->dir, is, loss_name(loss));
	return 0;
}

void
discriminator_init(struct discriminator *d, const struct ckpt *ckpt,
    const struct ckpt *policy, const struct ckpt *base, size_t micro)
{
	*d = (struct discriminator){ .ckpt = ckpt,
		.weights = &ckpt->params,
		.policy = policy,
		.base = base };
	d->shape = base != NULL ? SHAPE_OFFSET :
	    ckpt->config.scored ? SHAPE_HEAD :
				  SHAPE_LM;
	d->work = likelihood_new(&ckpt->config, micro);
	if (policy != NULL)
		d->policy_work = likelihood_new(&policy->config, micro);
	if (base != NULL)
		d->base_work = likelihood_new(&base->config, micro);
}

void
discriminator_release(struct discriminator *d)
{
	likelihood_free(d->work);
	likelihood_free(d->policy_work);
	likelihood_free(d->base_work);
}

/*
 * Does the record have log pi?  The logp of a rollout is that of the policy
 * that sampled it; a demonstration's is the expert's, and that of an ensemble's
 * sample is the drawn member's.
 */
static bool
has_logpi(const struct discriminator *d, const struct traj *t)
{
	struct msg_view member;

	return !d->implicit && t->role != ROLE_EXPERT &&
	    t->logps == t->actions && msg_any(&t->rec, "member", &member) == 0;
}

/* The end of the trajectories from i on whose records have no log pi. */
static size_t
unknown_run(const struct discriminator *d, const struct traj *t, size_t n,
    size_t i)
{
	while (i < n && !has_logpi(d, &t[i]))
		i++;
	return i;
}

static int
fail_unknown(const struct traj *t)
{
	(void)fail_kind(ERR_NO_LOGP, NULL,
	    "no log-probability under the policy");
	return traj_fail_in(t);
}

/*
 * logpi[sum A] from the records; where they have none, from the policy, for
 * several trajectories at once so that packs are full.
 */
static int
find_logpi(struct discriminator *d, const struct traj *t, size_t n,
    float *logpi)
{
	size_t i, j, A;

	for (i = 0; i < n; i = j, logpi += A) {
		j = unknown_run(d, t, n, i);
		if (j == i) {
			A = t[j++].actions;
			if (A > 0) /* else logp may be NULL */
				memcpy(logpi, t[i].logp, A * sizeof *logpi);
			continue;
		}
		if (d->policy == NULL)
			return fail_unknown(&t[i]);
		A = likelihood_actions(t + i, j - i);
		if (likelihood_logp(d->policy_work, &d->policy->params, t + i,
			j - i, logpi, NULL) != 0)
			return -1;
	}
	return 0;
}

int
discriminator_known(struct discriminator *d, const struct traj *t, size_t n,
    float *known)
{
	size_t A = likelihood_actions(t, n), k;
	float *logpi;
	int rc;

	memset(known, 0, A * sizeof *known);
	if (d->shape == SHAPE_HEAD)
		return 0;
	logpi = mem_floats(A);
	rc = find_logpi(d, t, n, logpi);
	if (rc == 0 && d->shape == SHAPE_OFFSET)
		rc = likelihood_logp(d->base_work, &d->base->params, t, n,
		    known, NULL);
	for (k = 0; k < A; k++)
		known[k] -= logpi[k];
	free(logpi);
	return rc;
}

/* As find_logpi. */
static int
plan_logpi(struct discriminator *d, const struct traj *t, size_t n,
    struct plan_passes *w)
{
	size_t i, j;

	for (i = 0; i<n; i = j> i ? j : i + 1) {
		j = unknown_run(d, t, n, i);
		if (j == i)
			continue;
		if (d->policy == NULL)
			return fail_unknown(&t[i]);
		if (likelihood_plan(d->policy_work, &d->policy->params, t + i,
			j - i, false, w) != 0)
			return -1;
	}
	return 0;
}

int
discriminator_plan(struct discriminator *d, const struct traj *t, size_t n,
    struct discriminator_passes *w)
{
	if (d->shape != SHAPE_HEAD && plan_logpi(d, t, n, &w->policy) != 0)
		return -1;
	if (d->shape == SHAPE_OFFSET &&
	    likelihood_plan(d->base_work, &d->base->params, t, n, false,
		&w->base) != 0)
		return -1;
	if (likelihood_plan(d->work, d->weights, t, n, false, &w->score) != 0)
		return -1;
	return likelihood_plan(d->work, d->weights, t, n, true, &w->gradient);
}

int
discriminator_score(struct discriminator *d, const struct traj *t, size_t n,
    const float *known, float *s)
{
	size_t A = likelihood_actions(t, n), i, j, k;

	if (d->members != NULL) {
		if (mixture_logp(d->members, d->work, d->weights, t, n, s) != 0)
			return -1;
	} else if (d->shape == SHAPE_LM) {
		if (likelihood_logp(d->work, d->weights, t, n, s, NULL) != 0)
			return -1;
	} else if (likelihood_scores(d->work, d->weights, t, n, s) != 0) {
		return -1;
	} else if (d->level == SCORE_TRAJECTORY) { /* what each action adds */
		for (i = 0, k = 0; i < n; k += t[i].actions, i++)
			for (j = t[i].actions; j-- > 1;)
				s[k + j] -= s[k + j - 1];
	}
	for (k = 0; k < A; k++)
		s[k] += known[k];
	return 0;
}

/* s of each trajectory; the caller frees. */
static double *
totals(const struct traj *t, size_t n, const float *s)
{
	double *sum = mem_alloc(n, sizeof *sum);
	size_t i;

	for (i = 0; i < n; s += t[i].actions, i++)
		sum[i] = sum_floats(s, t[i].actions);
	return sum;
}

/* l_t = L_t - L_{t-1}, where L_t = loss_to_l(s_1 + ... + s_t). */
static void
convert(const struct loss *loss, const float *s, size_t n, float *l)
{
	double sum = 0, before = 0, now;
	size_t j;

	for (j = 0; j < n; j++) {
		sum += (double)s[j];
		now = loss_to_l(loss, sum);
		l[j] = (float)(now - before);
		before = now;
	}
}

enum traj_ratio
discriminator_ratios(const struct discriminator *d, const struct traj *t,
    size_t n, size_t passed, const float *s, float *l)
{
	enum traj_ratio ratio = loss_ratio(&d->loss), reached;
	double *sum, *c;
	size_t i, k, A = likelihood_actions(t, n);

	memcpy(l, s, A * sizeof *l);
	if (loss_needs_head(&d->loss))
		for (i = 0, k = 0; i < n; k += t[i].actions, i++)
			convert(&d->loss, s + k, t[i].actions, l + k);
	if (d->preferences ||
	    (ratio != RATIO_CONSTANT && ratio != RATIO_PROMPT))
		return ratio;
	reached = RATIO_CALIBRATED;
	if (d->shape == SHAPE_LM)
		return reached;
	sum = totals(t, n, s);
	c = mem_alloc(n, sizeof *c);
	contrast_normalizer(&d->loss, t, n, sum, c);
	for (i = 0, k = 0; i < n; k += t[i].actions, i++) {
		if (i < passed && isnan(c[i]))
			reached = ratio;
		if (!isnan(c[i]) && t[i].actions > 0)
			l[k] -= (float)c[i];
	}
	free(sum);
	free(c);
	return reached;
}

/* Slopes for all prefixes; S_j is the sum of the outputs up to action j. */
static void
slopes_of_prefixes(const struct discriminator *d, const struct traj *t,
    size_t n, const float *s, double *slope)
{
	double *S = mem_alloc(likelihood_actions(t, n), sizeof *S);
	size_t i, j, k;

	for (i = 0, k = 0; i < n; i++)
		for (j = 0; j < t[i].actions; j++, k++)
			S[k] = (double)s[k] + (j > 0 ? S[k - 1] : 0);
	contrast_prefixes(&d->loss, t, n, S, slope);
	free(S);
}

/* Slopes for whole trajectories: at their last actions, 0 elsewhere. */
static int
slopes_of_wholes(const struct discriminator *d, const struct traj *t, size_t n,
    const float *s, double *slope)
{
	double *sum = totals(t, n, s), *by = mem_alloc(n, sizeof *by);
	struct contrast x;
	size_t i, j, k;
	int rc = contrast_loss(&d->loss, t, n, sum, by, &x);

	for (i = 0, k = 0; i < n; i++)
		for (j = 0; j < t[i].actions; j++, k++)
			slope[k] = j + 1 < t[i].actions ? 0 : by[i];
	free(sum);
	free(by);
	return rc;
}

int
discriminator_gradient(struct discriminator *d, const struct traj *t, size_t n,
    const float *s, struct params *grad)
{
	const bool head = d->shape != SHAPE_LM,
		   last = head && d->level == SCORE_TRAJECTORY;
	size_t A = likelihood_actions(t, n), i, j, k;
	double *slope = mem_alloc(A, sizeof *slope), sum;
	float *coef = mem_floats(A);
	int rc = 0;

	if (last && loss_form(&d->loss) == LOSS_SIDES)
		slopes_of_prefixes(d, t, n, s, slope);
	else
		rc = slopes_of_wholes(d, t, n, s, slope);
	/*
	 * A head of level trajectory puts out S_j at action j.  Otherwise s_i
	 * is a term of all S_j with j >= i.
	 */
	for (i = 0, k = 0; i < n; k += t[i].actions, i++)
		for (sum = 0, j = t[i].actions; j-- > 0;) {
			sum = last ? slope[k + j] : sum + slope[k + j];
			/* likelihood_gradient differentiates -coef * logp. */
			coef[k + j] = (float)(head ? sum : -sum);
		}
	if (rc == 0)
		rc = head ? likelihood_scores_gradient(d->work, d->weights, t,
				n, coef, grad) :
			    likelihood_gradient(d->work, d->weights, t, n, coef,
				NULL, grad);
	free(slope);
	free(coef);
	return rc;
}

static double
bounded_exp(double x)
{
	return exp(fmin(x, EXPONENT_MAX));
}

/* Sums over one side. */
struct side {
	double weight, right, l, u;
};

/* Accuracy, means and calibration of l, which every loss has. */
static void
measure_sides(const struct traj *t, size_t n, const float *l,
    struct discriminator_stats *s)
{
	struct side side[2] = { { 0 }, { 0 } }, *x;
	double sure[BINS] = { 0 }, real[BINS] = { 0 }, sum, p, half[2];
	size_t i, b;
	bool e;

	for (i = 0; i < n; i++)
		side[contrast_better(&t[i])].weight += t[i].weight;
	for (b = 0; b < 2; b++)
		half[b] = side[b].weight > 0 ? 0.5 / side[b].weight : 0;
	for (i = 0; i < n; l += t[i].actions, i++) {
		e = contrast_better(&t[i]);
		x = &side[e];
		sum = sum_floats(l, t[i].actions);
		x->right += t[i].weight * (e ? sum > 0 : sum < 0);
		x->l += t[i].weight * sum;
		x->u += t[i].weight * bounded_exp(e ? -sum : sum);
		p = sigmoid(sum);
		b = p >= 1 ? BINS - 1 : (size_t)(p * BINS);
		sure[b] += half[e] * t[i].weight * p;
		real[b] += half[e] * t[i].weight * e;
	}
	for (b = 0; b < BINS; b++)
		s->ece += fabs(sure[b] - real[b]);
	for (b = 0; b < 2; b++) /* an empty side has zeros */
		side[b].weight = side[b].weight > 0 ? side[b].weight : 1;
	s->acc_expert = side[1].right / side[1].weight;
	s->acc_policy = side[0].right / side[0].weight;
	s->l_expert = side[1].l / side[1].weight;
	s->l_policy = side[0].l / side[0].weight;
	s->iu_expert = side[1].u / side[1].weight;
	s->u_policy = side[0].u / side[0].weight;
}

int
discriminator_measure(const struct discriminator *d, const struct traj *t,
    size_t n, const float *s, const float *l, struct discriminator_stats *st)
{
	double *sum = totals(t, n, s);
	struct contrast x;
	int rc = contrast_loss(&d->loss, t, n, sum, NULL, &x);

	free(sum);
	*st = (struct discriminator_stats){ .loss = x.loss };
	measure_sides(t, n, l, st);
	if (x.compared > 0)
		st->acc_expert = st->acc_policy = x.right;
	return rc;
}

void
discriminator_write(const struct discriminator *d, struct traj *t,
    const float *l)
{
	float sum = (float)sum_floats(l, t->actions);

	if (d->level == SCORE_TRAJECTORY)
		msg_set_f32(&t->rec, "score", &sum, 1);
	else
		msg_set_f32(&t->rec, "score", l, t->actions);
}
