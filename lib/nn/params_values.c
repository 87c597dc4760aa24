/* SPDX-License-Identifier: MIT */
/* The values of a table's tensors: views, adapters, widening, zeroing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/params.h"
#include "tensor/gemm.h"

void
params_view(struct params *p, size_t i, const struct stored *view)
{
	struct tensor *t = &p->tensor[i];

	params_changed(p);
	t->view = *view;
	t->mapped = false;
	if (t->field == &p->embed)
		p->embed_view = t->view;
	if (t->field == &p->position)
		p->position_view = t->view;
}

void
params_share(struct params *p, size_t i, const struct params *from, size_t k)
{
	const struct tensor *t = &from->tensor[k];

	if (t->p != NULL)
		params_point(p, i, t->p);
	else
		params_view(p, i, &t->view);
	p->tensor[i].mapped = t->mapped;
	if (from->low == NULL || from->low[k].rank == 0)
		return;
	if (p->low == NULL)
		p->low = mem_alloc(p->tensors, sizeof *p->low);
	p->low[i] = from->low[k];
}

void
params_low_changed(struct params *p)
{
	if (p->matrices != NULL)
		p->matrices->fresh_low = false;
}

static const struct adapter_pair *
pair_of(const struct params *p, size_t i)
{
	return p->low != NULL && p->low[i].rank > 0 ? &p->low[i] : NULL;
}

bool
params_adapted(const struct params *p, size_t i)
{
	return pair_of(p, i) != NULL;
}

/* Columns first .. first+m-1 of A[rank, in]; the caller frees. */
static float *
take_columns(const struct adapter_pair *a, size_t first, size_t m)
{
	float *part = mem_scratch(a->rank * m * sizeof *part);
	size_t r;

	for (r = 0; r < a->rank; r++)
		memcpy(part + r * m, a->A + r * a->in + first,
		    m * sizeof *part);
	return part;
}

/* Rows of W[out, in] + s B @ A; transposed of W[in, out] + s A^T @ B^T. */
void
params_widen_part(const struct params *p, size_t i, size_t first, size_t n,
    float *out)
{
	const struct tensor *t = &p->tensor[i];
	const struct adapter_pair *a = pair_of(p, i);
	const size_t row = first / t->cols;
	struct gemm g = { .m = n / t->cols, .n = t->cols, .beta = 1 };
	float *part;

	stored_widen(out, &t->view, first, n);
	if (a == NULL)
		return;
	g.k = a->rank;
	g.alpha = a->scale;
	g.ta = g.tb = a->transposed;
	if (!a->transposed) {
		gemm(out, a->B + row * a->rank, a->A, &g);
		return;
	}
	part = take_columns(a, row, g.m);
	gemm(out, part, a->B, &g);
	free(part);
}

void
params_widen(const struct params *p, size_t i, float *out)
{
	params_widen_part(p, i, 0, p->tensor[i].n, out);
}

void
params_zero(struct params *p)
{
	const struct adapter_pair *a;
	size_t i;

	for (i = 0; i < p->tensors; i++) {
		if (p->tensor[i].p != NULL)
			memset(p->tensor[i].p, 0,
			    p->tensor[i].n * sizeof(float));
		a = pair_of(p, i);
		if (a == NULL)
			continue;
		memset(a->A, 0, a->rank * a->in * sizeof(float));
		memset(a->B, 0, a->out * a->rank * sizeof(float));
	}
}

static bool
all_finite(const float *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return false;
	return true;
}

bool
params_finite(const struct params *p)
{
	const struct adapter_pair *a;
	bool finite = true;
	size_t i;

	for (i = 0; i < p->tensors && finite; i++) {
		if (p->tensor[i].p != NULL)
			finite = all_finite(p->tensor[i].p, p->tensor[i].n);
		a = pair_of(p, i);
		if (a != NULL)
			finite = finite && all_finite(a->A, a->rank * a->in) &&
			    all_finite(a->B, a->out * a->rank);
	}
	return finite;
}
