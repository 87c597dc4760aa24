/* SPDX-License-Identifier: MIT */
#include "nn/adapter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nn/family.h"
#include "tensor/gemm.h"
#include "tensor/rows.h"

static const char weight[] = ".weight";

/* Matrices of layers can have adapters; embeddings and heads cannot. */
static bool
adaptable(const struct params *p, const struct tensor *t)
{
	return t->dims == 2 && t->field != &p->embed &&
	    t->field != &p->position && t->field != &p->head &&
	    t->field != &p->score;
}

/* The length of "a.b.q_proj", the module of "a.b.q_proj.weight". */
static size_t
module_length(const struct tensor *t)
{
	return strlen(t->name) - strlen(weight);
}

/* Whether the module is the target, or its name ends with ".TARGET". */
static bool
is_target(const struct tensor *t, const char *target)
{
	size_t n = module_length(t), m = strlen(target);

	if (m > n || m == 0 || memcmp(t->name + n - m, target, m) != 0)
		return false;
	return m == n || t->name[n - m - 1] == '.';
}

static bool
is_adapted(const struct adapter *a, const struct params *p,
    const struct tensor *t)
{
	size_t i;

	for (i = 0; adaptable(p, t) && i < a->targets; i++)
		if (is_target(t, a->target[i]))
			return true;
	return false;
}

void
adapter_init(struct adapter *a, size_t rank, double alpha,
    const struct params *p)
{
	const struct tensor *t;
	size_t i, n, last;

	*a = (struct adapter){ .rank = rank,
		.alpha = alpha,
		.scale = alpha / (double)rank };
	a->target = mem_alloc(p->tensors, sizeof(char *));
	for (i = 0; i < p->tensors; i++) {
		t = &p->tensor[i];
		if (!adaptable(p, t) || is_adapted(a, p, t))
			continue;
		n = module_length(t);
		for (last = n; last > 0 && t->name[last - 1] != '.';)
			last--;
		a->target[a->targets++] = mem_dup(t->name + last, n - last);
	}
}

void
adapter_release(struct adapter *a)
{
	size_t i;

	for (i = 0; i < a->targets; i++)
		free(a->target[i]);
	free(a->target);
	free(a->base);
	free(a->of);
	params_release(&a->table);
	*a = (struct adapter){ 0 };
}

/* A target that names no matrix may be a misspelling: refuse it. */
static int
check_targets(const struct adapter *a, const struct params *p,
    const struct config *c)
{
	size_t i, k;

	for (i = 0; i < a->targets; i++) {
		for (k = 0; k < p->tensors; k++)
			if (adaptable(p, &p->tensor[k]) &&
			    is_target(&p->tensor[k], a->target[i]))
				break;
		if (k == p->tensors)
			return fail("key \"target_modules\": %s is no matrix "
				    "in the layers of a %s policy",
			    a->target[i], family_names[c->family]);
	}
	return 0;
}

/* PEFT's name: begins at the class of the language model. */
static char *
tensor_name(const struct tensor *t, const struct config *c, const char *end)
{
	const char *prefix = family_row(c->family)->prefixes[0];
	struct buf b = { 0 };

	buf_adds(&b, "base_model.model.");
	if (strncmp(t->name, prefix, strlen(prefix)) != 0)
		buf_adds(&b, prefix);
	buf_add(&b, t->name, module_length(t));
	buf_adds(&b, end);
	return buf_text(&b);
}

static struct tensor
matrix(char *name, size_t rows, size_t cols)
{
	return (struct tensor){ .name = name,
		.rows = rows,
		.cols = cols,
		.dims = 2,
		.n = rows * cols,
		.kind = TENSOR_WEIGHT };
}

