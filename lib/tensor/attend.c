/* SPDX-License-Identifier: MIT */
/*
 * Keys are processed in blocks of KV_BLOCK, with a running maximum m and
 * sum l for each query: when m grows to m', the sums so far are multiplied by
 * e^(m - m') (Milakov and Gimelshein 2018; Dao et al. 2022).  Blocks begin at
 * multiples of KV_BLOCK from the first position of the sequence.  The keys
 * of its last block that a query does not see have weight e^-inf = 0 exactly,
 * so its sums do not depend on them; the same of its first block with a window.
 * A block of which it sees none adds 0.
 */
#include "tensor/attend.h"

#include <math.h>
#include <string.h>

#include "tensor/vector.h"

enum { BLOCK = KV_BLOCK, LANES = 16 };

_Static_assert((int)ATTEND_WIDEST <= (int)TILE_DEPTH &&
	(int)BLOCK <= (int)TILE_DEPTH,
    "a tile holds a query, and the weights of a block");

/* The state of R queries between blocks. */
struct state {
	const struct query *query;
	size_t R, E, wide; /* wide: E in whole panels */
	float m[TILE_F32_ROWS_MAX], l[TILE_F32_ROWS_MAX];
	float s[TILE_F32_ROWS_MAX * TILE_STRIDE];     /* [R, BLOCK] */
	float q[TILE_F32_ROWS_MAX * TILE_STRIDE];     /* [R, E], scaled */
	float out[TILE_F32_ROWS_MAX * ATTEND_WIDEST]; /* [R, wide] */
	float sum[TILE_F32_ROWS_MAX * ATTEND_WIDEST];
};

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The largest of s[first .. n-1] and m; the rest of the block becomes -inf. */
static inline float
row_most(float *s, size_t first, size_t n, float m)
{
	float max[LANES];
	size_t i, j;

	for (i = 0; i < first; i++)
		s[i] = -INFINITY;
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
	size_t i, j, first, n;
	float most, shrink;

	for (i = 0; i < t->R; i++) {
		float *row = t->s + i * TILE_STRIDE,
		      *out = t->out + i * t->wide;

		if (t->query[i].n <= from ||
		    t->query[i].first >= from + BLOCK) {
			memset(row, 0, BLOCK * sizeof(*row));
			continue;
		}
		n = t->query[i].n - from;
		first = t->query[i].first > from ? t->query[i].first - from : 0;
		most = row_most(row, first, n < BLOCK ? n : BLOCK, t->m[i]);
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

/*
 * Process the n keys of a block, `from` of the sequence; then comes the block
 * at `next`.
 */
static void
attend_block(struct state *t, const struct kv *kv, const char *block,
    const char *next, size_t from, size_t n)
{
	const size_t row = TILE_COLS * tile_bytes(kv->type);
	const size_t keys = BLOCK / TILE_COLS * t->E * row;
	const struct tile_walk score = { kv->type, t->q, block,
		TILE_COLS * t->E, t->E, t->R, kv_wide(n) / TILE_COLS, next,
		row };
	const struct tile_walk value = { kv->type, t->s, block + keys,
		TILE_COLS * BLOCK, n, t->R, t->wide / TILE_COLS, next + keys,
		row };

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
	t->wide = kv_wide(E);
	for (i = 0; i < R; i++) {
		t->m[i] = -INFINITY;
		t->l[i] = 0.0f;
		for (e = 0; e < E; e++)
			t->q[i * TILE_STRIDE + e] = query[i].q[e] * scale;
	}
	memset(t->out, 0, R * t->wide * sizeof(*t->out));
}

void
attend(const struct query *query, size_t R, const struct kv_span *span,
    size_t spans, const struct kv *next)
{
	const size_t E = span->kv.E;
	struct state t;
	size_t i, e, at, n, from = 0, most = 0, first = query->first;

	begin(&t, query, R, E);
	for (i = 0; i < R; i++) {
		most = query[i].n > most ? query[i].n : most;
		first = least(first, query[i].first);
	}
	for (i = 0; i < spans; from += span[i++].n) {
		const struct kv *kv = &span[i].kv;
		const char *block = kv->p, *last;

		if (i + 1 < spans)
			last = span[i + 1].kv.p;
		else
			last = next == NULL ? block : next->p;
		for (at = 0; at < span[i].n && from + at < most;
		     at += BLOCK, block += kv->stride) {
			if (from + at + BLOCK <= first)
				continue;
			n = least(most - from, span[i].n) - at;
			attend_block(&t, kv, block,
			    n > BLOCK ? block + kv->stride : last, from + at,
			    least(n, BLOCK));
		}
	}
	for (i = 0; i < R; i++) {
		for (e = 0; e < E; e++)
			query[i].out[e] = t.out[i * t.wide + e] / t.l[i];
		if (query[i].lse != NULL)
			*query[i].lse = t.m[i] + logf(t.l[i]);
	}
}
