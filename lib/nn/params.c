/* SPDX-License-Identifier: MIT */
/* Instances of the table that params_names.c makes. */
#include "nn/params.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int
by_name(const void *a, const void *b)
{
	const struct tensor *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

void
params_sort(struct params *p)
{
	size_t i;

	if (p->sorted == NULL)
		p->sorted = mem_alloc(p->tensors, sizeof(struct tensor *));
	for (i = 0; i < p->tensors; i++)
		p->sorted[i] = &p->tensor[i];
	qsort(p->sorted, p->tensors, sizeof(struct tensor *), by_name);
}

void
params_list(struct params *p, struct tensor *list, size_t n)
{
	size_t i;

	*p = (struct params){ .tensor = list, .tensors = n };
	for (i = 0; i < n; i++)
		p->total += list[i].n;
	params_sort(p);
}

void
params_table(struct params *p, const struct params *other,
    const struct config *c)
{
	const size_t n = other->tensors;
	struct tensor *list;
	size_t i;

	if (other->layer != NULL) {
		params_init(p, c, "");
		for (i = 0; i < n; i++)
			free(p->tensor[i].name);
	} else {
		list = mem_alloc(n, sizeof *list);
		memcpy(list, other->tensor, n * sizeof *list);
		params_list(p, list, n);
	}
	for (i = 0; i < n; i++) {
		p->tensor[i].p = NULL;
		p->tensor[i].view = (struct stored){ NULL, STORED_F32 };
		p->tensor[i].name = mem_dup(other->tensor[i].name,
		    strlen(other->tensor[i].name));
	}
	params_sort(p);
}

void
params_like(struct params *p, const struct params *other,
    const struct config *c)
{
	params_table(p, other, c);
	params_alloc(p);
}

void
params_changed(struct params *p)
{
	if (p->matrices != NULL) /* made by params_init */
		p->matrices->fresh = false;
}

void
params_point(struct params *p, size_t i, float *at)
{
	params_changed(p);
	p->tensor[i].p = at;
	params_view(p, i, &(struct stored){ at, STORED_F32 });
	if (p->tensor[i].field == NULL)
		return;
	*p->tensor[i].field = at;
	if (p->tensor[i].field == &p->embed && params_tied(p))
		p->head = at;
}

/* The last row is a head or a score, unless the policy has none. */
bool
params_tied(const struct params *p)
{
	const struct tensor *last = &p->tensor[p->tensors - 1];

	return last->field != &p->head && last->field != &p->score;
}

void
params_alloc(struct params *p)
{
	float *at;
	size_t i;

	p->block = at = mem_block(p->total);
	for (i = 0; i < p->tensors; at += p->tensor[i].n, i++)
		params_point(p, i, at);
}

void
params_release(struct params *p)
{
	size_t i;

	for (i = 0; i < p->tensors; i++)
		free(p->tensor[i].name);
	free(p->tensor);
	free(p->sorted);
	free(p->layer);
	free(p->low);
	mem_block_free(p->block);
	matrices_free(p->matrices);
	*p = (struct params){ 0 };
}

static int
name_order(const void *name, const void *b)
{
	const struct tensor *const *t = b;

	return strcmp(name, (*t)->name);
}

size_t
params_find(const struct params *p, const char *name)
{
	struct tensor **at;
	size_t i;

	if (p->sorted == NULL) { /* not made by params_init */
		for (i = 0; i < p->tensors; i++)
			if (strcmp(p->tensor[i].name, name) == 0)
				return i;
		return (size_t)-1;
	}
	at = bsearch(name, p->sorted, p->tensors, sizeof(struct tensor *),
	    name_order);
	return at == NULL ? (size_t)-1 : (size_t)(*at - p->tensor);
}
