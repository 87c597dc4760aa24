/* SPDX-License-Identifier: MIT */
#include "divergence/estimate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"

void
estimate_add(struct estimate *e, const struct traj *t)
{
	size_t cap = e->cap, same = e->cap;

	e->l = mem_grow(e->l, &cap, e->n + 1, sizeof *e->l);
	e->weight = mem_grow(e->weight, &same, e->n + 1, sizeof *e->weight);
	e->expert = mem_grow(e->expert, &e->experts_cap, e->n + 1, 1);
	e->cap = cap;
	e->l[e->n] = sum_floats(t->score, t->scores);
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

/* What sample i adds to the divergence, per unit of weight. */
static double
summand(const struct estimate *e, const struct divergence *d, size_t i)
{
	double mix = e->policy;

	if (e->demos > 0) /* nothing times e^l, which may overflow */
		mix += e->demos * exp(e->l[i]);
	return divergence_f(d, e->l[i]) / mix;
}

double
estimate_divergence(const struct estimate *e, const struct divergence *d)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < e->n; i++)
		sum += e->weight[i] * summand(e, d, i);
	return sum;
}

double
estimate_error(const struct estimate *e, const struct divergence *d)
{
	double mean[2] = { 0, 0 }, sum = 0, x;
	size_t n[2] = { 0, 0 }, i;

	for (i = 0; i < e->n; i++) {
		n[e->expert[i]]++;
		mean[e->expert[i]] += e->weight[i] * summand(e, d, i) /
		    (e->expert[i] ? e->demos : e->policy);
	}
	for (i = 0; i < e->n; i++) {
		x = e->weight[i] * (summand(e, d, i) - mean[e->expert[i]]);
		sum += x * x;
	}
	return e->n > 0 && n[0] != 1 && n[1] != 1 ? sqrt(sum) : (double)NAN;
}

struct scored {
	double l, weight;
	bool expert;
};

static int
by_l(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;

	return (x->l > y->l) - (x->l < y->l);
}

double
estimate_auc(const struct estimate *e)
{
	struct scored *s = mem_alloc(e->n, sizeof *s);
	double below = 0, won = 0, tied[2];
	size_t i, j;

	for (i = 0; i < e->n; i++)
		s[i] = (struct scored){ e->l[i], e->weight[i], e->expert[i] };
	qsort(s, e->n, sizeof *s, by_l);
	for (i = 0; i < e->n; i = j) {
		tied[0] = tied[1] = 0;
		for (j = i; j < e->n && s[j].l <= s[i].l; j++)
			tied[s[j].expert] += s[j].weight;
		won += tied[1] * (below + tied[0] / 2);
		below += tied[0];
	}
	free(s);
	return e->policy > 0 && e->demos > 0 ? won / (e->policy * e->demos) :
					       (double)NAN;
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
