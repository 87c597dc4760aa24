/* SPDX-License-Identifier: MIT */
#include "learn/discriminator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "learn/logistic.h"

enum { BINS = 10, EXPONENT_MAX = 700 };

void
discriminator_init(struct discriminator *d, const struct ckpt *ckpt,
    const struct ckpt *policy, size_t micro)
{
	*d = (struct discriminator){ .ckpt = ckpt, .weights = &ckpt->params,
		.policy = policy };
	d->work = likelihood_new(&ckpt->config, micro);
	if (policy != NULL)
		d->policy_work = likelihood_new(&policy->config, micro);
}

void
discriminator_release(struct discriminator *d)
{
	likelihood_free(d->work);
	likelihood_free(d->policy_work);
}

/* What a rollout brings is the law that sampled it; a demonstration's own logp is the expert's. */
static bool
brings_logpi(const struct discriminator *d, const struct traj *t)
{
	return !d->implicit && t->role != ROLE_EXPERT && t->logps == t->actions;
}

int
discriminator_logpi(struct discriminator *d, const struct traj *t, size_t n,
    float *logpi)
{
	size_t i, k;

	memset(logpi, 0, likelihood_actions(t, n) * sizeof *logpi);
	if (d->ckpt->config.scored)
		return 0;
	for (i = 0, k = 0; i < n; k += t[i].actions, i++) {
		if (brings_logpi(d, &t[i])) {
			memcpy(logpi + k, t[i].logp,
			    t[i].actions * sizeof *logpi);
			continue;
		}
		if (d->policy == NULL)
			return fail("record %zu (\"%s\"): no log-probability "
			    "under the policy: name it with -p POLICY",
			    i + 1, t[i].id);
	}
	/* The missing ones in runs, so that packs are full. */
	for (i = 0, k = 0; i < n;) {
		size_t j = i, A;

		while (j < n && !brings_logpi(d, &t[j]))
			j++;
		A = likelihood_actions(t + i, j - i);
		if (j > i && likelihood_logp(d->policy_work,
		    &d->policy->params, t + i, j - i, logpi + k, NULL) != 0)
			return -1;
		k += A;
		for (i = j; i < n && brings_logpi(d, &t[i]); i++)
			k += t[i].actions;
	}
	return 0;
}

int
discriminator_score(struct discriminator *d, const struct traj *t, size_t n,
    const float *logpi, float *l)
{
	size_t A = likelihood_actions(t, n), i, k;

	if (!d->ckpt->config.scored) {
		if (likelihood_logp(d->work, d->weights, t, n, l, NULL) != 0)
			return -1;
		for (k = 0; k < A; k++)
			l[k] -= logpi[k];
		return 0;
	}
	if (likelihood_scores(d->work, d->weights, t, n, l) != 0)
		return -1;
	for (i = 0, k = 0; d->whole && i < n; k += t[i].actions, i++)
		if (t[i].actions > 0)
			memset(l + k, 0, (t[i].actions - 1) * sizeof *l);
	return 0;
}

static bool
is_expert(const struct traj *t)
{
	return t->role == ROLE_EXPERT || t->role == ROLE_CHOSEN;
}

static double
total(const float *l, size_t n)
{
	double sum = 0;
	size_t j;

	for (j = 0; j < n; j++)
		sum += (double)l[j];
	return sum;
}

/* dL/dl of each trajectory: the two sides are averaged apart. */
static void
slopes_apart(const struct discriminator *d, const struct traj *t, size_t n,
    const double *l, double *slope)
{
	double weight[2] = { 0, 0 };
	size_t i;

	for (i = 0; i < n; i++)
		weight[is_expert(&t[i])] += t[i].weight;
	for (i = 0; i < n; i++) {
		(void)loss_value(&d->loss, is_expert(&t[i]), l[i], &slope[i]);
		slope[i] *= t[i].weight / weight[is_expert(&t[i])];
	}
}

/*
 * Each pair of a chosen and a rejected one of a group has its loss; sums
 * over pairs of it, and of those in order, and their number.  slope may be
 * NULL.
 */
struct pairs {
	double n, loss, right;
};

static struct pairs
walk_pairs(const struct discriminator *d, const struct traj *t, size_t n,
    const double *l, double *slope)
{
	struct pairs p = { 0 };
	size_t i, j;
	double g;

	for (i = 0; i < n; i++)
		for (j = 0; j < n && is_expert(&t[i]); j++) {
			if (is_expert(&t[j]) ||
			    strcmp(t[i].group, t[j].group) != 0)
				continue;
			p.loss += loss_value(&d->loss, true, l[i] - l[j], &g);
			p.right += l[i] > l[j];
			p.n++;
			if (slope == NULL)
				continue;
			slope[i] += g;
			slope[j] -= g;
		}
	return p;
}

/* Of the mean over pairs. */
static int
slopes_of_pairs(const struct discriminator *d, const struct traj *t, size_t n,
    const double *l, double *slope)
{
	const struct pairs p = walk_pairs(d, t, n, l, slope);
	size_t i;

	if (!(p.n > 0))
		return fail("no group has both a chosen and a rejected "
		    "trajectory");
	for (i = 0; i < n; i++)
		slope[i] /= p.n;
	return 0;
}

