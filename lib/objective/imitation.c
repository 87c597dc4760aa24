/* SPDX-License-Identifier: MIT */
/*
 * The loss of iq at action t is L_t = lse_t - z_t + lambda r_t^2, with
 * r_t = z_t - gamma lse_t+1, where z_t is short for z_t[a_t].  Hence
 *
 *   dL/dz_t    = -1 + 2 lambda r_t
 *   dL/dlse_t  =  1 - 2 lambda gamma r_t-1    (without the last term at t = 0)
 *
 * The state after the last action of a span is the one before the first
 * action of the next span: tokens in between are the environment's step.
 */
#include "objective/imitation.h"

#include <stdlib.h>

#include "base/mem.h"
#include "objective/coefficients.h"

/* Check that all are demonstrations; their actions are the units. */
static int
begin(struct objective_segment *x)
{
	const struct traj_segment *s = x->segment;
	size_t i;

	for (i = 0; i < s->n; i++)
		x->head->units += s->t[i].weight * (double)s->t[i].actions;
	return objective_check(x);
}

int
imitation_sft(struct objective_segment *x)
{
	float *coef = x->coef;
	size_t i, j;

	if (begin(x) != 0)
		return -1;
	for (i = 0; i < x->segment->n; i++)
		for (j = 0; j < x->segment->t[i].actions; j++)
			*coef++ = (float)x->segment->t[i].weight;
	return 0;
}

int
imitation_onehot(struct objective_segment *x)
{
	return begin(x);
}

int
imitation_prefix(struct objective_segment *x)
{
	float *coef = x->coef;
	size_t i, j, K;

	if (begin(x) != 0)
		return -1;
	for (i = 0; i < x->segment->n; i++)
		for (K = x->segment->t[i].actions, j = 0; j < K; j++)
			*coef++ = (float)(x->segment->t[i].weight *
			    (double)(K - j) / (double)K);
	return 0;
}

/* Coefficients of one trajectory; adds r to *reward, returns sum of r^2. */
static double
iq_coefficients(const struct objective_segment *x, size_t A, double weight,
    const float *z, const float *lse, float *coef, float *dlse, double *reward)
{
	const double lambda = x->objective.a,
		     gamma = x->settings->credit.future;
	double r = 0, before, squares = 0;
	size_t j;

	for (j = 0; j < A; j++) {
		before = r;
		r = (double)z[j] - (j + 1 < A ? gamma * (double)lse[j + 1] : 0);
		coef[j] = (float)(weight * (1 - 2 * lambda * r));
		dlse[j] = (float)(weight * (1 - 2 * lambda * gamma * before));
		*reward += r;
		squares += r * r;
	}
	return squares;
}

int
imitation_iq(struct objective_segment *x)
{
	const struct traj_segment *s = x->segment;
	const size_t N = likelihood_actions(s->t, s->n);
	double penalty = 0, reward = 0, sum;
	float *z = mem_floats(N), *lse = mem_floats(N);
	size_t i, k = 0;
	int rc = begin(x);

	x->lse = mem_floats(N);
	if (rc == 0)
		rc = likelihood_logits(x->likelihood, &x->policy->params, s->t,
		    s->n, z, lse);
	for (i = 0; i < s->n && rc == 0; k += s->t[i++].actions) {
		sum = 0;
		penalty += s->t[i].weight * x->objective.a *
		    iq_coefficients(x, s->t[i].actions, s->t[i].weight, z + k,
			lse + k, x->coef + k, x->lse + k, &sum);
		reward += s->t[i].weight * sum;
	}
	traj_stat(&x->head->header, "divgrad.reward", reward);
	traj_stat(&x->head->header, "divgrad.penalty", penalty);
	free(z);
	free(lse);
	return rc;
}