int
adapter_bind(struct adapter *a, const struct params *p, const struct config *c)
{
	struct tensor *list;
	size_t i, n = 0, in, out;

	a->transposed = c->transposed;
	if (check_targets(a, p, c) != 0)
		return -1;
	a->of = mem_alloc(p->tensors, sizeof *a->of);
	list = mem_alloc(2 * p->tensors, sizeof *list);
	for (i = 0; i < p->tensors; i++) {
		const struct tensor *t = &p->tensor[i];

		if (!is_adapted(a, p, t))
			continue;
		in = c->transposed ? t->rows : t->cols;
		out = c->transposed ? t->cols : t->rows;
		a->of[n / 2] = i;
		list[n++] =
		    matrix(tensor_name(t, c, ".lora_A.weight"), a->rank, in);
		list[n++] =
		    matrix(tensor_name(t, c, ".lora_B.weight"), out, a->rank);
	}
	params_list(&a->table, list, n);
	return 0;
}

void
adapter_random(struct adapter *a, uint64_t seed)
{
	size_t i, k;

	params_zero(&a->table);
	for (i = 0; i < a->table.tensors; i += 2) {
		struct tensor *t = &a->table.tensor[i];
		const double bound = 1 / sqrt((double)t->cols);
		struct rng rng = rng_at(seed, 0, 0, t->name, 0);

		for (k = 0; k < t->n; k++)
			t->p[k] = (float)(bound * (2 * rng_unit(&rng) - 1));
	}
}

/* W[out, in] = W0 + s B @ A; transposed W[in, out] = W0 + s A^T @ B^T. */
static void
apply_one(const struct adapter *a, struct tensor *w, const struct tensor *base,
    const struct tensor *A, const struct tensor *B)
{
	const struct gemm plain = { .m = w->rows,
		.n = w->cols,
		.k = a->rank,
		.alpha = (float)a->scale,
		.beta = 1 };
	struct gemm transposed = plain;

	transposed.ta = transposed.tb = true;
	rows_copy(w->p, base->p, NULL, w->rows, w->cols);
	if (a->transposed)
		gemm(w->p, A->p, B->p, &transposed);
	else
		gemm(w->p, B->p, A->p, &plain);
}

void
adapter_apply(const struct adapter *a, struct params *w,
    const struct params *base, const struct params *ab)
{
	size_t i;

	for (i = 0; i < ab->tensors; i += 2)
		apply_one(a, &w->tensor[a->of[i / 2]],
		    &base->tensor[a->of[i / 2]], &ab->tensor[i],
		    &ab->tensor[i + 1]);
	params_changed(w);
}

void
adapter_alloc(const struct adapter *a, struct params *p)
{
	size_t i, n = 0;
	float *at;

	for (i = 0; i < a->table.tensors / 2; i++)
		n += p->tensor[a->of[i]].n;
	p->block = at = mem_block(n);
	for (i = 0; i < a->table.tensors / 2; i++) {
		params_point(p, a->of[i], at);
		at += p->tensor[a->of[i]].n;
	}
}

/* dw is stored as w; a transposed one is read as its transpose. */
static void
gradient_one(const struct adapter *a, const struct tensor *dw,
    const struct tensor *A, const struct tensor *B, float *dA, float *dB)
{
	const struct gemm da = { .m = a->rank,
		.n = A->cols,
		.k = B->rows,
		.ta = true,
		.tb = a->transposed,
		.alpha = (float)a->scale };
	const struct gemm db = { .m = B->rows,
		.n = a->rank,
		.k = A->cols,
		.ta = a->transposed,
		.tb = true,
		.alpha = (float)a->scale };

	gemm(dA, B->p, dw->p, &da);
	gemm(dB, dw->p, A->p, &db);
}

void
adapter_gradient(const struct adapter *a, struct params *d,
    const struct params *dw, const struct params *ab)
{
	size_t i;

	for (i = 0; i < ab->tensors; i += 2)
		gradient_one(a, &dw->tensor[a->of[i / 2]], &ab->tensor[i],
		    &ab->tensor[i + 1], d->tensor[i].p, d->tensor[i + 1].p);
}
