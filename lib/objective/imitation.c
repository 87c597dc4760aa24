/* SPDX-License-Identifier: MIT */
/*
 * The loss of iq at action t is L_t = lse_t - z_t + lambda r_t^2, with
 * r_t = z_t - gamma lse_{t+1}, z_t short for z_t[a_t].  Hence
 *
 *   dL/dz_t    = -1 + 2 lambda r_t
 *   dL/dlse_t  =  1 - 2 lambda gamma r_{t-1}
 *
 * the last for t > 0.  The next state of the last action of a span is the
 * one before the first action of the next span: what others say in between
 * is the environment's step.
 */
#include "objective/imitation.h"

#include <stdlib.h>

#include "base/mem.h"
#include "objective/objective.h"

/* Only demonstrations; their actions are the units. */
static int
begin(struct objective_work *w)
{
	const struct traj *t;
	size_t i;

	for (i = 0; i < w->s->n; i++) {
		t = &w->s->t[i];
		if (t->role != ROLE_EXPERT)
			return traj_fail(t,
			    "role %s, but -d %s takes demonstrations, role "
			    "expert",
			    t->role == ROLE_NONE ? "none" :
						   traj_role_name(t->role),
			    w->o->objective.name);
		w->h->units += t->weight * (double)t->actions;
	}
	return 0;
}

int
imitation_sft(struct objective_work *w)
{
	float *coef = w->coef;
	size_t i, j;

	if (begin(w) != 0)
		return -1;
	for (i = 0; i < w->s->n; i++)
		for (j = 0; j < w->s->t[i].actions; j++)
			*coef++ = (float)w->s->t[i].weight;
	return 0;
}

int
imitation_prefix(struct objective_work *w)
{
	float *coef = w->coef;
	size_t i, j, K;

	if (begin(w) != 0)
		return -1;
	for (i = 0; i < w->s->n; i++)
		for (K = w->s->t[i].actions, j = 0; j < K; j++)
			*coef++ = (float)(w->s->t[i].weight * (double)(K - j) /
			    (double)K);
	return 0;
}

/* Coefficients of one trajectory; *reward += r, returns the sum of r^2. */
static double
iq_coefficients(const struct objective_work *w, size_t A, double weight,
    const float *z, const float *lse, float *coef, float *dlse, double *reward)
{
	const double lambda = w->now.a, gamma = w->o->credit.future;
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
imitation_iq(struct objective_work *w)
{
	const struct traj_segment *s = w->s;
	const size_t N = likelihood_actions(s->t, s->n);
	double penalty = 0, reward = 0, sum;
	float *z = mem_floats(N), *lse = mem_floats(N);
	size_t i, k = 0;
	int rc = begin(w);

	w->lse = mem_floats(N);
	if (rc == 0)
		rc = likelihood_logits(w->likelihood, &w->policy->params, s->t,
		    s->n, z, lse);
	for (i = 0; i < s->n && rc == 0; k += s->t[i++].actions) {
		sum = 0;
		penalty += s->t[i].weight * w->now.a *
		    iq_coefficients(w, s->t[i].actions, s->t[i].weight, z + k,
			lse + k, w->coef + k, w->lse + k, &sum);
		reward += s->t[i].weight * sum;
	}
	traj_stat(&w->h->header, "divgrad.reward", reward);
	traj_stat(&w->h->header, "divgrad.penalty", penalty);
	free(z);
	free(lse);
	return rc;
}
