/* SPDX-License-Identifier: MIT */
#include "nn/adapter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nn/family.h"

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
		n = module_length(t);
		for (last = n; last > 0 && t->name[last - 1] != '.';)
			last--;
		a->target[a->targets++] = mem_dup(t->name + last, n - last);
	}
}

static void
free_targets(struct adapter *a)
{
	size_t i;

	for (i = 0; i < a->targets; i++)
		free(a->target[i]);
	free(a->target);
	a->target = NULL;
	a->targets = 0;
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
	free_targets(&all);
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

/* The names in a list with commas, each once. */
static int
target_list(struct adapter *a, const char *list, const struct params *p)
{
	char *name;
	size_t n, i;
	int rc = 0;

	a->target = mem_alloc(strlen(list) + 1, sizeof(char *));
	for (; rc == 0; list += n + 1) {
		n = strcspn(list, ",");
		name = mem_dup(list, n);
		if (!names_matrix(p, name))
			rc = fail_target(p, name);
		for (i = 0; i < a->targets; i++)
			if (strcmp(a->target[i], name) == 0)
				break;
		if (i == a->targets)
			a->target[a->targets++] = name;
		else
			free(name);
		if (list[n] == '\0')
			break;
	}
	return rc;
}

int
adapter_init(struct adapter *a, const struct adapter_spec *spec,
    const struct params *p)
{
	*a = (struct adapter){ .rank = spec->rank,
		.alpha = spec->alpha,
		.scale = adapter_scale(spec->alpha, spec->rank, spec->rslora),
		.rslora = spec->rslora };
	if (spec->targets != NULL && strcmp(spec->targets, "all-linear") != 0)
		return target_list(a, spec->targets, p);
	target_all(a, p);
	return 0;
}

void
adapter_release(struct adapter *a)
{
	free_targets(a);
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

	for (i = 0; i < a->targets; i++)
		if (!names_matrix(p, a->target[i]))
			return fail("key \"target_modules\": %s is no matrix "
				    "in the layers of a %s policy",
			    a->target[i], family_names[c->family]);
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

void
adapter_attach(const struct adapter *a, struct params *to,
    const struct params *ab)
{
	const struct tensor *A, *B;
	size_t i;

	if (to->low == NULL)
		to->low = mem_alloc(to->tensors, sizeof *to->low);
	for (i = 0; i < ab->tensors; i += 2) {
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
	params_low_changed(to);
}
