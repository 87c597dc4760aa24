/* SPDX-License-Identifier: MIT */
#include "tensor/strip.h"

#include <stdint.h>
#include <string.h>

#include "tensor/bf16.h"
#include "tensor/quant.h"
#include "tensor/transpose.h"
#include "tensor/vector.h"

enum {
	DEPTH = 320,            /* most words of a block */
	BF16_DEPTH = TILE_DEPTH /* the same for BF16 words of two */
};

_Static_assert((int)DEPTH <= (int)TILE_DEPTH, "a tile holds a block of K");

typedef float vec __attribute__((vector_size(32), aligned(4)));

/* Pack k numbers of a row of x into words; returns their scale. */
static inline float
pack_row(float *y, const float *x, enum tile_type type, size_t k)
{
	uint32_t *word = (uint32_t *)(void *)y;
	size_t j;

	if (type == TILE_INT8)
		return quant_row(word, x, k);
	if (type == TILE_F32) {
		memcpy(y, x, k * sizeof(*y));
	} else if (!tile_packs_two(type)) {
		for (j = 0; j < k; j++)
			word[j] = round_bf16(&x[j]) & 0xffff0000u;
	} else {
		bf16_pack(word, x, k);
		for (j = (k + 1) / 2; j < tile_words(type, k); j++)
			word[j] = 0;
	}
	return 1.0f;
}

/* Word k of columns col .. col+n-1 of x[K, M], n <= TILE_COLS, then zeros. */
static inline void
transposed_word(uint32_t *to, const struct product *s, size_t k, size_t col,
    size_t n)
{
	static const float none[TILE_COLS];
	const bool two = tile_packs_two(s->w->type);
	const size_t at = two ? 2 * k : k;
	const float *x = at < s->w->K ? s->x + at * s->M + col : none;
	const float *next = at + 1 < s->w->K ? x + s->M : none;
	size_t j;

	if (two)
		bf16_pack_rows(to, x, next, n);
	else if (s->w->type == TILE_BF16)
		for (j = 0; j < n; j++)
			to[j] = round_bf16(&x[j]) & 0xffff0000u;
	else
		memcpy(to, x, n * sizeof(*to));
	for (j = n; j < TILE_COLS; j++)
		to[j] = 0;
}

/* Pack x[K, M]: 8 words of 16 rows at a time, as two 8 x 8 squares. */
VECTOR_CLONES static void
pack_transposed(struct strip *to, const struct product *s)
{
	uint32_t band[TRANSPOSE * TILE_COLS], square[TRANSPOSE * TRANSPOSE];
	size_t r, j, i, n, words;

	for (j = 0; j < to->depth; j += TRANSPOSE)
		for (r = 0; r < to->rows; r += TILE_COLS) {
			n = to->rows - r < TILE_COLS ? to->rows - r : TILE_COLS;
			words = to->depth - j < TRANSPOSE ? to->depth - j :
							    TRANSPOSE;
			for (i = 0; i < words; i++)
				if (n ==
				    TILE_COLS) /* a constant, for unrolling */
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

/* Pack x[M, K]. */
VECTOR_CLONES static void
pack_rows(struct strip *to, const struct product *s)
{
	const size_t each = tile_packs_two(s->w->type) ? 2 : 1, K = s->w->K;
	const size_t from = to->k * each, left = K - from;
	const size_t n = left < to->depth * each ? left : to->depth * each;
	size_t r;

	for (r = 0; r < to->rows; r++)
		to->scale[r] = pack_row(to->x + r * TILE_STRIDE,
		    s->x + (to->first + r) * K + from, s->w->type, n);
}

/* out[n] = sum[n] + onto[n] + bias[n]; onto and bias may be NULL. */
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
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		out[j] = v; /* onto may be out, but out is never NULL */
	}
}

/* Prefetch the rows of out, which are far apart, while sums are computed. */
static inline void
prefetch_rows(const float *out, size_t R, size_t stride, size_t n)
{
	size_t i, j;

	for (i = 0; i < R; i++)
		for (j = 0; j < n; j += TILE_COLS)
			__builtin_prefetch(out + i * stride + j, 1);
}

