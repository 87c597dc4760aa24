/* SPDX-License-Identifier: MIT */
/*
 * A task takes up to ROWS rows and some of the panels.  For each block of up
 * to DEPTH of K it copies its part of x, which then stays in the second-level
 * cache, and walks the panels, of which one at a time stays in the first:
 * w passes by once for each ROWS rows.  How K is cut depends on K alone; sums
 * of the blocks are added in order.
 *
 * What it buys is that a row knows of no other: OpenBLAS gives it other bits in
 * other company.  By tests/bench/kernels on a Zen 3 (AVX2), two threads, 576
 * rows go at .63 to .98 of OpenBLAS' best rate in F32, .59 to .96 in BF16, 1.2
 * to 1.7 in INT8; one row reads w at 24 to 38, 26 to 39 and 60 to 70 GB/s,
 * where memory gives 13 to 19 and the third-level cache more: so it takes half
 * of F32's time in BF16 and an eighth in INT8.
 */
#include "tensor/panel.h"

#include <stdint.h>
#include <string.h>

#include "base/par.h"
#include "tensor/bf16.h"
#include "tensor/quant.h"
#include "tensor/transpose.h"
#include "tensor/vector.h"

enum {
	ROWS = 144,               /* a multiple of most tile_rows() */
	DEPTH = 320,              /* most words at a time */
	PAIRS_DEPTH = TILE_DEPTH, /* words; caches are larger there */
	ONE_THREAD = 1 << 19,     /* multiplications not worth a second one */
	EACH = 4,                 /* tasks a thread, at most, by columns; */
	APART = 4                 /* each of so many panels at least */
};

_Static_assert((int)DEPTH <= (int)TILE_DEPTH, "a tile takes a block of K");

typedef float vec __attribute__((vector_size(32), aligned(4)));

struct product {
	float *out;
	const float *x, *bias, *onto;
	const struct panel *w;
	bool transposed; /* x is [K, M] */
	size_t M, words, depth, groups;
	size_t rows; /* of a task */
};

/*
 * A row of x, k numbers, as words of a tile; what they are to be multiplied by.
 */
static inline float
place_row(float *y, const float *x, enum tile_type type, size_t k)
{
	uint32_t *word = (uint32_t *)(void *)y;
	size_t j;

	if (type == TILE_INT8)
		return quant_row(word, x, k);
	if (type == TILE_F32) {
		memcpy(y, x, k * sizeof(*y));
	} else if (!tile_takes_pairs(type)) {
		for (j = 0; j < k; j++)
			word[j] = round_bf16(&x[j]) & 0xffff0000u;
	} else {
		bf16_pairs(word, x, k);
		for (j = (k + 1) / 2; j < tile_words(type, k); j++)
			word[j] = 0;
	}
	return 1.0f;
}

/* Word k of columns col .. col+n-1 of x[K, M], n <= TILE_COLS; zeros after. */
static inline void
transposed_word(uint32_t *to, const struct product *s, size_t k, size_t col,
    size_t n)
{
	static const float none[TILE_COLS];
	const bool pairs = tile_takes_pairs(s->w->type);
	const size_t at = pairs ? 2 * k : k;
	const float *x = at < s->w->K ? s->x + at * s->M + col : none;
	const float *next = at + 1 < s->w->K ? x + s->M : none;
	size_t j;

	if (pairs)
		bf16_pair_rows(to, x, next, n);
	else if (s->w->type == TILE_BF16)
		for (j = 0; j < n; j++)
			to[j] = round_bf16(&x[j]) & 0xffff0000u;
	else
		memcpy(to, x, n * sizeof(*to));
	for (j = n; j < TILE_COLS; j++)
		to[j] = 0;
}

/* What a task has of x: `rows` rows from `first`, `depth` words from word k. */
struct strip {
	float x[ROWS * TILE_STRIDE] __attribute__((aligned(64)));
	float by[ROWS]; /* of TILE_INT8: x over these are its words */
	size_t first, rows, k, depth;
};

