/* SPDX-License-Identifier: MIT */
/*
 * Forward goes over keys in blocks, with a running maximum m and sum l of
 * each query: when m grows to m', what was summed so far shrinks by
 * e^(m - m') (Milakov and Gimelshein 2018).
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
#include <string.h>

#include "base/par.h"
#include "tensor/gemm.h"
#include "tensor/vector.h"

enum { BLOCK = 64, LANES = 16 };

struct call {
	const struct attention *a;
	float *out, *lse, *dq, *dk, *dv, *dot;
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

/* The largest of s and m; what is masked becomes minus infinity. */
static inline float
row_max(float *s, size_t n, float m)
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

/* s := e^(s - m), 0 where masked; the sum. */
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

/* One tile's scores to weights; out rows shrink where the maximum grew. */
VECTOR_CLONES static void
weigh(float *s, float *out, size_t stride, float *m, float *l,
    const struct attention *a, const struct tile *t)
{
	size_t i, j;

	for (i = 0; i < t->nq; i++) {
		float *row = s + i * BLOCK, *o = out + i * stride;
		size_t n = visible(t, i);
		float most, shrink;

		if (n == 0) {
			memset(row, 0, BLOCK * sizeof(*row));
			continue;
		}
		most = row_max(row, n, m[i]);
		shrink = vector_exp(m[i] - most);
		l[i] = l[i] * shrink + row_exp(row, most);
		m[i] = most;
		if (shrink != 1.0f)
			for (j = 0; j < a->E; j++)
				o[j] *= shrink;
	}
}

/* The queries of a tile against all keys before them, from row `start`. */
static void
attend(const struct call *c, struct tile *t, size_t start)
{
	const struct attention *a = c->a;
	const size_t stride = a->H * a->E, end = t->q + t->nq;
	float s[BLOCK * BLOCK], m[BLOCK], l[BLOCK];
	float *out = c->out + t->q * stride + t->head * a->E;
	size_t i, j;

	for (i = 0; i < t->nq; i++) {
		m[i] = -INFINITY;
		l[i] = 0.0f;
		memset(out + i * stride, 0, a->E * sizeof(*out));
	}
	for (t->k = start; t->k < end; t->k += BLOCK) {
		struct gemm g = { .m = t->nq, .n = a->E, .alpha = 1.0f,
			.beta = 1.0f, .lda = BLOCK, .ldb = a->v_stride,
			.ldo = stride };

		g.k = t->nk = least(BLOCK, end - t->k);
		scores(s, a, t);
		weigh(s, out, stride, m, l, a, t);
		gemm(out, s, a->v + t->k * a->v_stride + t->kv * a->E, &g);
	}
	for (i = 0; i < t->nq; i++) {
		for (j = 0; j < a->E; j++)
			out[i * stride + j] /= l[i];
		if (c->lse != NULL)
			c->lse[(t->q + i) * a->H + t->head] =
			    m[i] + logf(l[i]);
	}
}

static void
forward_head(size_t task, void *arg)
{
	const struct call *c = arg;
	const struct attention *a = c->a;
	size_t b = task / a->H, end = a->start[b + 1];
	struct tile t = { .head = task % a->H };

	t.kv = t.head / (a->H / a->K);
	for (t.q = a->start[b]; t.q < end; t.q += BLOCK) {
		t.nq = least(BLOCK, end - t.q);
		attend(c, &t, a->start[b]);
	}
}

void
attention_forward(float *out, float *lse, const struct attention *a)
{
	struct call c = { .a = a, .out = out, .lse = lse };

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

static void
backward_head(size_t task, void *arg)
{
	const struct call *c = arg;
	const struct attention *a = c->a;
	const size_t group = a->H / a->K;
	size_t b = task / a->K, start = a->start[b], end = a->start[b + 1];
	struct tile t = { .kv = task % a->K };

	for (t.head = t.kv * group; t.head < (t.kv + 1) * group; t.head++) {
		backward_dots(c, t.head, start, end);
		for (t.q = start; t.q < end; t.q += BLOCK) {
			size_t last = t.q + (t.nq = least(BLOCK, end - t.q));

			for (t.k = start; t.k < last; t.k += BLOCK) {
				t.nk = least(BLOCK, last - t.k);
				backward_products(c, &t);
			}
		}
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
