/* SPDX-License-Identifier: MIT */
/*
 * One pass over memory: weight, gradient and moments of an element are read
 * once and written once, since memory traffic takes the time.  With g the
 * gradient, already scaled, and t counting from 1:
 *
 *	AdamW	w -= lr decay w
 *		m  = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
 *		w -= lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
 *	Lion	w -= lr decay w
 *		w -= lr sign(b1 m + (1 - b1) g),  m = b2 m + (1 - b2) g
 *	SGD	w -= lr decay w,  w -= lr g
 *
 * The factors are computed in double and rounded once.  A zero gradient on zero
 * moments subtracts an exact zero, so such weights keep their bits.
 */
#include "optim/adamw.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/par.h"
#include "optim/chunks.h"
#include "tensor/vector.h"

const char *const optimizer_names[] = { "adamw", "sgd", "lion", NULL };
const char *const schedule_names[] = { "constant", "cosine", "linear", NULL };

struct factors {
	float keep;           /* of the weight: 1 - lr decay */
	float scale;          /* of the gradient */
	float b1, c1, b2, c2; /* betas, 1 - betas */
	float rate, root;     /* lr / (1 - b1^t), 1 / sqrt(1 - b2^t) */
	float lr, eps;
};

VECTOR_CLONES static void
adamw(const struct factors *f, float *restrict w, const float *restrict d,
    float *restrict m, float *restrict v, size_t n)
{
	const float keep = f->keep, scale = f->scale, b1 = f->b1, c1 = f->c1;
	const float b2 = f->b2, c2 = f->c2, rate = f->rate, root = f->root;
	const float eps = f->eps;
	float g;
	size_t i;

	for (i = 0; i < n; i++) {
		g = scale * d[i];
		m[i] = b1 * m[i] + c1 * g;
		v[i] = b2 * v[i] + c2 * g * g;
		w[i] = keep * w[i] - rate * m[i] / (sqrtf(v[i]) * root + eps);
	}
}

VECTOR_CLONES static void
sgd(const struct factors *f, float *restrict w, const float *restrict d,
    float *restrict m, float *restrict v, size_t n)
{
	const float keep = f->keep, rate = f->lr * f->scale;
	size_t i;

	(void)m, (void)v;
	for (i = 0; i < n; i++)
		w[i] = keep * w[i] - rate * d[i];
}

VECTOR_CLONES static void
lion(const struct factors *f, float *restrict w, const float *restrict d,
    float *restrict m, float *restrict v, size_t n)
{
	const float keep = f->keep, scale = f->scale, b1 = f->b1, c1 = f->c1;
	const float b2 = f->b2, c2 = f->c2, lr = f->lr;
	float g, u;
	size_t i;

	(void)v;
	for (i = 0; i < n; i++) {
		g = scale * d[i];
		u = b1 * m[i] + c1 * g;
		m[i] = b2 * m[i] + c2 * g;
		u = u > 0.0f ? lr : u < 0.0f ? -lr : 0.0f;
		w[i] = keep * w[i] - u;
	}
}

/* By enum optimizer. */
static const struct row {
	size_t moments;
	void (*step)(const struct factors *, float *, const float *, float *,
	    float *, size_t);
} rows[] = {
	[OPTIMIZER_ADAMW] = { 2, adamw },
	[OPTIMIZER_SGD] = { 0, sgd },
	[OPTIMIZER_LION] = { 1, lion },
};

size_t
optimizer_moments(enum optimizer o)
{
	return rows[o].moments;
}

static int
parse_beta(const char *text, double *value)
{
	if (num_f64(text, 0, 1, value) != 0)
		return -1;
	return *value < 1 ? 0 : fail("%s: not below 1", text);
}

int
update_parse_betas(const char *text, void *update)
{
	struct update *u = update;
	const char *comma = strchr(text, ',');
	char *first;
	int rc;

	if (comma == NULL)
		return fail("%s: expected two numbers, B1,B2", text);
	first = mem_dup(text, (size_t)(comma - text));
	rc = parse_beta(first, &u->beta1);
	free(first);
	return rc == 0 ? parse_beta(comma + 1, &u->beta2) : rc;
}

