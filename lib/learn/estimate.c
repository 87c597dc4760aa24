/* SPDX-License-Identifier: MIT */
#include "learn/estimate.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

void
estimate_add(struct estimate *e, const struct traj *t)
{
	size_t cap = e->cap, same = e->cap, j;
	double l = 0;

	for (j = 0; j < t->scores; j++)
		l += (double)t->score[j];
	e->l = mem_grow(e->l, &cap, e->n + 1, sizeof *e->l);
	e->weight = mem_grow(e->weight, &same, e->n + 1, sizeof *e->weight);
	e->expert = mem_grow(e->expert, &e->experts_cap, e->n + 1, 1);
	e->cap = cap;
	e->l[e->n] = l;
	e->weight[e->n] = t->weight;
	e->expert[e->n] = t->role == ROLE_EXPERT;
	*(t->role == ROLE_EXPERT ? &e->demos : &e->policy) += t->weight;
	e->n++;
}

void
estimate_release(struct estimate *e)
{
	free(e->l);
	free(e->weight);
	free(e->expert);
	*e = (struct estimate){ 0 };
}

double
estimate_divergence(const struct estimate *e, const struct divergence *d)
{
	double sum = 0, mix;
	size_t i;

	for (i = 0; i < e->n; i++) {
		mix = e->policy;
		if (e->demos > 0) /* nothing times e^l, which may overflow */
			mix += e->demos * exp(e->l[i]);
		sum += e->weight[i] * divergence_f(d, e->l[i]) / mix;
	}
	return sum;
}

double
estimate_calibration(const struct estimate *e)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < e->n; i++)
		if (!e->expert[i])
			sum += e->weight[i] * exp(e->l[i]);
	return e->policy > 0 ? sum / e->policy : (double)NAN;
}

double
estimate_ess(const struct estimate *e)
{
	double sum = 0, squares = 0, x;
	size_t i;

	for (i = 0; i < e->n; i++)
		if (!e->expert[i]) {
			x = e->weight[i] * exp(e->l[i]);
			sum += x;
			squares += x * x;
		}
	return squares > 0 ? sum * sum / squares : (double)NAN;
}
