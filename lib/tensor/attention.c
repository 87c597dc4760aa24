/* SPDX-License-Identifier: MIT */
/*
 * Forward lays out keys and values, and attends (attend.h).
 *
 * Backward, with S = q k^T / sqrt(E), P = e^(S - lse), D_t = dout_t . out_t
 * (which equals sum_s P_ts dP_ts):
 *
 *   dv += P^T dout        dP = dout v^T
 *   dS = P (dP - D)       dq += dS k / sqrt(E)      dk += dS^T q / sqrt(E)
 *
 * A task is a head of a sequence forward; backward it is a key/value head
 * with all query heads that it serves, so dk and dv have one writer.
 */
#include "tensor/attention.h"

#include <math.h>
#include <stdbool.h>

#include "base/par.h"
#include "tensor/attend.h"
#include "tensor/gemm.h"
#include "tensor/tile.h"
#include "tensor/vector.h"

enum { BLOCK = 64 };

struct call {
	const struct attention *a;
	float *out, *lse, *kv, *dq, *dk, *dv, *dot;
	const float *o, *dout, *saved;
};

/* Queries from q (an absolute row) against keys from k, of one head. */
struct tile {
	size_t q, k, nq, nk, head, kv;
};

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* s[nq, BLOCK] = x @ y^T / sqrt(E) */
static void
scores(float *s, const struct attention *a, const struct tile *t)
{
	struct gemm g = { .m = t->nq, .n = t->nk, .k = a->E, .tb = true,
		.alpha = (float)(1 / sqrt((double)a->E)), .beta = 0.0f,
		.lda = a->q_stride, .ldb = a->k_stride, .ldo = BLOCK };

	gemm(s, a->q + t->q * a->q_stride + t->head * a->E,
	    a->k + t->k * a->k_stride + t->kv * a->E, &g);
}

/* Keys of the tile that query i sees. */
static size_t
visible(const struct tile *t, size_t i)
{
	size_t last = t->q + i + 1;

	return last <= t->k ? 0 : least(last - t->k, t->nk);
}

static size_t
length(const struct attention *a, size_t b)
{
	return a->start[b + 1] - a->start[b];
}

/* Positions that sequence b has seen before its first. */
static size_t
before(const struct attention *a, size_t b)
{
	return a->parent == NULL || a->parent[b] == b ? 0 :
							length(a, a->parent[b]);
}

/* Where the room of sequence b begins: after that of those before it, each filled up. */
static size_t
kv_offset(const size_t *start, bool shared, size_t b, size_t K, size_t E)
{
	const size_t more = 2 * TILE_COLS + (shared ? ATTEND_BLOCK : 0);

	return K * kv_floats(kv_cap(start[b] + more * b), E);
}

/* What sequence b has to itself: from the last block of its beginning on. */
static struct kv
kv_of(const struct call *c, size_t b, size_t head)
{
	const struct attention *a = c->a;
	size_t n = before(a, b) % ATTEND_BLOCK + length(a, b), cap = kv_cap(n);

	return kv_at(c->kv +
		kv_offset(a->start, a->parent != NULL, b, a->K, a->E) +
		head * kv_floats(cap, a->E), cap, a->E);
}

static void
put_rows(const struct call *c, const struct kv *kv, size_t at, size_t head,
    size_t first, size_t n)
{
	const struct attention *a = c->a;
	size_t t;

	for (t = first; t < first + n; t++)
		kv_put(kv, a->E, at + t - first,
		    a->k + t * a->k_stride + head * a->E,
		    a->v + t * a->v_stride + head * a->E);
}

/* Keys and values of one head of one sequence are laid out. */
static void
lay_out_head(size_t task, void *arg)
{
	const struct call *c = arg;
	const struct attention *a = c->a;
	const size_t b = task / a->K, head = task % a->K, n = before(a, b);
	const struct kv kv = kv_of(c, b, head);

	if (n > 0)
		put_rows(c, &kv, 0, head, a->start[a->parent[b]] + kv_fork(n),
		    n - kv_fork(n));
	put_rows(c, &kv, n - kv_fork(n), head, a->start[b], length(a, b));
}

static void
forward_head(size_t task, void *arg)
{
	const struct call *c = arg;
	const struct attention *a = c->a;
	const size_t b = task / a->H, head = task % a->H, H = a->H, E = a->E;
	const size_t kv = head / (H / a->K), n = before(a, b);
	const size_t start = a->start[b], end = a->start[b + 1];
	struct kv_span span[2];
	struct query query[TILE_F32_ROWS_MAX];
	size_t spans = 0, t, i, R;

	if (kv_fork(n) > 0)
		span[spans++] = (struct kv_span){ kv_of(c, a->parent[b], kv),
			kv_fork(n) };
	span[spans++] = (struct kv_span){ kv_of(c, b, kv),
		n - kv_fork(n) + end - start };
	for (t = start; t < end; t += R) {
		R = least(tile_rows(TILE_F32), end - t);
		for (i = 0; i < R; i++)
			query[i] = (struct query){
				a->q + (t + i) * a->q_stride + head * E,
				c->out + ((t + i) * H + head) * E,
				c->lse == NULL ? NULL :
						 c->lse + (t + i) * H + head,
				n + t + i - start + 1 };
		attend(query, R, E, span, spans);
	}
}