/* From x[K, M]: 8 words of 16 rows at a time, and these in two squares. */
VECTOR_CLONES static void
place_transposed(struct strip *to, const struct product *s)
{
	uint32_t band[TRANSPOSE * TILE_COLS], square[TRANSPOSE * TRANSPOSE];
	size_t r, j, i, n, words;

	for (j = 0; j < to->depth; j += TRANSPOSE)
		for (r = 0; r < to->rows; r += TILE_COLS) {
			n = to->rows - r < TILE_COLS ? to->rows - r : TILE_COLS;
			words = to->depth - j < TRANSPOSE ? to->depth - j :
							    TRANSPOSE;
			for (i = 0; i < words; i++)
				if (n == TILE_COLS) /* a constant is unrolled */
					transposed_word(band + i * TILE_COLS, s,
					    to->k + j + i, to->first + r,
					    TILE_COLS);
				else
					transposed_word(band + i * TILE_COLS, s,
					    to->k + j + i, to->first + r, n);
			for (i = 0; i < n; i++) {
				if (i % TRANSPOSE == 0)
					transpose8(square, TRANSPOSE, band + i,
					    TILE_COLS);
				memcpy(to->x + (r + i) * TILE_STRIDE + j,
				    square + i % TRANSPOSE * TRANSPOSE,
				    words * sizeof(*to->x));
			}
		}
}

