/* SPDX-License-Identifier: MIT */
/*
 * All five products are tiles' (tile.h), as forward.  P and dS are transposed
 * for those that sum over queries.  BLAS, called for squares of this size,
 * spends as long on arranging its factors as on multiplying them.
 */
#include "tensor/attendback.h"

#include <math.h>
#include <string.h>

#include "tensor/tile.h"
#include "tensor/transpose.h"
#include "tensor/vector.h"

enum {
	BLOCK = ATTEND_BLOCK,
	WIDE = ATTEND_WIDEST,
	ROW = TILE_COLS * sizeof(float) /* bytes */
};

/* Factors as tiles take them: rows of x, and w in panels. */
struct work {
	float x[BLOCK * TILE_STRIDE]; /* q, dout, and what is transposed */
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
packed_of(size_t n)
{
	return (n + TILE_COLS - 1) / TILE_COLS;
}

static inline __attribute__((always_inline)) void
transpose_floats(float *to, size_t to_apart, const float *from, size_t apart)
{
	transpose8((uint32_t *)(void *)to, to_apart,
	    (const uint32_t *)(const void *)from, apart);
}

VECTOR_CLONES static void
place_rows(float *to, const struct rows *x, size_t n, size_t E, float scale)
{
	size_t i, e;

	for (i = 0; i < n; i++)
		for (e = 0; e < E; e++)
			to[i * TILE_STRIDE + e] =
			    x->p[i * x->apart + e] * scale;
}

/* w[n / 16][E][16]: rows of x become columns.  What fills up is no matter. */
VECTOR_CLONES static void
lay_columns(float *w, const struct rows *x, size_t n, size_t E)
{
	size_t i, j, e, rows;

	for (i = 0; i < n; i += TRANSPOSE) {
		float *to = w + i / TILE_COLS * TILE_COLS * E + i % TILE_COLS;
		const float *from = x->p + i * x->apart;

		rows = least(TRANSPOSE, n - i);
		for (e = 0; rows == TRANSPOSE && e + TRANSPOSE <= E;
		     e += TRANSPOSE)
			transpose_floats(to + e * TILE_COLS, TILE_COLS,
			    from + e, x->apart);
		for (; e < E; e++)
			for (j = 0; j < rows; j++)
				to[e * TILE_COLS + j] = from[j * x->apart + e];
	}
}

/* w[E / 16][BLOCK][16]: columns of x stay columns. */
VECTOR_CLONES static void
lay_rows(float *w, const struct rows *x, size_t n, size_t E)
{
	size_t i, e;

	for (e = 0; e + TILE_COLS <= E; e += TILE_COLS, w += BLOCK * TILE_COLS)
		for (i = 0; i < n; i++) /* a constant is a load and a store */
			memcpy(w + i * TILE_COLS, x->p + i * x->apart + e,
			    TILE_COLS * sizeof(*w));
	for (i = 0; e < E && i < n; i++)
		memcpy(w + i * TILE_COLS, x->p + i * x->apart + e,
		    (E - e) * sizeof(*w));
}

/* to[columns, rows] = from[rows, columns]^T; both have room for a BLOCK. */
VECTOR_CLONES static void
transpose_square(float *to, size_t to_apart, const float *from, size_t apart,
    size_t rows, size_t columns)
{
	size_t i, j;

	for (i = 0; i < rows; i += TRANSPOSE)
		for (j = 0; j < columns; j += TRANSPOSE)
			transpose_floats(to + j * to_apart + i, to_apart,
			    from + i * apart + j, apart);
}

/* out[queries, keys] = x @ w of lay_columns */
static void
scores(float *out, size_t apart, const struct work *w, const struct square *s)
{
	struct tile_walk t = { .type = TILE_F32,
		.w = w->w,
		.apart = TILE_COLS * s->E,
		.k = s->E,
		.panels = packed_of(s->keys),
		.pace = ROW };
	size_t i;

	for (i = 0; i < s->queries; i += t.R) {
		t.x = w->x + i * TILE_STRIDE;
		t.R = least(tile_rows(TILE_F32), s->queries - i);
		tile_walk(out + i * apart, apart, &t);
	}
}

VECTOR_CLONES static void
add_rows(float *out, size_t apart, const float *sum, size_t wide, size_t n,
    size_t E)
{
	size_t i, e;

	for (i = 0; i < n; i++)
		for (e = 0; e < E; e++)
			out[i * apart + e] += sum[i * wide + e];
}

/* out[n, E] += x[n, k] @ w of lay_rows */
static void
add_product(float *out, size_t apart, struct work *w, const float *x, size_t n,
    size_t k, size_t E)
{
	const size_t wide = packed_of(E) * TILE_COLS;
	struct tile_walk t = { .type = TILE_F32,
		.w = w->w,
		.apart = BLOCK * TILE_COLS,
		.k = k,
		.panels = packed_of(E),
		.pace = ROW };
	size_t i;

	for (i = 0; i < n; i += t.R) {
		t.x = x + i * TILE_STRIDE;
		t.R = least(tile_rows(TILE_F32), n - i);
		tile_walk(w->sum, wide, &t);
		add_rows(out + i * apart, apart, w->sum, wide, t.R, E);
	}
}

/* p := e^(s - lse), ds := p (dp - D) / sqrt(E), both zero where masked. */
VECTOR_CLONES static void
weigh(struct work *w, const struct square *s, float scale)
{
	size_t i, j, n;

	for (i = 0; i < s->queries; i++) {
		float *p = w->p + i * BLOCK, *ds = w->ds + i * TILE_STRIDE;
		const float lse = s->lse.p[i * s->lse.apart];
		const float dot = s->dot.p[i * s->dot.apart];

		n = least(s->seen + i, s->keys);
		for (j = 0; j < n; j++) {
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
	lay_columns(w.w, &s->k, keys, E);
	scores(w.p, BLOCK, &w, s);
	place_rows(w.x, &s->dout, queries, E, 1.0f);
	lay_columns(w.w, &s->v, keys, E);
	scores(w.ds, TILE_STRIDE, &w, s);
	weigh(&w, s, scale);
	lay_rows(w.w, &s->k, keys, E);
	add_product(s->dq, s->q.apart, &w, w.ds, queries, keys, E);
	lay_rows(w.w, &s->dout, queries, E);
	transpose_square(w.x, TILE_STRIDE, w.p, BLOCK, queries, keys);
	add_product(s->dv, s->v.apart, &w, w.x, keys, queries, E);
	lay_rows(w.w, &s->q, queries, E);
	transpose_square(w.x, TILE_STRIDE, w.ds, TILE_STRIDE, queries, keys);
	add_product(s->dk, s->k.apart, &w, w.x, keys, queries, E);
}