/* Integers in sum[R, n], with stride `wide`, become floats by their scales. */
VECTOR_CLONES static void
scale_tile(float *sum, size_t wide, const float *x_scale, const float *w_scale,
    size_t R, size_t n)
{
	size_t i, j;

	for (i = 0; i < R; i++)
		for (j = 0; j < n; j++)
			sum[i * wide + j] *= x_scale[i] * w_scale[j];
}

/* Multiply one tile: rows from `row` of a strip, panels from `at`. */
VECTOR_CLONES static void
multiply_tile(const struct product *s, const struct strip *x,
    const struct tile_walk *t, size_t row, size_t at)
{
	const size_t N = s->w->N, col = at * TILE_COLS;
	const size_t wide = t->panels * TILE_COLS;
	const size_t n = N - col < wide ? N - col : wide;
	float sum[TILE_MOST], *out = s->out + (x->first + row) * N + col;
	size_t i;

	prefetch_rows(out, t->R, N, n);
	if (x->k == 0 && n == wide && s->onto == NULL && s->bias == NULL &&
	    s->w->scale == NULL) {
		tile_walk(out, N, t);
		return;
	}
	tile_walk(sum, wide, t);
	if (s->w->scale != NULL)
		scale_tile(sum, wide, x->scale + row, s->w->scale + col, t->R,
		    n);
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

/* Rows of a tile, so that the tiles of a strip have about the same height. */
static size_t
tile_height(enum tile_type type, size_t rows)
{
	const size_t most = tile_rows(type),
		     step = most > 16 ? 16 : 1; /* AMX */
	const size_t tiles = (rows + most - 1) / most;
	const size_t each = (rows + tiles - 1) / tiles;

	return (each + step - 1) / step * step;
}

void
strip_multiply(const struct product *s, const struct strip *x, size_t from,
    size_t end, const void *w, size_t stride)
{
	const enum tile_type type = s->w->type;
	const size_t bytes =
	    TILE_COLS * tile_bytes(type); /* a row of a panel */
	const size_t R = tile_height(type, x->rows), rest = x->rows % R;
	const size_t tiles = (x->rows + R - 1) / R;
	struct tile_walk t = { .type = type,
		.panel_stride = stride,
		.k = x->depth,
		.pace = bytes / tiles };
	size_t most = tile_panels(type, R), at, row;
	const char *next;

	if (rest > 0 && tile_panels(type, rest) < most)
		most = tile_panels(type, rest);
	for (at = from; at < end; at += t.panels) {
		t.panels = end - at < most ? end - at : most;
		t.w = (const char *)w + (at - from) * stride * tile_bytes(type);
		next = (const char *)t.w + most * stride * tile_bytes(type);
		for (row = 0; row < x->rows; row += R) {
			t.ahead = next + row / R * t.k * t.pace;
			t.x = x->x + row * TILE_STRIDE;
			t.R = x->rows - row < R ? rest : R;
			multiply_tile(s, x, &t, row, at);
		}
	}
}

/* Words of each block of K, about equal; for BF16 words of two, multiples
 * of 16. */
static size_t
depth_of(const struct panel *w, size_t words)
{
	const bool sixteens = w->type == TILE_BF16 && tile_packs_two(w->type);
	const size_t most = sixteens ? BF16_DEPTH :
	    w->type == TILE_INT8     ? QUANT_MOST / 2 :
				       DEPTH;
	const size_t blocks = (words + most - 1) / most;
	const size_t depth = (words + blocks - 1) / blocks;

	return sixteens ? (depth + TILE_COLS - 1) / TILE_COLS * TILE_COLS :
			  depth;
}

void
product_init(struct product *s)
{
	s->words = tile_words(s->w->type, s->w->K);
	s->depth = depth_of(s->w, s->words);
}

void
strip_pack(struct strip *x, const struct product *s, size_t first, size_t rows,
    size_t k)
{
	x->first = first;
	x->rows = s->M - first < rows ? s->M - first : rows;
	x->k = k;
	x->depth = s->words - k < s->depth ? s->words - k : s->depth;
	(s->transposed ? pack_transposed : pack_rows)(x, s);
}