/* From x[M, K]. */
VECTOR_CLONES static void
place_rows(struct strip *to, const struct product *s)
{
	const size_t each = tile_takes_pairs(s->w->type) ? 2 : 1, K = s->w->K;
	const size_t from = to->k * each, left = K - from;
	const size_t n = left < to->depth * each ? left : to->depth * each;
	size_t r;

	for (r = 0; r < to->rows; r++)
		to->by[r] = place_row(to->x + r * TILE_STRIDE,
		    s->x + (to->first + r) * K + from, s->w->type, n);
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

/* Whole numbers in sum[R, n], rows `wide` apart, become what they stand for. */
VECTOR_CLONES static void
scale_tile(float *sum, size_t wide, const float *by, const float *scale,
    size_t R, size_t n)
{
	size_t i, j;

	for (i = 0; i < R; i++)
		for (j = 0; j < n; j++)
			sum[i * wide + j] *= by[i] * scale[j];
}

/* What a tile says of its rows from `row` of a strip and panels from `at` goes
 * to out. */
VECTOR_CLONES static void
multiply_tile(const struct product *s, const struct strip *x,
    const struct tile_walk *t, size_t row, size_t at)
{
	const size_t N = s->w->N, col = at * TILE_COLS;
	const size_t wide = t->panels * TILE_COLS;
	const size_t n = N - col < wide ? N - col : wide;
	float sum[TILE_MOST], *out = s->out + (x->first + row) * N + col;
	size_t i;

	expect_rows(out, t->R, N, n);
	if (x->k == 0 && n == wide && s->onto == NULL && s->bias == NULL &&
	    s->w->scale == NULL) {
		tile_walk(out, N, t);
		return;
	}
	tile_walk(sum, wide, t);
	if (s->w->scale != NULL)
		scale_tile(sum, wide, x->by + row, s->w->scale + col, t->R, n);
	for (i = 0; i < t->R; i++, out += N) {
		const float *onto =
		    s->onto == NULL ? NULL : s->onto + (out - s->out);

		if (x->k > 0)
			add_row(out, sum + i * wide, out, NULL, n);
		else
			add_row(out, sum + i * wide, onto,
			    s->bias == NULL ? NULL : s->bias + col, n);
	}
}

/*
 * Rows of a tile, so that all of a strip are about as high: AMX has them by
 * sixteens.
 */
static size_t
tile_height(enum tile_type type, size_t rows)
{
	const size_t most = tile_rows(type), step = most > 16 ? 16 : 1;
	const size_t tiles = (rows + most - 1) / most;
	const size_t each = (rows + tiles - 1) / tiles;

	return (each + step - 1) / step * step;
}

/* A strip with panels from .. end-1, each of which goes by once. */
static void
multiply_strip(const struct product *s, const struct strip *x, size_t from,
    size_t end)
{
	const enum tile_type type = s->w->type;
	const size_t bytes = TILE_COLS * tile_bytes(type); /* of a word's row */
	const size_t R = tile_height(type, x->rows), rest = x->rows % R;
	const size_t tiles = (x->rows + R - 1) / R;
	struct tile_walk t = { .type = type,
		.apart = s->words * TILE_COLS,
		.k = x->depth,
		.pace = bytes / tiles };
	size_t most = tile_panels(type, R), at, row;

	if (rest > 0 && tile_panels(type, rest) < most)
		most = tile_panels(type, rest);
	for (at = from; at < end; at += t.panels) {
		t.panels = end - at < most ? end - at : most;
		t.w = (const char *)s->w->p + (at * s->words + x->k) * bytes;
		for (row = 0, t.skip = 0; row < x->rows; row += R) {
			t.x = x->x + row * TILE_STRIDE;
			t.R = x->rows - row < R ? rest : R;
			multiply_tile(s, x, &t, row, at);
			t.skip += t.k * t.pace;
		}
	}
}

static void
multiply_task(size_t i, void *arg)
{
	const struct product *s = arg;
	const size_t all = panel_count(s->w), g = i % s->groups;
	struct strip x;

	x.first = i / s->groups * s->rows;
	x.rows = s->M - x.first < s->rows ? s->M - x.first : s->rows;
	for (x.k = 0; x.k < s->words; x.k += x.depth) {
		x.depth = s->words - x.k < s->depth ? s->words - x.k : s->depth;
		(s->transposed ? place_transposed : place_rows)(&x, s);
		multiply_strip(s, &x, all * g / s->groups,
		    all * (g + 1) / s->groups);
	}
}

/* Words of w in parts of equal depth; of pairs of BF16, in sixteens. */
static size_t
depth_of(const struct panel *w, size_t words)
{
	const bool sixteens = w->type == TILE_BF16 && tile_takes_pairs(w->type);
	const size_t most = sixteens ? PAIRS_DEPTH :
	    w->type == TILE_INT8     ? QUANT_MOST / 2 :
				       DEPTH;
	const size_t blocks = (words + most - 1) / most;
	const size_t depth = (words + blocks - 1) / blocks;

	return sixteens ? (depth + TILE_COLS - 1) / TILE_COLS * TILE_COLS :
			  depth;
}

static void
multiply(struct product *s)
{
	const struct panel *w = s->w;
	const size_t R = tile_rows(w->type), want = EACH * par_threads();
	const size_t all = panel_count(w);
	size_t down;

	s->rows = ROWS / R * R;
	s->words = tile_words(w->type, w->K);
	s->depth = depth_of(w, s->words);
	s->groups = 1;
	down = (s->M + s->rows - 1) / s->rows;
	if (down < want && s->M * w->N * w->K > ONE_THREAD)
		s->groups = (want + down - 1) / down;
	if (s->groups > (all + APART - 1) / APART)
		s->groups = (all + APART - 1) / APART;
	par_for(down * s->groups, multiply_task, s);
}

void
panel_forward(float *out, const float *x, const struct panel *w,
    const float *bias, const float *onto, size_t M)
{
	struct product s = { .out = out,
		.x = x,
		.bias = bias,
		.onto = onto,
		.w = w,
		.M = M };

	multiply(&s);
}

void
panel_forward_transposed(float *out, const float *x, const struct panel *w,
    const float *onto, size_t M)
{
	struct product s = { .out = out,
		.x = x,
		.onto = onto,
		.w = w,
		.M = M,
		.transposed = true };

	multiply(&s);
}