double
schedule_lr(enum schedule schedule, double lr, uint64_t t, uint64_t warmup,
    uint64_t steps, double floor)
{
	const double pi = 3.14159265358979323846;
	double x, fall = 1;

	if (t < warmup)
		return lr * ((double)t + 1) / (double)warmup;
	x = t < steps ? (double)(t - warmup) / (double)(steps - warmup) : 1;
	if (schedule == SCHEDULE_COSINE)
		fall = 0.5 * (1 + cos(pi * x));
	else if (schedule == SCHEDULE_LINEAR)
		fall = 1 - x;
	return lr * (floor + (1 - floor) * fall);
}

struct walk {
	const struct update *update;
	struct factors f;
	const struct chunk *chunk;
	struct params *w, *m, *v;
	const struct params *d;
	double *sum; /* of squares, of each chunk */
};

static void
apply_chunk(size_t i, void *arg)
{
	const struct walk *k = arg;
	const struct chunk *c = &k->chunk[i];
	struct factors f = k->f;

	if (k->w->tensor[c->tensor].dims != 2)
		f.keep = 1;
	rows[k->update->optimizer].step(&f, chunk_part(k->w, c),
	    chunk_part(k->d, c), chunk_part(k->m, c), chunk_part(k->v, c),
	    c->n);
}

static struct factors
factors_of(const struct update *u)
{
	const double t = (double)u->t + 1;

	return (struct factors){
		.keep = (float)(1 - u->lr * u->decay),
		.scale = (float)u->scale,
		.b1 = (float)u->beta1,
		.c1 = (float)(1 - u->beta1),
		.b2 = (float)u->beta2,
		.c2 = (float)(1 - u->beta2),
		.rate = (float)(u->lr / (1 - pow(u->beta1, t))),
		.root = (float)(1 / sqrt(1 - pow(u->beta2, t))),
		.lr = (float)u->lr,
		.eps = (float)u->eps,
	};
}

void
update_apply(const struct update *u, struct params *w, const struct params *d,
    struct params *m, struct params *v, const bool *touched)
{
	struct walk k = { .update = u,
		.f = factors_of(u),
		.w = w,
		.m = m,
		.v = v,
		.d = d };
	struct chunk *c;
	size_t n;

	assert(rows[u->optimizer].moments < 1 || m != NULL);
	assert(rows[u->optimizer].moments < 2 || v != NULL);
	c = chunks_cut(w, touched, &n);
	k.chunk = c;
	par_for(n, apply_chunk, &k);
	free(c);
	params_changed(w);
}

/* Eight sums at once, for the vector unit: the order is fixed. */
VECTOR_CLONES static double
sum_squares(const float *x, size_t n)
{
	enum { LANES = 8 };
	double s[LANES] = { 0 }, sum = 0;
	size_t i, j;

	for (i = 0; i + LANES <= n; i += LANES)
		for (j = 0; j < LANES; j++)
			s[j] += (double)x[i + j] * (double)x[i + j];
	for (; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	for (j = 0; j < LANES; j++)
		sum += s[j];
	return sum;
}

static void
norm_chunk(size_t i, void *arg)
{
	const struct walk *k = arg;

	k->sum[i] = sum_squares(chunk_part(k->d, &k->chunk[i]), k->chunk[i].n);
}

double
gradient_norm(const struct params *d, const bool *touched)
{
	struct walk k = { .d = d };
	struct chunk *c;
	double sum = 0;
	size_t i, n;

	c = chunks_cut(d, touched, &n);
	k.chunk = c;
	k.sum = mem_alloc(n, sizeof *k.sum);
	par_for(n, norm_chunk, &k);
	for (i = 0; i < n; i++)
		sum += k.sum[i];
	free(k.sum);
	free(c);
	return sqrt(sum);
}
