/* SPDX-License-Identifier: MIT */
/*
 * A task takes up to ROWS rows and some of the panels.  For each block of up
 * to DEPTH of K it copies its part of x, which then stays in the second-level
 * cache, and walks the panels, of which one at a time stays in the first:
 * w passes by once for each ROWS rows.  How K is cut depends on K alone; sums
 * of the blocks are added in order.
 *
 * What it buys is that a row knows of no other: OpenBLAS gives it other bits in
 * other company.  By tests/bench/kernels on a Zen 3 (AVX2), two threads, 576 rows
 * go at .70 to .81 of OpenBLAS' best rate in F32, .79 to .85 in BF16, .84 to .90
 * in INT8; one row reads w at 25 to 38, 26 to 31 and 23 GB/s, where memory gives
 * 13 to 16 and the third-level cache more: so it takes half of F32's time in BF16
 * and about a third in INT8.
 */
#include "tensor/panel.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "tensor/vector.h"

enum {
	ROWS = 144,	     /* a multiple of all tile_rows() */
	DEPTH = 320,
	ONE_THREAD = 1 << 19, /* multiplications not worth a second one */
	EACH = 4	     /* tasks a thread, at most, by columns */
};

_Static_assert((int)DEPTH <= (int)TILE_DEPTH, "a tile takes a block of K");

typedef float vec __attribute__((vector_size(32), aligned(4)));

struct product {
	float *out;
	const float *x, *bias, *onto;
	const struct panel *w;
	size_t M, depth, groups;
};

static size_t
panels_of(const struct panel *w)
{
	return (w->N + TILE_COLS - 1) / TILE_COLS;
}

/* Floats that hold the weights. */
static size_t
weights_floats(size_t N, size_t K, enum tile_type type)
{
	const size_t cols = (N + TILE_COLS - 1) / TILE_COLS * TILE_COLS;

	/* 16 columns of a byte each fill whole floats. */
	return cols * K * tile_bytes(type) / sizeof(float);
}

size_t
panel_floats(size_t N, size_t K, enum tile_type type)
{
	const size_t cols = (N + TILE_COLS - 1) / TILE_COLS * TILE_COLS;
	size_t n = weights_floats(N, K, type) +
	    (type == TILE_INT8 ? cols : 0);

	return (n + TILE_COLS - 1) / TILE_COLS * TILE_COLS;
}

void
panel_place(struct panel *w, size_t N, size_t K, enum tile_type type,
    float *memory)
{
	*w = (struct panel){ N, K, type, memory, NULL };
	if (type == TILE_INT8)
		w->scale = memory + weights_floats(N, K, type);
}

struct packing {
	const struct panel *to;
	const float *w;
	bool transposed;
};

/* y[K, 16] of panel i, zeros where there are no columns. */
static void
gather_panel(float *y, const struct packing *s, size_t i)
{
	const size_t N = s->to->N, K = s->to->K, n = i * TILE_COLS;
	const size_t cols = N - n < TILE_COLS ? N - n : TILE_COLS;
	size_t j, k;

	if (s->transposed)
		for (k = 0; k < K; k++)
			memcpy(y + k * TILE_COLS, s->w + k * N + n,
			    cols * sizeof(*y));
	else if (cols == TILE_COLS) /* which the compiler unrolls */
		for (k = 0; k < K; k++)
			for (j = 0; j < TILE_COLS; j++)
				y[k * TILE_COLS + j] = s->w[(n + j) * K + k];
	else
		for (k = 0; k < K; k++)
			for (j = 0; j < cols; j++)
				y[k * TILE_COLS + j] = s->w[(n + j) * K + k];
}

/* To the nearest, and of two the even one. */
static void
round_bf16(uint16_t *to, const float *y, size_t n)
{
	uint32_t bits;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&bits, &y[i], sizeof(bits));
		to[i] = (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
	}
}

static void
round_int8(int8_t *to, float *scale, const float *y, size_t K)
{
	float most[TILE_COLS] = { 0 };
	size_t k, j;

	for (k = 0; k < K; k++)
		for (j = 0; j < TILE_COLS; j++)
			most[j] = fmaxf(most[j], fabsf(y[k * TILE_COLS + j]));
	for (j = 0; j < TILE_COLS; j++)
		scale[j] = most[j] > 0 ? most[j] / INT8_MAX : 1.0f;
	for (k = 0; k < K; k++)
		for (j = 0; j < TILE_COLS; j++)
			to[k * TILE_COLS + j] = (int8_t)lrintf(
			    y[k * TILE_COLS + j] / scale[j]);
}

static void
pack_panel(size_t i, void *arg)
{
	const struct packing *s = arg;
	const struct panel *to = s->to;
	const size_t n = to->K * TILE_COLS, at = i * n;
	float *y;

	if (to->type == TILE_F32) {
		gather_panel((float *)to->p + at, s, i);
		return;
	}
	y = mem_floats(n);
	gather_panel(y, s, i);
	if (to->type == TILE_BF16)
		round_bf16((uint16_t *)to->p + at, y, n);
	else
		round_int8((int8_t *)to->p + at, to->scale + i * TILE_COLS, y,
		    to->K);
	free(y);
}

void
panel_pack(struct panel *to, const float *w, bool transposed)
{
	struct packing s = { to, w, transposed };

	par_for(panels_of(to), pack_panel, &s);
}

