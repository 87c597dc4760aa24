/* SPDX-License-Identifier: MIT */
/* Panels: their memory, and packing of weights. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "base/mem.h"
#include "base/par.h"
#include "tensor/bf16.h"
#include "tensor/panel.h"
#include "tensor/quant.h"
#include "tensor/transpose.h"
#include "tensor/vector.h"

size_t
panel_count(const struct panel *w)
{
	return (w->N + TILE_COLS - 1) / TILE_COLS;
}

/* Floats that hold the packed weights; 16 columns of bytes are whole floats. */
static size_t
weights_floats(size_t N, size_t K, enum tile_type type)
{
	const size_t cols = (N + TILE_COLS - 1) / TILE_COLS * TILE_COLS;

	return cols * tile_words(type, K) * tile_bytes(type) / sizeof(float);
}

size_t
panel_floats(size_t N, size_t K, enum tile_type type)
{
	const size_t cols = (N + TILE_COLS - 1) / TILE_COLS * TILE_COLS;
	size_t n = weights_floats(N, K, type) + (type == TILE_INT8 ? cols : 0);

	return (n + TILE_COLS - 1) / TILE_COLS * TILE_COLS;
}

void
panel_place(struct panel *w, size_t N, size_t K, enum tile_type type,
    float *memory)
{
	*w = (struct panel){ .N = N, .K = K, .type = type, .p = memory };
	if (type == TILE_INT8)
		w->scale = memory + weights_floats(N, K, type);
}

/* ---- from the stored matrix to y[n, 16] */

struct packing {
	const struct panel *to;
	struct stored w;
	bool transposed; /* w is [K, N] */
};

/*
 * Elements k .. k+n-1 of K for the 16 columns of panel i: y[n, 16].  What lies
 * beyond N or K is zero.
 */
struct window {
	size_t i, k, n;
};

static inline float
element(const struct stored *w, size_t at)
{
	uint16_t h;

	if (w->type == STORED_F32)
		return ((const float *)w->p)[at];
	memcpy(&h, (const char *)w->p + at * sizeof h, sizeof h);
	return w->type == STORED_BF16 ? half_from_bf16(h) : half_from_f16(h);
}

/* Rows of w are rows of y; type is a constant wherever this is inlined. */
static inline __attribute__((always_inline)) void
copy_rows(float *y, const struct packing *s, const struct window *win, size_t n,
    enum stored_type type)
{
	const struct stored w = { s->w.p, type };
	const size_t N = s->to->N, from = win->i * TILE_COLS;
	const size_t cols = N - from < TILE_COLS ? N - from : TILE_COLS;
	size_t k, j;

	for (k = 0; k < n; k++, y += TILE_COLS) {
		const size_t at = (win->k + k) * N + from;

		if (cols == TILE_COLS) {
			for (j = 0; j < TILE_COLS; j++)
				y[j] = element(&w, at + j);
			continue;
		}
		for (j = 0; j < cols; j++)
			y[j] = element(&w, at + j);
		for (; j < TILE_COLS; j++)
			y[j] = 0.0f;
	}
}

/* Rows of w in F32 are columns of y; 0 if the last panel is not full. */
static inline __attribute__((always_inline)) size_t
transpose_columns(float *y, const struct packing *s, const struct window *win,
    size_t n)
{
	const size_t K = s->to->K, from = win->i * TILE_COLS;
	const float *w = (const float *)s->w.p + from * K + win->k;
	size_t k, c;

	if (from + TILE_COLS > s->to->N)
		return 0;
	for (k = 0; k + TRANSPOSE <= n; k += TRANSPOSE)
		for (c = 0; c < TILE_COLS; c += TRANSPOSE)
			transpose8((uint32_t *)(void *)(y + k * TILE_COLS + c),
			    TILE_COLS,
			    (const uint32_t *)(const void *)(w + c * K + k), K);
	return k;
}

