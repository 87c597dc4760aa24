/* SPDX-License-Identifier: MIT */
#include "tensor/rows.h"

#include <string.h>

#include "base/par.h"

enum { BLOCK = 1 << 14, COLUMNS = 64 };

struct split {
	void (*fn)(void *, size_t, size_t);
	void *arg;
	size_t rows, block;
};

static void
split_task(size_t i, void *arg)
{
	const struct split *s = arg;
	size_t first = i * s->block, n = s->rows - first;

	s->fn(s->arg, first, n < s->block ? n : s->block);
}

void
rows_for(size_t rows, size_t width, void (*fn)(void *, size_t, size_t),
    void *arg)
{
	struct split s = { fn, arg, rows,
		width < BLOCK ? BLOCK / (width + 1) + 1 : 1 };

	par_for((rows + s.block - 1) / s.block, split_task, &s);
}

struct elementwise {
	float *out;
	const float *x, *b;
	size_t rows, D, stride;
	float s;
};

static void
copy_rows(void *arg, size_t first, size_t n)
{
	const struct elementwise *a = arg;
	const size_t D = a->D;
	size_t i, j;

	for (i = first; i < first + n; i++) {
		float *out = a->out + i * D;
		const float *x = a->x + i * D, *b = a->b;

		if (b == NULL)
			memcpy(out, x, D * sizeof(*out));
		else
			for (j = 0; j < D; j++)
				out[j] = x[j] + b[j];
	}
}

void
rows_copy(float *out, const float *x, const float *b, size_t rows, size_t D)
{
	struct elementwise a = { .out = out, .x = x, .b = b, .D = D };

	rows_for(rows, D, copy_rows, &a);
}

static void
zero_rows(void *arg, size_t first, size_t n)
{
	const struct elementwise *a = arg;

	memset(a->out + first * a->D, 0, n * a->D * sizeof(*a->out));
}

void
rows_zero(float *out, size_t rows, size_t D)
{
	struct elementwise a = { .out = out, .D = D };

	rows_for(rows, D, zero_rows, &a);
}

static void
scale_rows(void *arg, size_t first, size_t n)
{
	const struct elementwise *a = arg;
	size_t i, j;

	for (i = first; i < first + n; i++)
		for (j = 0; j < a->D; j++)
			a->out[i * a->stride + j] *= a->s;
}

void
rows_scale(float *x, float s, size_t rows, size_t D, size_t stride)
{
	struct elementwise a = { .out = x, .D = D, .stride = stride, .s = s };

	if (s != 1.0f)
		rows_for(rows, D, scale_rows, &a);
}

static void
add_rows_to(void *arg, size_t first, size_t n)
{
	const struct elementwise *a = arg;
	const size_t end = (first + n) * a->D;
	size_t i;

	for (i = first * a->D; i < end; i++)
		a->out[i] = a->b[i] + a->s * a->x[i];
}

void
rows_add_to(float *out, const float *onto, const float *x, float s, size_t rows,
    size_t D)
{
	struct elementwise a = { .out = out,
		.x = x,
		.b = onto,
		.D = D,
		.s = s };

	rows_for(rows, D, add_rows_to, &a);
}

static void
add_rows(void *arg, size_t first, size_t n)
{
	const struct elementwise *a = arg;
	float *out = a->out + first * a->D;
	const float *x = a->x + first * a->D;
	size_t j;

	for (j = 0; j < n * a->D; j++)
		out[j] += x[j];
}

void
rows_add(float *out, const float *x, size_t rows, size_t D)
{
	struct elementwise a = { .out = out, .x = x, .rows = rows, .D = D };

	rows_for(rows, D, add_rows, &a);
}

/* A task is a block of columns, so each element of out has one writer. */
static void
sum_columns(size_t block, void *arg)
{
	const struct elementwise *a = arg;
	const size_t D = a->D, at = block * COLUMNS;
	const size_t n = D - at < COLUMNS ? D - at : COLUMNS;
	float sum[COLUMNS] = { 0 };
	size_t i, j;

	for (i = 0; i < a->rows; i++) {
		const float *x = a->x + i * D + at;

		for (j = 0; j < n; j++)
			sum[j] += x[j];
	}
	for (j = 0; j < n; j++)
		a->out[at + j] += sum[j];
}

void
rows_sum(float *out, const float *x, size_t rows, size_t D)
{
	struct elementwise a = { .out = out, .x = x, .rows = rows, .D = D };

	par_for((D + COLUMNS - 1) / COLUMNS, sum_columns, &a);
}