/* y[rows, k] = x[rows, k], as a tile wants them. */
static void
place_rows(float *y, const float *x, size_t rows, size_t stride, size_t k)
{
	size_t r;

	for (r = 0; r < rows; r++)
		memcpy(y + r * TILE_STRIDE, x + r * stride, k * sizeof(*y));
}

/* out[n] = sum[n] + onto[n] + bias[n]; a plus that is not there is NULL. */
static inline void
add_row(float *out, const float *sum, const float *onto, const float *bias,
    size_t n)
{
	enum { WIDE = sizeof(vec) / sizeof(float) };
	size_t j;

	for (j = 0; j + WIDE <= n; j += WIDE) {
		vec v = *(const vec *)(sum + j);

		if (onto != NULL)
			v += *(const vec *)(onto + j);
		if (bias != NULL)
			v += *(const vec *)(bias + j);
		*(vec *)(out + j) = v;
	}
	for (; j < n; j++) {
		float v = sum[j];

		if (onto != NULL)
			v += onto[j];
		if (bias != NULL)
			v += bias[j];
		out[j] = v;
	}
}

/* Lines of out on their way while sums are made: its rows are far apart. */
static inline void
expect_rows(const float *out, size_t R, size_t stride, size_t n)
{
	size_t i, j;

	for (i = 0; i < R; i++)
		for (j = 0; j < n; j += TILE_COLS)
			__builtin_prefetch(out + i * stride + j, 1);
}

/* The products of R rows from `row` with `panels` panels from `at`. */
VECTOR_CLONES static void
multiply_tile(const struct product *s, const float *x, size_t row, size_t R,
    size_t at, size_t panels, size_t k, size_t depth)
{
	const size_t N = s->w->N, K = s->w->K, col = at * TILE_COLS;
	const size_t wide = panels * TILE_COLS;
	const size_t n = N - col < wide ? N - col : wide;
	const char *w = (const char *)s->w->p +
			(col * K + k * TILE_COLS) * tile_bytes(s->w->type);
	float sum[TILE_ROWS_MAX * TILE_PANELS_MAX * TILE_COLS];
	size_t i, j;

	expect_rows(s->out + row * N + col, R, N, n);
	tile_walk(sum, wide, x, s->w->type, w, K * TILE_COLS, depth, R, panels);
	for (i = 0; i < R; i++) {
		size_t to = (row + i) * N + col;

		for (j = 0; s->w->scale != NULL && j < n; j++)
			sum[i * wide + j] *= s->w->scale[col + j];
		if (k > 0)
			add_row(
			    s->out + to, sum + i * wide, s->out + to, NULL, n);
		else
			add_row(s->out + to, sum + i * wide,
			    s->onto == NULL ? NULL : s->onto + to,
			    s->bias == NULL ? NULL : s->bias + col, n);
	}
}

/* `tiles` of R rows each from `row`, panels from .. end-1, one block of K. */
static void
multiply_tiles(const struct product *s, const float *x, size_t row,
    size_t tiles, size_t R, size_t from, size_t end, size_t k, size_t depth)
{
	const size_t most = tile_panels(R);
	size_t at, panels, i;

	for (at = from; at < end; at += panels) {
		panels = end - at < most ? end - at : most;
		for (i = 0; i < tiles; i++)
			multiply_tile(s, x + i * R * TILE_STRIDE, row + i * R,
			    R, at, panels, k, depth);
	}
}

static void
multiply_task(size_t i, void *arg)
{
	const struct product *s = arg;
	const size_t K = s->w->K, all = panels_of(s->w);
	const size_t first = i / s->groups * ROWS, g = i % s->groups;
	const size_t rows = s->M - first < ROWS ? s->M - first : ROWS;
	float x[ROWS * TILE_STRIDE] __attribute__((aligned(64)));
	const size_t from = all * g / s->groups;
	const size_t end = all * (g + 1) / s->groups;
	const size_t R = tile_rows(), rest = rows % R, even = rows - rest;
	size_t k, depth;

	for (k = 0; k < K; k += depth) {
		depth = K - k < s->depth ? K - k : s->depth;
		place_rows(x, s->x + first * K + k, rows, K, depth);
		multiply_tiles(s, x, first, rows / R, R, from, end, k, depth);
		if (rest > 0)
			multiply_tiles(s, x + even * TILE_STRIDE, first + even,
			    1, rest, from, end, k, depth);
	}
}

void
panel_forward(float *out, const float *x, const struct panel *w,
    const float *bias, const float *onto, size_t M)
{
	const size_t blocks = (w->K + DEPTH - 1) / DEPTH;
	const size_t down = (M + ROWS - 1) / ROWS, all = panels_of(w);
	const size_t want = EACH * par_threads();
	struct product s = { out, x, bias, onto, w, M,
		(w->K + blocks - 1) / blocks, 1 };

	if (down < want && M * w->N * w->K > ONE_THREAD)
		s.groups = (want + down - 1) / down;
	if (s.groups > (all + TILE_PANELS_MAX - 1) / TILE_PANELS_MAX)
		s.groups = (all + TILE_PANELS_MAX - 1) / TILE_PANELS_MAX;
	par_for(down * s.groups, multiply_task, &s);
}
