/* SPDX-License-Identifier: MIT */
#include "gguf/ggufout.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "tensor/blocks.h"

/* Numbers in a task, and tasks between two writes. */
enum { TASK = 1 << 17, TASKS = 16 };

void
ggufout_add(struct ggufouts *o, const struct ggufout *t)
{
	o->t = mem_grow(o->t, &o->cap, o->n + 1, sizeof *o->t);
	o->t[o->n++] = *t;
}

void
ggufout_release(struct ggufouts *o)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		free(o->t[i].place.name);
	free(o->t);
	*o = (struct ggufouts){ 0 };
}

enum block_type
ggufout_type(enum block_type type, size_t cols)
{
	return cols % block_layout(type)->numbers == 0 ? type : BLOCK_F16;
}

static size_t
row_bytes(const struct ggufout *t)
{
	const struct block_layout *b = block_layout(t->type);

	return t->cols / b->numbers * b->bytes;
}

/* Rows that are made together. */
struct chunk {
	const struct ggufout *t;
	const float *whole; /* of a matrix that is turned; or NULL */
	size_t first, rows; /* of the file */
	size_t each;        /* rows in a task */
	char *out;
	float bad[TASKS]; /* a number that does not fit, where found */
	bool found[TASKS];
};

/* Row r of the file. */
static void
make_row(const struct chunk *c, size_t r, float *x)
{
	const struct ggufout *t = c->t;
	size_t k, from;

	if (c->whole != NULL) { /* [in, out]: row r is column r */
		for (k = 0; k < t->cols; k++)
			x[k] = c->whole[k * t->rows + r];
		return;
	}
	from = ggufarch_row(&t->place, t->rows, r) * t->cols;
	if (t->params == NULL)
		memcpy(x, t->values + from, t->cols * sizeof *x);
	else
		params_widen_part(t->params, t->i, from, t->cols, x);
	for (k = 0; t->place.add > 0 && k < t->cols; k++)
		x[k] += t->place.add;
}

static void
make_rows(size_t task, void *arg)
{
	struct chunk *c = arg;
	const struct ggufout *t = c->t;
	float *x = mem_scratch(t->cols * sizeof *x);
	size_t r = task * c->each, end = r + c->each, bad;

	for (; r < end && r < c->rows; r++) {
		make_row(c, c->first + r, x);
		bad = blocks_narrow(c->out + r * row_bytes(t), x, t->type,
		    t->cols);
		if (bad < t->cols && !c->found[task]) {
			c->found[task] = true;
			c->bad[task] = x[bad];
		}
	}
	free(x);
}

static int
write_chunk(struct chunk *c, struct atomic *a)
{
	size_t i;

	memset(c->found, 0, sizeof c->found);
	par_for((c->rows + c->each - 1) / c->each, make_rows, c);
	for (i = 0; i < TASKS; i++)
		if (c->found[i])
			return fail("tensor %s: %g does not fit %s",
			    c->t->place.name, (double)c->bad[i],
			    block_layout(c->t->type)->name);
	return atomic_write(a, c->out, c->rows * row_bytes(c->t));
}

static int
write_tensor(const struct ggufout *t, struct atomic *a)
{
	struct chunk c = { .t = t, .each = TASK / t->cols + 1 };
	const size_t most = c.each * TASKS;
	float *whole = NULL;
	int rc = 0;

	if (t->place.turned) {
		c.whole = whole =
		    mem_scratch(t->rows * t->cols * sizeof *whole);
		params_widen(t->params, t->i, whole);
	}
	c.out = mem_scratch(most * row_bytes(t));
	for (; c.first < t->rows && rc == 0; c.first += c.rows) {
		c.rows = t->rows - c.first < most ? t->rows - c.first : most;
		rc = write_chunk(&c, a);
	}
	free(c.out);
	free(whole);
	if (t->params != NULL && t->params->tensor[t->i].mapped)
		mem_forget(t->params->tensor[t->i].view.p,
		    t->params->tensor[t->i].n *
			stored_bytes(t->params->tensor[t->i].view.type));
	return rc == 0 ? ggufwrite_pad(a, t->rows * row_bytes(t)) : rc;
}

int
ggufout_write(const struct ggufouts *o, struct ggufwrite *w, const char *file)
{
	struct atomic *a;
	size_t i;
	int rc = 0;

	for (i = 0; i < o->n; i++) {
		const struct ggufout *t = &o->t[i];

		ggufwrite_tensor(w, t->place.name, t->type, t->dims,
		    t->dims == 2 ? (const size_t[]){ t->cols, t->rows } :
				   &t->rows);
	}
	a = ggufwrite_begin(w, file);
	if (a == NULL)
		return -1;
	for (i = 0; i < o->n && rc == 0; i++)
		rc = write_tensor(&o->t[i], a);
	if (rc == 0)
		return atomic_commit(a, true) == 0 ? 0 : -1;
	atomic_abort(a);
	return -1;
}