size_t
attention_floats(const size_t *start, const size_t *parent, size_t B,
    size_t K, size_t E)
{
	return kv_offset(start, parent != NULL, B, K, E);
}

void
attention_forward(float *out, float *lse, float *kv, const struct attention *a)
{
	struct call c = { .a = a, .out = out, .lse = lse, .kv = kv };

	par_for(a->B * a->K, lay_out_head, &c);
	par_for(a->B * a->H, forward_head, &c);
}

/* p := e^(s - lse), dp := p (dp - D) / sqrt(E), both zero where masked. */
VECTOR_CLONES static void
backward_tile(float *p, float *dp, const struct call *c, const struct tile *t)
{
	const struct attention *a = c->a;
	const float scale = (float)(1 / sqrt((double)a->E));
	size_t i, j;

	for (i = 0; i < t->nq; i++) {
		size_t at = (t->q + i) * a->H + t->head, n = visible(t, i);
		float *row = p + i * BLOCK, *drow = dp + i * BLOCK;
		float dot = c->dot[at], lse = c->saved[at];

		for (j = 0; j < n; j++) {
			row[j] = vector_exp(row[j] - lse);
			drow[j] = row[j] * (drow[j] - dot) * scale;
		}
		for (; j < BLOCK; j++)
			row[j] = drow[j] = 0.0f;
	}
}

/* One tile's share of dq, dk and dv. */
static void
backward_products(const struct call *c, const struct tile *t)
{
	const struct attention *a = c->a;
	const size_t E = a->E, stride = a->H * E;
	const float *dout = c->dout + t->q * stride + t->head * E;
	size_t q = t->q * a->q_stride + t->head * E;
	size_t k = t->k * a->k_stride + t->kv * E;
	size_t v = t->k * a->v_stride + t->kv * E;
	struct gemm g = { .m = t->nq, .n = t->nk, .k = E, .tb = true,
		.alpha = 1.0f, .beta = 0.0f, .lda = stride,
		.ldb = a->v_stride, .ldo = BLOCK };
	struct gemm to_q = { .m = t->nq, .n = E, .k = t->nk, .alpha = 1.0f,
		.beta = 1.0f, .lda = BLOCK, .ldb = a->k_stride,
		.ldo = a->q_stride };
	struct gemm to_kv = { .m = t->nk, .n = E, .k = t->nq, .ta = true,
		.alpha = 1.0f, .beta = 1.0f, .lda = BLOCK };
	float p[BLOCK * BLOCK], dp[BLOCK * BLOCK];

	scores(p, a, t);
	gemm(dp, dout, a->v + v, &g);
	backward_tile(p, dp, c, t);
	to_kv.ldb = stride;
	to_kv.ldo = a->v_stride;
	gemm(c->dv + v, p, dout, &to_kv);
	gemm(c->dq + q, dp, a->k + k, &to_q);
	to_kv.ldb = a->q_stride;
	to_kv.ldo = a->k_stride;
	gemm(c->dk + k, dp, a->q + q, &to_kv);
}

/* D_t = dout_t . out_t */
static void
backward_dots(const struct call *c, size_t head, size_t start, size_t end)
{
	const size_t H = c->a->H, E = c->a->E;
	size_t t, j;

	for (t = start; t < end; t++) {
		const float *o = c->o + (t * H + head) * E;
		const float *d = c->dout + (t * H + head) * E;
		double sum = 0;

		for (j = 0; j < E; j++)
			sum += (double)(o[j] * d[j]);
		c->dot[t * H + head] = (float)sum;
	}
}

/*
 * The queries of rows start .. end-1 against the keys of rows from .. to-1,
 * and none after their own.
 */
static void
backward_rows(const struct call *c, struct tile *t, size_t start, size_t end,
    size_t from, size_t to)
{
	size_t last;

	for (t->q = start; t->q < end; t->q += BLOCK) {
		t->nq = least(BLOCK, end - t->q);
		last = least(to, t->q + t->nq);
		for (t->k = from; t->k < last; t->k += BLOCK) {
			t->nk = least(BLOCK, last - t->k);
			backward_products(c, t);
		}
	}
}

/* A sequence and all that continue it: they write to its keys and values. */
static void
backward_head(size_t task, void *arg)
{
	const struct call *c = arg;
	const struct attention *a = c->a;
	const size_t group = a->H / a->K, root = task / a->K;
	const size_t *start = a->start;
	struct tile t = { .kv = task % a->K };
	size_t b;

	if (before(a, root) > 0)
		return;
	for (t.head = t.kv * group; t.head < (t.kv + 1) * group; t.head++)
		for (b = root; b < a->B && (b == root || (a->parent != NULL &&
			a->parent[b] == root)); b++) {
			backward_dots(c, t.head, start[b], start[b + 1]);
			if (b != root)
				backward_rows(c, &t, start[b], start[b + 1],
				    start[root], start[root + 1]);
			backward_rows(c, &t, start[b], start[b + 1], start[b],
			    start[b + 1]);
		}
}

void
attention_backward(float *dq, float *dk, float *dv, float *scratch,
    const float *dout, const float *out, const float *lse,
    const struct attention *a)
{
	struct call c = { .a = a, .dq = dq, .dk = dk, .dv = dv,
		.dot = scratch, .o = out, .dout = dout, .saved = lse };

	par_for(a->B * a->K, backward_head, &c);
}
