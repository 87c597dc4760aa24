/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic mean is taken of log-probabilities, one model after the other,
 * which does not lose a token that all models find unlikely.
 */
#include "likelihood/teachers.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "tensor/softmax.h"
#include "tensor/vector.h"

const char *const teachers_mixes[] = {
	[MIX_ARITHMETIC] = "arithmetic",
	[MIX_GEOMETRIC] = "geometric",
	NULL,
};

struct teachers {
	struct frozen *model[TEXTS_MOST];
	size_t n, V;
	enum teachers_mix mix;
	float T;
	float *mean, *one; /* [rows V] of the block; of the model at hand */
	size_t mean_cap, one_cap;
};

struct teachers *
teachers_open(const struct teachers_settings *how, const struct ckpt *policy)
{
	struct teachers *t = mem_alloc(1, sizeof *t);
	size_t k;

	t->V = policy->config.V;
	t->mix = how->mix;
	t->T = (float)how->temperature;
	for (k = 0; k < how->dirs.n; k++, t->n++) {
		t->model[k] =
		    frozen_open(how->dirs.text[k], policy, !how->unread);
		if (t->model[k] == NULL) {
			teachers_close(t);
			return NULL;
		}
	}
	return t;
}

void
teachers_close(struct teachers *t)
{
	size_t k;

	if (t == NULL)
		return;
	for (k = 0; k < t->n; k++)
		frozen_close(t->model[k]);
	free(t->mean);
	free(t->one);
	free(t);
}

size_t
teachers_count(const struct teachers *t)
{
	return t->n;
}

const struct ckpt *
teachers_ckpt(const struct teachers *t, size_t k)
{
	return frozen_ckpt(t->model[k]);
}

int
teachers_pack(struct teachers *t, const struct pack *p)
{
	size_t k;

	for (k = 0; k < t->n; k++)
		if (frozen_pack(t->model[k], p) != 0)
			return -1;
	return 0;
}

/* mean := log(e^mean + e^(y - lse)) */
VECTOR_CLONES static void
add_probabilities(float *restrict mean, const float *restrict y, size_t V,
    double lse)
{
	size_t v;

	for (v = 0; v < V; v++)
		mean[v] = (float)logaddexp((double)mean[v], (double)y[v] - lse);
}

VECTOR_CLONES static void
add_logits(float *restrict mean, const float *restrict y, size_t V)
{
	size_t v;

	for (v = 0; v < V; v++)
		mean[v] += y[v];
}

VECTOR_CLONES static void
shift(float *x, size_t V, double lse)
{
	size_t v;

	for (v = 0; v < V; v++)
		x[v] = (float)((double)x[v] - lse);
}

/* The first model's logits are in mean, and become log-probabilities at T. */
static void
begin_row(size_t i, void *arg)
{
	const struct teachers *t = arg;
	float *mean = t->mean + i * t->V;

	row_scale(mean, t->V, 1 / t->T);
	shift(mean, t->V, logsumexp(mean, t->V));
}

static void
add_row(size_t i, void *arg)
{
	const struct teachers *t = arg;
	float *mean = t->mean + i * t->V, *y = t->one + i * t->V;

	if (t->mix == MIX_GEOMETRIC) {
		add_logits(mean, y, t->V);
		return;
	}
	row_scale(y, t->V, 1 / t->T);
	add_probabilities(mean, y, t->V, logsumexp(y, t->V));
}

static void
end_row(size_t i, void *arg)
{
	const struct teachers *t = arg;

	row_scale(t->mean + i * t->V, t->V,
	    t->mix == MIX_GEOMETRIC ? 1 / (float)t->n : t->T);
}

void
teachers_block(struct teachers *t, size_t first, size_t n)
{
	const size_t size = n * t->V;
	size_t k;

	t->mean = mem_grow(t->mean, &t->mean_cap, size, sizeof *t->mean);
	frozen_logits(t->model[0], first, n, t->mean);
	if (t->n == 1)
		return;
	t->one = mem_grow(t->one, &t->one_cap, size, sizeof *t->one);
	if (t->mix == MIX_ARITHMETIC)
		par_for(n, begin_row, t);
	for (k = 1; k < t->n; k++) {
		frozen_logits(t->model[k], first, n, t->one);
		par_for(n, add_row, t);
	}
	par_for(n, end_row, t);
}

float *
teachers_row(const struct teachers *t, size_t i)
{
	return t->mean + i * t->V;
}
