/* SPDX-License-Identifier: MIT */
#include "nn/adapter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nn/family.h"

/* Matrices of layers can have adapters; embeddings and heads cannot. */
static bool
adaptable(const struct params *p, const struct tensor *t)
{
	return t->dims == 2 && t->field != &p->embed &&
	    t->field != &p->position && t->field != &p->head &&
	    t->field != &p->score;
}

/* Whether the module is the target, or its name ends with ".TARGET". */
static bool
is_target(const struct tensor *t, const char *target)
{
	size_t n = adapter_module(t), m = strlen(target);

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

double
adapter_scale(double alpha, size_t rank, bool rslora)
{
	return alpha / (rslora ? sqrt((double)rank) : (double)rank);
}

/* The last name of each module that can have adapters, once. */
static void
target_all(struct adapter *a, const struct params *p)
{
	const struct tensor *t;
	size_t i, n, last;

	a->target = mem_alloc(p->tensors, sizeof(char *));
	for (i = 0; i < p->tensors; i++) {
		t = &p->tensor[i];
		if (!adaptable(p, t) || is_adapted(a, p, t))
			continue;
		n = adapter_module(t);
		for (last = n; last > 0 && t->name[last - 1] != '.';)
			last--;
		a->target[a->targets++] = mem_dup(t->name + last, n - last);
	}
}

static void
free_names(char **names, size_t n)
{
	while (n > 0)
		free(names[--n]);
	free(names);
}

static int
fail_target(const struct params *p, const char *name)
{
	struct adapter all = { 0 };
	struct buf b = { 0 };
	size_t i;

	target_all(&all, p);
	for (i = 0; i < all.targets; i++)
		buf_addf(&b, i > 0 ? ", %s" : "%s", all.target[i]);
	(void)fail("%s: no matrix in the layers has this name; their names "
		   "are %s",
	    name, buf_text(&b));
	buf_release(&b);
	free_names(all.target, all.targets);
	return -1;
}

/* A target that names no matrix may be a misspelling: refuse it. */
static bool
names_matrix(const struct params *p, const char *target)
{
	size_t k;

	for (k = 0; k < p->tensors; k++)
		if (adaptable(p, &p->tensor[k]) &&
		    is_target(&p->tensor[k], target))
			return true;
	return false;
}

int
adapter_init(struct adapter *a, const struct adapter_spec *spec,
    const struct params *p)
{
	const double alpha =
	    spec->alpha > 0 ? spec->alpha : 2 * (double)spec->rank;
	size_t i;

	*a = (struct adapter){ .rank = spec->rank,
		.alpha = alpha,
		.scale = adapter_scale(alpha, spec->rank, spec->rslora),
		.rslora = spec->rslora };
	if (spec->saved != NULL)
		a->saved = adapter_names(spec->saved, &a->saveds);
	if (spec->targets == NULL || strcmp(spec->targets, "all-linear") == 0) {
		target_all(a, p);
		return 0;
	}
	a->target = adapter_names(spec->targets, &a->targets);
	for (i = 0; i < a->targets; i++)
		if (!names_matrix(p, a->target[i]))
			return fail_target(p, a->target[i]);
	return 0;
}

void
adapter_release(struct adapter *a)
{
	free_names(a->target, a->targets);
	free_names(a->saved, a->saveds);
	free(a->base);
	free(a->of);
	params_release(&a->table);
	*a = (struct adapter){ 0 };
}

static int
check_targets(const struct adapter *a, const struct params *p,
    const struct config *c)
{
	size_t i;

	for (i = 0; i < p->tensors; i++)
		if (is_adapted(a, p, &p->tensor[i]) &&
		    adapter_saves(a, &p->tensor[i]))
			return fail("key \"modules_to_save\": %s has adapters",
			    p->tensor[i].name);
	for (i = 0; i < a->targets; i++)
		if (!names_matrix(p, a->target[i]))
			return fail("key \"target_modules\": %s is no matrix "
				    "in the layers of a %s policy",
			    a->target[i], family_names[c->family]);
	return 0;
}

/* PEFT's name: begins at the class of the model, whose head has no prefix. */
static char *
tensor_name(const struct params *p, const struct tensor *t,
    const struct config *c, const char *end)
{
	const char *prefix = family_row(c->family)->prefixes[0];
	const bool head = t->field == &p->head || t->field == &p->score;
	struct buf b = { 0 };

	buf_adds(&b, "base_model.model.");
	if (!head && strncmp(t->name, prefix, strlen(prefix)) != 0)
		buf_adds(&b, prefix);
	buf_add(&b, t->name, adapter_module(t));
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

/* The pair of a matrix. */
static void
put_pair(const struct adapter *a, const struct params *p,
    const struct tensor *t, const struct config *c, struct tensor *pair)
{
	const size_t in = c->transposed ? t->rows : t->cols;
	const size_t out = c->transposed ? t->cols : t->rows;

	pair[0] = matrix(tensor_name(p, t, c, ".lora_A.weight"), a->rank, in);
	pair[1] = matrix(tensor_name(p, t, c, ".lora_B.weight"), out, a->rank);
}

static struct tensor
copy(const struct params *p, const struct tensor *t, const struct config *c)
{
	return (struct tensor){ .name = tensor_name(p, t, c,
				    t->name + adapter_module(t)),
		.rows = t->rows,
		.cols = t->cols,
		.dims = t->dims,
		.n = t->n,
		.kind = t->kind };
}

int
adapter_bind(struct adapter *a, const struct params *p, const struct config *c)
{
	struct tensor *list;
	size_t i, n = 0, copies = 0;

	a->transposed = c->transposed;
	if (check_targets(a, p, c) != 0 || adapter_check_saved(a, p, c) != 0)
		return -1;
	a->of = mem_alloc(p->tensors, sizeof *a->of);
	list = mem_alloc(2 * p->tensors, sizeof *list);
	a->pairs = 0;
	for (i = 0; i < p->tensors; i++)
		if (is_adapted(a, p, &p->tensor[i])) {
			a->of[a->pairs++] = i;
			put_pair(a, p, &p->tensor[i], c, list + n);
			n += 2;
		}
	for (i = 0; i < p->tensors; i++)
		if (adapter_saves(a, &p->tensor[i])) {
			a->of[a->pairs + copies++] = i;
			list[n++] = copy(p, &p->tensor[i], c);
		}
	params_list(&a->table, list, n);
	return 0;
}

void
adapter_random(struct adapter *a, const struct params *p, uint64_t seed)
{
	size_t i, k;

	params_zero(&a->table);
	for (i = 0; i < 2 * a->pairs; i += 2) {
		struct tensor *t = &a->table.tensor[i];
		const double bound = 1 / sqrt((double)t->cols);
		struct rng rng = rng_at(seed, 0, 0, t->name, 0);

		for (k = 0; k < t->n; k++)
			t->p[k] = (float)(bound * (2 * rng_unit(&rng) - 1));
	}
	for (i = 2 * a->pairs; i < a->table.tensors; i++)
		params_widen(p, a->of[i - a->pairs], a->table.tensor[i].p);
}

void
adapter_attach(const struct adapter *a, struct params *to,
    const struct params *ab)
{
	const struct tensor *A, *B;
	size_t i;

	if (to->low == NULL)
		to->low = mem_alloc(to->tensors, sizeof *to->low);
	for (i = 0; i < 2 * a->pairs; i += 2) {
		A = &ab->tensor[i];
		B = &ab->tensor[i + 1];
		to->low[a->of[i / 2]] = (struct adapter_pair){ .rank = a->rank,
			.in = A->cols,
			.out = B->rows,
			.transposed = a->transposed,
			.scale = (float)a->scale,
			.A = A->p,
			.B = B->p };
	}
	for (; i < ab->tensors; i++) {
		params_point(to, a->of[i - a->pairs], ab->tensor[i].p);
		to->tensor[a->of[i - a->pairs]].trained = true;
	}
	params_low_changed(to);
}
