/* SPDX-License-Identifier: MIT */
/*
 * The file of a policy's weights.  Pieces of tensors are made, converted and
 * written by all threads, each to its place in the file, so a policy of any
 * size takes the memory of a piece for each thread.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "nn/ckpt_parts.h"
#include "nn/params_random.h"

enum { PIECE = 1 << 17, WINDOW = 64 };

/* Elements first .. first+n-1 of tensor i, at byte `at` of the file's data. */
struct piece {
	size_t i, first, n, at;
	size_t bad; /* an element that is not finite, or n */
	int error;  /* of the system; 0: none */
};

/* The pieces that are written next; after a failure there are no more. */
struct window {
	const struct ckpt_weights *w;
	const struct atomic *a;
	struct piece piece[WINDOW];
};

/* The values of a piece in F32, into wide. */
static void
widen(const struct ckpt_weights *w, const struct piece *p, float *wide)
{
	const struct tensor *t = &w->params->tensor[p->i];

	if (t->view.p != NULL)
		params_widen_part(w->params, p->i, p->first, p->n, wide);
	else if (w->source == NULL ||
	    !w->source->part(w->source->from, p->i, p->first, p->n, wide))
		/* it has no values yet: random ones */
		tensor_random_part(t, w->random, w->seed, p->first, p->n, wide);
}

/* Tensor i lies in memory as the file is to have it. */
static bool
as_stored(const struct ckpt_weights *w, size_t i)
{
	const struct stored *view = &w->params->tensor[i].view;

	return view->p != NULL && !params_adapted(w->params, i) &&
	    (enum st_dtype)view->type == w->dtype;
}

static void
write_piece(const struct window *s, struct piece *p, const void *data)
{
	const size_t size = st_dtype_size(s->w->dtype);

	p->bad = st_not_finite(data, s->w->dtype, p->n);
	if (p->bad == p->n)
		p->error = atomic_put(s->a, p->at, data, p->n * size);
}

static void
piece_task(size_t k, void *arg)
{
	struct window *s = arg;
	struct piece *p = &s->piece[k];
	const struct tensor *t = &s->w->params->tensor[p->i];
	const size_t size = stored_bytes(t->view.type);
	const char *from = t->view.p;
	float *wide;

	if (as_stored(s->w, p->i)) {
		write_piece(s, p, from + p->first * size);
	} else {
		wide = mem_scratch(p->n * sizeof *wide);
		widen(s->w, p, wide);
		stored_narrow(wide, wide, (enum stored_type)s->w->dtype, p->n);
		write_piece(s, p, wide);
		free(wide);
	}
	if (t->mapped)
		mem_forget(from + p->first * size, p->n * size);
}

/* A policy with a value that is not finite is refused by every tool. */
static int
fail_bad(const struct ckpt_weights *w, const struct piece *p)
{
	const struct tensor *from = &w->params->tensor[p->i];
	float x = 0;

	if (from->view.p != NULL)
		stored_widen(&x, &from->view, p->first + p->bad, 1);
	else if (w->source != NULL)
		(void)w->source->part(w->source->from, p->i, p->first + p->bad,
		    1, &x);
	return fail("%s: tensor %s: %g does not fit %s", w->dir, from->name,
	    (double)x, st_dtype_name(w->dtype));
}

static int
write_window(struct window *s, size_t n)
{
	size_t k;

	par_for(n, piece_task, s);
	for (k = 0; k < n; k++) {
		if (s->piece[k].bad < s->piece[k].n)
			return fail_bad(s->w, &s->piece[k]);
		if (s->piece[k].error != 0)
			return fail("%s: %s", s->w->path,
			    strerror(s->piece[k].error));
	}
	return 0;
}

/* Elements in a piece of tensor i: whole rows, where adapters are added. */
static size_t
piece_size(const struct ckpt_weights *w, size_t i)
{
	const size_t cols = w->params->tensor[i].cols;

	if (!params_adapted(w->params, i))
		return PIECE;
	return cols > PIECE ? cols : PIECE / cols * cols;
}

static int
write_tensors(const struct ckpt_weights *w, const struct atomic *a)
{
	const struct params *p = w->params;
	struct window s = { .w = w, .a = a };
	size_t i, first, n, most, count = 0, at = 0;
	int rc = 0;

	for (i = 0; i < p->tensors; i++) {
		most = piece_size(w, i);
		for (first = 0; first < p->tensor[i].n && rc == 0; first += n) {
			n = p->tensor[i].n - first;
			n = n < most ? n : most;
			s.piece[count++] =
			    (struct piece){ i, first, n, at, n, 0 };
			at += n * st_dtype_size(w->dtype);
			if (count < WINDOW)
				continue;
			rc = write_window(&s, count);
			count = 0;
		}
	}
	return rc == 0 ? write_window(&s, count) : rc;
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
	struct st_tensor *t = describe(w->params, w->dtype);
	struct atomic *a;

	(void)snprintf(text, sizeof text, "%" PRIu64, w->step);
	(void)snprintf(of, sizeof of, "%" PRIu64,
	    base == NULL ? 0 : base->step);
	a = st_begin_aside(w->path, t, n, meta, base == NULL ? 2 : 4);
	if (a != NULL && write_tensors(w, a) != 0) {
		atomic_abort(a);
		a = NULL;
	}
	free(t);
	return a;
}