int
discriminator_gradient(struct discriminator *d, const struct traj *t, size_t n,
    const float *l, struct params *grad)
{
	size_t A = likelihood_actions(t, n), i, j, k;
	double *sum = mem_alloc(n, sizeof *sum);
	double *slope = mem_alloc(n, sizeof *slope);
	float *coef = mem_floats(A);
	bool head = d->ckpt->config.scored;
	int rc = 0;

	for (i = 0, k = 0; i < n; k += t[i].actions, i++)
		sum[i] = total(l + k, t[i].actions);
	if (loss_pairs(&d->loss))
		rc = slopes_of_pairs(d, t, n, sum, slope);
	else
		slopes_apart(d, t, n, sum, slope);
	/* likelihood_gradient differentiates -coef * logp. */
	for (i = 0, k = 0; i < n; i++)
		for (j = 0; j < t[i].actions; j++, k++)
			coef[k] = head && d->whole && j + 1 < t[i].actions ?
			    0 : (float)(head ? slope[i] : -slope[i]);
	if (rc == 0)
		rc = head ? likelihood_scores_gradient(d->work, d->weights, t,
				n, coef, grad) :
		    likelihood_gradient(d->work, d->weights, t, n, coef, NULL,
			grad);
	free(sum);
	free(slope);
	free(coef);
	return rc;
}

static double
bounded_exp(double x)
{
	return exp(fmin(x, EXPONENT_MAX));
}

/* Where l is known of pairs alone, so are loss and accuracy. */
static void
measure_pairs(const struct discriminator *d, const struct traj *t, size_t n,
    const float *l, struct discriminator_stats *s)
{
	double *sum = mem_alloc(n, sizeof *sum);
	struct pairs p;
	size_t i;

	for (i = 0; i < n; l += t[i].actions, i++)
		sum[i] = total(l, t[i].actions);
	p = walk_pairs(d, t, n, sum, NULL);
	free(sum);
	s->loss = p.n > 0 ? p.loss / p.n : 0;
	s->acc_expert = s->acc_policy = p.n > 0 ? p.right / p.n : 0;
}

/* Sums over one side, and the bins of sigmoid(l). */
struct side {
	double weight, loss, right, l, u;
};

void
discriminator_measure(const struct discriminator *d, const struct traj *t,
    size_t n, const float *l, struct discriminator_stats *s)
{
	const float *first = l;
	struct side side[2], *x;
	double sure[BINS] = { 0 }, real[BINS] = { 0 };
	double sum, p, slope, half[2];
	size_t i, b;
	bool e;

	memset(side, 0, sizeof side);
	for (i = 0; i < n; i++)
		side[is_expert(&t[i])].weight += t[i].weight;
	for (b = 0; b < 2; b++)
		half[b] = side[b].weight > 0 ? 0.5 / side[b].weight : 0;
	for (i = 0; i < n; l += t[i].actions, i++) {
		e = is_expert(&t[i]);
		x = &side[e];
		sum = total(l, t[i].actions);
		x->loss += t[i].weight * loss_value(&d->loss, e, sum, &slope);
		x->right += t[i].weight * (e ? sum > 0 : sum < 0);
		x->l += t[i].weight * sum;
		x->u += t[i].weight * bounded_exp(e ? -sum : sum);
		p = sigmoid(sum);
		b = p >= 1 ? BINS - 1 : (size_t)(p * BINS);
		sure[b] += half[e] * t[i].weight * p;
		real[b] += half[e] * t[i].weight * e;
	}
	*s = (struct discriminator_stats){ 0 };
	for (b = 0; b < BINS; b++)
		s->ece += fabs(sure[b] - real[b]);
	if (side[1].weight > 0) {
		s->acc_expert = side[1].right / side[1].weight;
		s->l_expert = side[1].l / side[1].weight;
		s->iu_expert = side[1].u / side[1].weight;
		s->loss += side[1].loss / side[1].weight;
	}
	if (side[0].weight > 0) {
		s->acc_policy = side[0].right / side[0].weight;
		s->l_policy = side[0].l / side[0].weight;
		s->u_policy = side[0].u / side[0].weight;
		s->loss += side[0].loss / side[0].weight;
	}
	if (loss_pairs(&d->loss))
		measure_pairs(d, t, n, first, s);
}

void
discriminator_tell(struct msg *header, const struct discriminator_stats *s)
{
	traj_stat(header, "discrim.loss", s->loss);
	traj_stat(header, "discrim.acc_expert", s->acc_expert);
	traj_stat(header, "discrim.acc_policy", s->acc_policy);
	traj_stat(header, "discrim.l_expert", s->l_expert);
	traj_stat(header, "discrim.l_policy", s->l_policy);
	traj_stat(header, "discrim.u_policy", s->u_policy);
	traj_stat(header, "discrim.iu_expert", s->iu_expert);
	traj_stat(header, "discrim.ece", s->ece);
}

void
discriminator_write(const struct discriminator *d, struct traj *t,
    const float *l)
{
	float sum = (float)total(l, t->actions);

	if (d->whole)
		msg_set_f32(&t->rec, "score", &sum, 1);
	else
		msg_set_f32(&t->rec, "score", l, t->actions);
}
