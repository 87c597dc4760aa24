/* SPDX-License-Identifier: MIT */
/*
 * Keys are processed in blocks of ATTEND_BLOCK, with a running maximum m and
 * sum l for each query: when m grows to m', the sums so far are multiplied by
 * e^(m - m') (Milakov and Gimelshein 2018; Dao et al. 2022).  Blocks begin at
 * multiples of ATTEND_BLOCK from the first position of the sequence.  The keys
 * of its last block that a query does not see have weight e^-inf = 0 exactly,
 * so its sums do not depend on them.
 */
#include "tensor/attend.h"

#include <math.h>
#include <string.h>

#include "tensor/tile.h"
#include "tensor/transpose.h"
#include "tensor/vector.h"

enum { BLOCK = ATTEND_BLOCK, LANES = 16, ROW = TILE_COLS * sizeof(float) };

_Static_assert((int)ATTEND_WIDEST <= (int)TILE_DEPTH &&
	(int)BLOCK <= (int)TILE_DEPTH,
    "a tile holds a query, and the weights of a block");

/* The state of R queries between blocks. */
struct state {
	const struct query *query;
	size_t R, E, wide; /* wide: E rounded up to whole panels */
	float m[TILE_F32_ROWS_MAX], l[TILE_F32_ROWS_MAX];
	float s[TILE_F32_ROWS_MAX * TILE_STRIDE];     /* [R, BLOCK] */
	float q[TILE_F32_ROWS_MAX * TILE_STRIDE];     /* [R, E], scaled */
	float out[TILE_F32_ROWS_MAX * ATTEND_WIDEST]; /* [R, wide] */
	float sum[TILE_F32_ROWS_MAX * ATTEND_WIDEST];
};

size_t
kv_cap(size_t n)
{
	return (n + TILE_COLS - 1) / TILE_COLS * TILE_COLS;
}

size_t
kv_fork(size_t n)
{
	return n / BLOCK * BLOCK;
}

size_t
kv_floats(size_t cap, size_t E)
{
	return cap * (E + kv_cap(E));
}

struct kv
kv_at(float *memory, size_t cap, size_t E)
{
	return (struct kv){ memory, memory + cap * E, cap };
}

void
kv_put(const struct kv *to, size_t E, size_t at, const float *k, const float *v)
{
	float *key = to->k + at / TILE_COLS * TILE_COLS * E + at % TILE_COLS;
	float *value = to->v + at * TILE_COLS;
	size_t e, n;

	for (e = 0; e < E; e++)
		key[e * TILE_COLS] = k[e];
	for (e = 0; e < E; e += n, value += to->cap * TILE_COLS) {
		n = E - e < TILE_COLS ? E - e : TILE_COLS;
		memcpy(value, v + e, n * sizeof(*v));
	}
}

void
kv_copy(const struct kv *to, const struct kv *from, size_t E, size_t at,
    size_t n)
{
	size_t e;

	memcpy(to->k, from->k + at * E, kv_cap(n) * E * sizeof(*to->k));
	for (e = 0; e < E; e += TILE_COLS)
		memcpy(to->v + e * to->cap,
		    from->v + e * from->cap + at * TILE_COLS,
		    n * TILE_COLS * sizeof(*to->v));
}

VECTOR_CLONES static void
transpose_keys(float *key, const float *k, size_t stride, size_t E)
{
	size_t e;

	for (e = 0; e < E; e += TRANSPOSE)
		transpose8((uint32_t *)(void *)(key + e * TILE_COLS), TILE_COLS,
		    (const uint32_t *)(const void *)(k + e), stride);
}

void
kv_put_rows(const struct kv *to, size_t E, size_t at, size_t n, const float *k,
    size_t k_stride, const float *v, size_t v_stride)
{
	const size_t end = at + n;
	size_t e, i;

	while (at < end) {
		if (at % TRANSPOSE > 0 || end - at < TRANSPOSE ||
		    E % TILE_COLS > 0) {
			kv_put(to, E, at++, k, v);
			k += k_stride;
			v += v_stride;
			continue;
		}
		transpose_keys(to->k + at / TILE_COLS * TILE_COLS * E +
			at % TILE_COLS,
		    k, k_stride, E);
		for (e = 0; e < E; e += TILE_COLS)
			for (i = 0; i < TRANSPOSE; i++)
				memcpy(to->v + e * to->cap +
					(at + i) * TILE_COLS,
				    v + i * v_stride + e,
				    TILE_COLS * sizeof(*v));
		at += TRANSPOSE;
		k += TRANSPOSE * k_stride;
		v += TRANSPOSE * v_stride;
	}
}

