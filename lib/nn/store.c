/* SPDX-License-Identifier: MIT */
/*
 * The file of a policy's weights.  A few tensors at a time are converted by all
 * threads and written, so a policy of any size takes the memory of its largest
 * tensor, or GROUP bytes.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "nn/ckpt_parts.h"
#include "nn/params_random.h"

enum { GROUP = 64 << 20 };

/* Tensors first .. end-1 on their way. */
struct group {
	const struct ckpt_weights *w;
	struct st_tensor *t; /* [tensors] as the file has them */
	char **own;          /* [tensors] converted data, or NULL */
	size_t *bad;         /* [tensors] an element that is not finite, or n */
	size_t first, end;
};

/* Tensor i in F32, into wide. */
static void
widen(const struct ckpt_weights *w, size_t i, float *wide)
{
	struct tensor t = w->params->tensor[i];

	if (t.view.p != NULL) {
		params_widen(w->params, i, wide);
		return;
	}
	t.p = wide; /* it has no values yet: random ones */
	tensor_random(&t, w->random, w->seed);
}

static void
convert(const struct group *g, size_t i)
{
	const struct ckpt_weights *w = g->w;
	const struct tensor *from = &w->params->tensor[i];
	struct st_tensor *t = &g->t[i];
	float *wide;

	if (from->view.p != NULL && !params_adapted(w->params, i) &&
	    (enum st_dtype)from->view.type == w->dtype) {
		t->data = (void *)(uintptr_t)from->view.p;
		return;
	}
	g->own[i] = mem_scratch(t->bytes);
	t->data = g->own[i];
	wide =
	    w->dtype == ST_F32 ? t->data : mem_scratch(from->n * sizeof *wide);
	widen(w, i, wide);
	if (w->dtype == ST_F32)
		return;
	st_from_f32(t->data, wide, w->dtype, from->n);
	free(wide);
}

static void
convert_task(size_t k, void *arg)
{
	const struct group *g = arg;
	const size_t i = g->first + k;

	convert(g, i);
	g->bad[i] = st_not_finite(g->t[i].data, g->w->dtype, g->t[i].n);
}

/* A policy with a value that is not finite is refused by every tool. */
static int
fail_bad(const struct group *g, size_t i)
{
	const struct tensor *from = &g->w->params->tensor[i];
	float x = 0;

	if (from->view.p != NULL)
		stored_widen(&x, &from->view, g->bad[i], 1);
	return fail("%s: tensor %s: %g does not fit %s", g->w->dir, from->name,
	    (double)x, st_dtype_name(g->w->dtype));
}

static int
write_group(struct group *g, struct atomic *a)
{
	size_t i;
	int rc = 0;

	par_for(g->end - g->first, convert_task, g);
	for (i = g->first; i < g->end; i++) {
		if (rc == 0 && g->bad[i] < g->t[i].n)
			rc = fail_bad(g, i);
		if (rc == 0)
			rc = atomic_write(a, g->t[i].data, g->t[i].bytes);
		free(g->own[i]);
	}
	return rc;
}

/* As many tensors as are GROUP bytes wide, or the largest of all. */
static int
write_tensors(struct group *g, struct atomic *a)
{
	const struct params *p = g->w->params;
	size_t i, bytes, most = GROUP;
	int rc = 0;

	for (i = 0; i < p->tensors; i++)
		if (p->tensor[i].n * sizeof(float) > most)
			most = p->tensor[i].n * sizeof(float);
	for (g->first = 0; rc == 0 && g->first < p->tensors;
	     g->first = g->end) {
		bytes = 0;
		for (g->end = g->first; g->end < p->tensors; g->end++) {
			bytes += p->tensor[g->end].n * sizeof(float);
			if (bytes > most)
				break;
		}
		rc = write_group(g, a);
	}
	return rc;
}

static struct st_tensor *
describe(const struct params *p, enum st_dtype dtype)
{
	struct st_tensor *t = mem_alloc(p->tensors, sizeof *t);
	size_t i;

	for (i = 0; i < p->tensors; i++)
		t[i] = (struct st_tensor){ .name = p->tensor[i].name,
			.dtype = dtype,
			.dims = p->tensor[i].dims,
			.shape = { p->tensor[i].rows, p->tensor[i].cols },
			.n = p->tensor[i].n,
			.bytes = p->tensor[i].n * st_dtype_size(dtype) };
	return t;
}

struct atomic *
ckpt_weights_aside(const struct ckpt_weights *w)
{
	char text[24], of[24];
	const struct ckpt *base = w->base;
	const size_t n = w->params->tensors;
	const char *const meta[][2] = { { "apprentice.id", w->id },
		{ "apprentice.step", text },
		{ "apprentice.base", base == NULL ? NULL : base->id },
		{ "apprentice.base_step", of } };
	struct group g = { .w = w,
		.t = describe(w->params, w->dtype),
		.own = mem_alloc(n, sizeof(char *)),
		.bad = mem_alloc(n, sizeof *g.bad) };
	struct atomic *a;

	(void)snprintf(text, sizeof text, "%" PRIu64, w->step);
	(void)snprintf(of, sizeof of, "%" PRIu64,
	    base == NULL ? 0 : base->step);
	a = st_begin_aside(w->path, g.t, n, meta, base == NULL ? 2 : 4);
	if (a != NULL && write_tensors(&g, a) != 0) {
		atomic_abort(a);
		a = NULL;
	}
	free(g.t);
	free(g.own);
	free(g.bad);
	return a;
}