/* Rows of w are columns of y: widened a little at a time, and transposed. */
static inline __attribute__((always_inline)) void
copy_columns(float *y, const struct packing *s, const struct window *win,
    size_t n, enum stored_type type)
{
	enum { PART = 64 };
	const struct stored w = { s->w.p, type };
	const size_t N = s->to->N, K = s->to->K, from = win->i * TILE_COLS;
	const size_t cols = N - from < TILE_COLS ? N - from : TILE_COLS;
	float x[TILE_COLS * PART];
	size_t k, m, c, j;

	for (j = cols * PART; j < TILE_COLS * PART; j++)
		x[j] = 0.0f;
	k = type == STORED_F32 ? transpose_columns(y, s, win, n) : 0;
	for (; k < n; k += m) {
		m = n - k < PART ? n - k : PART;
		for (c = 0; c < cols; c++)
			for (j = 0; j < m; j++)
				x[c * PART + j] = element(&w,
				    (from + c) * K + win->k + k + j);
		for (j = 0; j + TRANSPOSE <= m; j += TRANSPOSE)
			for (c = 0; c < TILE_COLS; c += TRANSPOSE)
				transpose8((uint32_t *)(void *)(y +
					       (k + j) * TILE_COLS + c),
				    TILE_COLS,
				    (const uint32_t *)(const void *)(x +
					c * PART + j),
				    PART);
		for (; j < m; j++)
			for (c = 0; c < TILE_COLS; c++)
				/* all of x[, j] is set; NOLINTNEXTLINE */
				y[(k + j) * TILE_COLS + c] = x[c * PART + j];
	}
}

/*
 * Rows of y are columns of INT8 panels: 16 by 16 numbers of w[K, N] lie
 * together, in words of two neighbours of a row.
 */
static inline __attribute__((always_inline)) void
copy_packed(float *y, const struct panel *w, const struct window *win, size_t n)
{
	const size_t words = tile_words(TILE_INT8, w->K), at = win->i * 8;
	const size_t some = words - at < 8 ? words - at : 8;
	const int8_t *q;
	size_t k, c, j;

	for (k = 0; k < n; k++, y += TILE_COLS) {
		const size_t row = win->k + k;
		const float scale = w->scale[row];

		c = row % TILE_COLS;
		q = (const int8_t *)w->p +
		    ((row / TILE_COLS * words + at) * TILE_COLS + c) * 2;
		for (j = 0; j < some; j++) {
			y[2 * j] = scale * q[j * TILE_COLS * 2];
			y[2 * j + 1] = scale * q[j * TILE_COLS * 2 + 1];
		}
		for (j *= 2; j < TILE_COLS; j++)
			y[j] = 0.0f;
	}
}

VECTOR_CLONES static void
gather(float *y, const struct packing *s, const struct window *win)
{
	const size_t left = s->to->K > win->k ? s->to->K - win->k : 0;
	const size_t n = left < win->n ? left : win->n;
	size_t j;

	if (s->to->packed != NULL)
		copy_packed(y, s->to->packed, win, n);
	else if (s->transposed && s->w.type == STORED_F32)
		copy_rows(y, s, win, n, STORED_F32);
	else if (s->transposed && s->w.type == STORED_BF16)
		copy_rows(y, s, win, n, STORED_BF16);
	else if (s->transposed)
		copy_rows(y, s, win, n, STORED_F16);
	else if (s->w.type == STORED_F32)
		copy_columns(y, s, win, n, STORED_F32);
	else if (s->w.type == STORED_BF16)
		copy_columns(y, s, win, n, STORED_BF16);
	else
		copy_columns(y, s, win, n, STORED_F16);
	for (j = n * TILE_COLS; j < win->n * TILE_COLS; j++)
		y[j] = 0.0f;
}

/* ---- from y to words of a tile */

VECTOR_CLONES static void
pack_bf16(uint16_t *to, const float *y, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = (uint16_t)(round_bf16(&y[i]) >> 16);
}

/*
 * BF16 in pairs, of BF16: nothing is rounded.  A word is two neighbours in a
 * row of w[N, K], so words are transposed; -1 where that does not fit.
 */
static int
pack_words(uint32_t *to, const struct packing *s, const struct window *win)
{
	const size_t K = s->to->K, from = win->i * TILE_COLS;
	const uint32_t *w =
	    (const uint32_t *)(const void *)((const char *)s->w.p +
		(from * K + win->k) * sizeof(uint16_t));
	size_t k, c;

	if (s->to->packed != NULL || s->w.type != STORED_BF16 ||
	    s->transposed || K % 2 != 0 || (uintptr_t)w % sizeof *w != 0 ||
	    from + TILE_COLS > s->to->N || win->k + win->n > K ||
	    win->n % (2 * TRANSPOSE) != 0)
		return -1;
	for (k = 0; k < win->n / 2; k += TRANSPOSE)
		for (c = 0; c < TILE_COLS; c += TRANSPOSE)
			transpose8(to + k * TILE_COLS + c, TILE_COLS,
			    w + c * (K / 2) + k, K / 2);
	return 0;
}