/* The largest of s[n] and m; the rest of the block becomes -inf. */
static inline float
row_most(float *s, size_t n, float m)
{
	float max[LANES];
	size_t i, j;

	for (i = n; i < BLOCK; i++)
		s[i] = -INFINITY;
	for (j = 0; j < LANES; j++)
		max[j] = m;
	for (i = 0; i < BLOCK; i += LANES)
		for (j = 0; j < LANES; j++)
			max[j] = s[i + j] > max[j] ? s[i + j] : max[j];
	for (j = 0; j < LANES; j++)
		m = max[j] > m ? max[j] : m;
	return m;
}

/* s := e^(s - m), which is 0 for -inf; returns the sum. */
static inline float
row_exp(float *s, float m)
{
	float sum[LANES] = { 0 }, all = 0.0f;
	size_t i, j;

	for (i = 0; i < BLOCK; i += LANES)
		for (j = 0; j < LANES; j++) {
			s[i + j] = vector_exp(s[i + j] - m);
			sum[j] += s[i + j];
		}
	for (j = 0; j < LANES; j++)
		all += sum[j];
	return all;
}

/* Scores of the block at `from` to weights; rescale out if m grew. */
VECTOR_CLONES static void
weigh(struct state *t, size_t from)
{
	size_t i, j, n;
	float most, shrink;

	for (i = 0; i < t->R; i++) {
		float *row = t->s + i * TILE_STRIDE,
		      *out = t->out + i * t->wide;

		if (t->query[i].n <= from) {
			memset(row, 0, BLOCK * sizeof(*row));
			continue;
		}
		n = t->query[i].n - from;
		most = row_most(row, n < BLOCK ? n : BLOCK, t->m[i]);
		shrink = vector_exp(t->m[i] - most);
		t->l[i] = t->l[i] * shrink + row_exp(row, most);
		t->m[i] = most;
		if (shrink != 1.0f)
			for (j = 0; j < t->wide; j++)
				out[j] *= shrink;
	}
}

VECTOR_CLONES static void
add_floats(float *to, const float *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] += x[i];
}

/* Process n keys at position `at` of a store, `from` of the sequence. */
static void
attend_block(struct state *t, const struct kv *kv, size_t at, size_t from,
    size_t n)
{
	const struct tile_walk score = { TILE_F32, t->q, kv->k + at * t->E,
		TILE_COLS * t->E, t->E, t->R, kv_cap(n) / TILE_COLS,
		kv->k + (at + BLOCK) * t->E, ROW };
	const struct tile_walk value = { TILE_F32, t->s, kv->v + at * TILE_COLS,
		kv->cap * TILE_COLS, n, t->R, t->wide / TILE_COLS,
		kv->v + (at + BLOCK) * TILE_COLS, ROW };

	tile_walk(t->s, TILE_STRIDE, &score);
	weigh(t, from);
	tile_walk(t->sum, t->wide, &value);
	add_floats(t->out, t->sum, t->R * t->wide);
}

static void
begin(struct state *t, const struct query *query, size_t R, size_t E)
{
	const float scale = 1.0f / sqrtf((float)E);
	size_t i, e;

	t->query = query;
	t->R = R;
	t->E = E;
	t->wide = kv_cap(E);
	for (i = 0; i < R; i++) {
		t->m[i] = -INFINITY;
		t->l[i] = 0.0f;
		for (e = 0; e < E; e++)
			t->q[i * TILE_STRIDE + e] = query[i].q[e] * scale;
	}
	memset(t->out, 0, R * t->wide * sizeof(*t->out));
}

void
attend(const struct query *query, size_t R, size_t E,
    const struct kv_span *span, size_t spans)
{
	struct state t;
	size_t i, e, at, n, from = 0, most = 0;

	begin(&t, query, R, E);
	for (i = 0; i < R; i++)
		most = query[i].n > most ? query[i].n : most;
	for (i = 0; i < spans; from += span[i++].n)
		for (at = 0; at < span[i].n && from + at < most; at += BLOCK) {
			n = most - from - at;
			attend_block(&t, &span[i].kv, at, from + at,
			    n < BLOCK ? n : BLOCK);
		}
	for (i = 0; i < R; i++) {
		for (e = 0; e < E; e++)
			query[i].out[e] = t.out[i * t.wide + e] / t.l[i];
		if (query[i].lse != NULL)
			*query[i].lse = t.m[i] + logf(t.l[i]);
	}
}
