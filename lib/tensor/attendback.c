/* SPDX-License-Identifier: MIT */
/*
 * All five products use the kernels of tile.h, as forward does.  P and dS are
 * transposed for the products that sum over queries.  BLAS would spend as much
 * time on packing squares of this size as on multiplying them.
 */
#include "tensor/attendback.h"

#include <math.h>
#include <string.h>

#include "tensor/tile.h"
#include "tensor/transpose.h"
#include "tensor/vector.h"

enum { BLOCK = KV_BLOCK, WIDE = ATTEND_WIDEST };

/* The factors of a product in the layout of tile.h. */
struct work {
	float x[BLOCK * TILE_STRIDE]; /* q, dout, P^T and dS^T */
	float ds[BLOCK * TILE_STRIDE];
	float w[BLOCK * WIDE];
	float p[BLOCK * BLOCK];
	float sum[TILE_F32_ROWS_MAX * WIDE];
};

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t
panels_of(size_t n)
{
	return (n + TILE_COLS - 1) / TILE_COLS;
}

static inline __attribute__((always_inline)) void
transpose_floats(float *to, size_t to_stride, const float *from, size_t stride)
{
	transpose8((uint32_t *)(void *)to, to_stride,
	    (const uint32_t *)(const void *)from, stride);
}

VECTOR_CLONES static void
place_rows(float *to, const struct rows *x, size_t n, size_t E, float scale)
{
	size_t i, e;

	for (i = 0; i < n; i++)
		for (e = 0; e < E; e++)
			to[i * TILE_STRIDE + e] =
			    x->p[i * x->stride + e] * scale;
}

/* w[n / 16][E][16] = x^T.  Columns beyond n are arbitrary. */
VECTOR_CLONES static void
pack_transposed(float *w, const struct rows *x, size_t n, size_t E)
{
	size_t i, j, e, rows;

	for (i = 0; i < n; i += TRANSPOSE) {
		float *to = w + i / TILE_COLS * TILE_COLS * E + i % TILE_COLS;
		const float *from = x->p + i * x->stride;

		rows = least(TRANSPOSE, n - i);
		for (e = 0; rows == TRANSPOSE && e + TRANSPOSE <= E;
		     e += TRANSPOSE)
			transpose_floats(to + e * TILE_COLS, TILE_COLS,
			    from + e, x->stride);
		for (; e < E; e++)
			for (j = 0; j < rows; j++)
				to[e * TILE_COLS + j] = from[j * x->stride + e];
	}
}

/* w[E / 16][BLOCK][16] = x */
VECTOR_CLONES static void
pack_rows(float *w, const struct rows *x, size_t n, size_t E)
{
	size_t i, e;

	for (e = 0; e + TILE_COLS <= E; e += TILE_COLS, w += BLOCK * TILE_COLS)
		for (i = 0; i < n;
		     i++) /* a constant size: one load and store */
			memcpy(w + i * TILE_COLS, x->p + i * x->stride + e,
			    TILE_COLS * sizeof(*w));
	for (i = 0; e < E && i < n; i++)
		memcpy(w + i * TILE_COLS, x->p + i * x->stride + e,
		    (E - e) * sizeof(*w));
}

/* to[columns, rows] = from[rows, columns]^T; both hold BLOCK x BLOCK. */
VECTOR_CLONES static void
transpose_square(float *to, size_t to_stride, const float *from, size_t stride,
    size_t rows, size_t columns)
{
	size_t i, j;

	for (i = 0; i < rows; i += TRANSPOSE)
		for (j = 0; j < columns; j += TRANSPOSE)
			transpose_floats(to + j * to_stride + i, to_stride,
			    from + i * stride + j, stride);
}

/* out[queries, keys] = x @ w, where w is from pack_transposed */
static void
scores(float *out, size_t stride, const struct work *w, const struct square *s)
{
	struct tile_walk t = { .type = TILE_F32,
		.w = w->w,
		.panel_stride = TILE_COLS * s->E,
		.k = s->E,
		.panels = panels_of(s->keys),
		.ahead = w->w };
	size_t i;

	for (i = 0; i < s->queries; i += t.R) {
		t.x = w->x + i * TILE_STRIDE;
		t.R = least(tile_rows(TILE_F32), s->queries - i);
		tile_walk(out + i * stride, stride, &t);
	}
}

VECTOR_CLONES static void
add_rows(float *out, size_t stride, const float *sum, size_t wide, size_t n,
    size_t E)
{
	size_t i, e;

	for (i = 0; i < n; i++)
		for (e = 0; e < E; e++)
			out[i * stride + e] += sum[i * wide + e];
}

/* out[n, E] += x[n, k] @ w, where w is from pack_rows */
static void
add_product(float *out, size_t stride, struct work *w, const float *x, size_t n,
    size_t k, size_t E)
{
	const size_t wide = panels_of(E) * TILE_COLS;
	struct tile_walk t = { .type = TILE_F32,
		.w = w->w,
		.panel_stride = BLOCK * TILE_COLS,
		.k = k,
		.panels = panels_of(E),
		.ahead = w->w };
	size_t i;

	for (i = 0; i < n; i += t.R) {
		t.x = x + i * TILE_STRIDE;
		t.R = least(tile_rows(TILE_F32), n - i);
		tile_walk(w->sum, wide, &t);
		add_rows(out + i * stride, stride, w->sum, wide, t.R, E);
	}
}

/* p := e^(s - lse), ds := p (dp - D) / sqrt(E), both zero where masked. */
VECTOR_CLONES static void
weigh(struct work *w, const struct square *s, float scale)
{
	size_t i, j, n, first;

	for (i = 0; i < s->queries; i++) {
		float *p = w->p + i * BLOCK, *ds = w->ds + i * TILE_STRIDE;
		const float lse = s->lse.p[i * s->lse.stride];
		const float dot = s->dot.p[i * s->dot.stride];

		n = least(s->seen + i, s->keys);
		first = least(attend_first(s->ahead + i + 1, s->window), n);
		for (j = 0; j < first; j++)
			p[j] = ds[j] = 0.0f;
		for (; j < n; j++) {
			p[j] = vector_exp(p[j] - lse);
			ds[j] = p[j] * (ds[j] - dot) * scale;
		}
		for (; j < BLOCK; j++)
			p[j] = ds[j] = 0.0f;
	}
}

void
attend_back(const struct square *s)
{
	const size_t E = s->E, queries = s->queries, keys = s->keys;
	const float scale = (float)(1 / sqrt((double)E));
	struct work w;

	place_rows(w.x, &s->q, queries, E, scale);
	pack_transposed(w.w, &s->k, keys, E);
	scores(w.p, BLOCK, &w, s);
	place_rows(w.x, &s->dout, queries, E, 1.0f);
	pack_transposed(w.w, &s->v, keys, E);
	scores(w.ds, TILE_STRIDE, &w, s);
	weigh(&w, s, scale);
	pack_rows(w.w, &s->k, keys, E);
	add_product(s->dq, s->q.stride, &w, w.ds, queries, keys, E);
	pack_rows(w.w, &s->dout, queries, E);
	transpose_square(w.x, TILE_STRIDE, w.p, BLOCK, queries, keys);
	add_product(s->dv, s->v.stride, &w, w.x, keys, queries, E);
	pack_rows(w.w, &s->q, queries, E);
	transpose_square(w.x, TILE_STRIDE, w.ds, TILE_STRIDE, queries, keys);
	add_product(s->dk, s->k.stride, &w, w.x, keys, queries, E);
}