/* BF16 words of two from rows of w[K, N] in F32, as they are. */
static void
pack_rows_directly(uint32_t *word, const struct packing *s,
    const struct window *win)
{
	static const float none[TILE_COLS];
	const size_t N = s->to->N, K = s->to->K;
	const float *w = (const float *)s->w.p + win->i * TILE_COLS;
	size_t k;

	for (k = win->k; k < win->k + win->n; k += 2, word += TILE_COLS)
		bf16_pack_rows(word, k < K ? w + k * N : none,
		    k + 1 < K ? w + (k + 1) * N : none, TILE_COLS);
}

/* `words` words from word k of panel i; y: room for as many numbers. */
static void
pack_window(void *to, const struct packing *s, size_t i, size_t k, size_t words,
    float *y)
{
	const enum tile_type type = s->to->type;
	const size_t each = tile_packs_two(type) ? 2 : 1;
	const struct window win = { i, k * each, words * each };
	uint32_t *word = to;
	size_t j;

	if (type == TILE_F32) {
		gather(to, s, &win);
	} else if (each == 2) {
		if (pack_words(to, s, &win) == 0)
			return;
		if (s->transposed && s->w.type == STORED_F32 &&
		    (i + 1) * TILE_COLS <= s->to->N && s->to->packed == NULL) {
			pack_rows_directly(word, s, &win);
			return;
		}
		gather(y, s, &win);
		for (j = 0; j < words; j++)
			bf16_pack_rows(word + j * TILE_COLS,
			    y + 2 * j * TILE_COLS, y + (2 * j + 1) * TILE_COLS,
			    TILE_COLS);
	} else {
		gather(y, s, &win);
		pack_bf16(to, y, words * TILE_COLS);
	}
}

void
panel_pack_block(void *to, const struct panel *w, size_t from, size_t end,
    size_t k, size_t words)
{
	const struct packing s = { w, w->view, w->transposed };
	const size_t n = words * TILE_COLS;
	float *y = mem_scratch(2 * n * sizeof *y);
	char *at = to;

	for (; from < end; from++, at += n * tile_bytes(w->type))
		pack_window(at, &s, from, k, words, y);
	free(y);
}

/* A whole panel. */
static void
pack_panel(size_t i, void *arg)
{
	const struct packing *s = arg;
	const struct panel *to = s->to;
	const size_t words = tile_words(to->type, to->K), n = words * TILE_COLS;
	char *at = (char *)to->p + i * n * tile_bytes(to->type);
	const struct window all = { i, 0, to->K };
	float *y = mem_scratch(2 * n * sizeof *y);

	if (to->type == TILE_INT8) {
		gather(y, s, &all);
		quant_panel((int8_t *)at, to->scale + i * TILE_COLS, y, to->K);
	} else {
		pack_window(at, s, i, 0, words, y);
	}
	free(y);
}

void
panel_pack(struct panel *to, const float *w, bool transposed)
{
	struct packing s = { to, { w, STORED_F32 }, transposed };

	par_for(panel_count(to), pack_panel, &s);
}

void
panel_pack_one(struct panel *to, const struct stored *w, bool transposed,
    size_t i)
{
	struct packing s = { to, *w, transposed };

	pack_panel(i, &s);
}

void
panel_view(struct panel *to, size_t N, size_t K, enum tile_type type,
    const struct stored *w, bool transposed)
{
	assert(type != TILE_INT8); /* whose steps are of whole columns */
	*to = (struct panel){ .N = N,
		.K = K,
		.type = type,
		.view = *w,
		.transposed = transposed };
}

void
panel_view_packed(struct panel *to, enum tile_type type, const struct panel *w)
{
	assert(type != TILE_INT8 && w->type == TILE_INT8);
	*to = (struct panel){ .N = w->K, .K = w->N, .type = type, .packed = w };
}
