/* SPDX-License-Identifier: MIT */
/*
 * Forward packs keys and values and calls attend.h; backward calls attendback.h
 * for squares of queries and keys.
 *
 * A forward task is one head of one sequence.  A backward task is a key/value
 * head of a sequence and of all that continue it, with all query heads that it
 * serves, so that each element of dk and dv has one writer.
 */
#include "tensor/attention.h"

#include <stdbool.h>

#include "base/par.h"
#include "tensor/attend.h"
#include "tensor/attendback.h"
#include "tensor/rows.h"
#include "tensor/vector.h"

enum { BLOCK = KV_BLOCK };

struct call {
	const struct attention *a;
	float *out, *lse, *dq, *dk, *dv, *dot;
	char *kv;
	const float *o, *dout, *saved;
};

/*
 * nq queries from row q and nk keys from row k of one head; between the keys
 * and the sequence of the queries are `gap` rows of others.
 */
struct block {
	size_t q, k, nq, nk, gap, head, kv;
};

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t
length(const struct attention *a, size_t b)
{
	return a->start[b + 1] - a->start[b];
}

/* Positions of the parent of sequence b, or 0. */
static size_t
shared_length(const struct attention *a, size_t b)
{
	return a->parent == NULL || a->parent[b] == b ? 0 :
							length(a, a->parent[b]);
}

/*
 * The block of a head at which the stores of sequence b begin, at least: one
 * has up to a block more than is full, and one that continues another up to
 * two.
 */
static size_t
first_block(const size_t *start, bool shared, size_t b)
{
	return start[b] / BLOCK + (shared ? 2 : 1) * b;
}

/* The store of sequence b, which begins with the last block of its parent. */
static struct kv
kv_of(const struct call *c, size_t b, size_t head)
{
	const struct attention *a = c->a;
	const size_t n = shared_length(a, b) % BLOCK + length(a, b);
	const size_t bytes = kv_bytes(a->type, a->E);
	const size_t first = first_block(a->start, a->parent != NULL, b);

	return (
	    struct kv){ c->kv + (first * a->K + head * kv_blocks(n)) * bytes,
		bytes, a->E, a->type };
}

static void
put_rows(const struct call *c, const struct kv *kv, size_t at, size_t head,
    size_t first, size_t n)
{
	const struct attention *a = c->a;

	kv_put(kv, at, n, a->k + first * a->k_stride + head * a->E, a->k_stride,
	    a->v + first * a->v_stride + head * a->E, a->v_stride);
}

/* Pack the keys and values of one head of one sequence. */
static void
pack_head(size_t task, void *arg)
{
	const struct call *c = arg;
	const struct attention *a = c->a;
	const size_t b = task / a->K, head = task % a->K,
		     n = shared_length(a, b);
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
	const size_t kv = head / (H / a->K), n = shared_length(a, b);
	const size_t start = a->start[b], end = a->start[b + 1];
	struct kv_span span[2];
	struct query query[TILE_F32_ROWS_MAX];
	size_t spans = 0, t, i, R;

	if (kv_fork(n) > 0)
		span[spans++] =
		    (struct kv_span){ kv_of(c, a->parent[b], kv), kv_fork(n) };
	span[spans++] =
	    (struct kv_span){ kv_of(c, b, kv), n - kv_fork(n) + end - start };
	for (t = start; t < end; t += R) {
		R = least(tile_rows(TILE_F32), end - t);
		for (i = 0; i < R; i++)
			query[i] = (struct query){
				a->q + (t + i) * a->q_stride + head * E,
				c->out + ((t + i) * H + head) * E,
				c->lse == NULL ? NULL :
						 c->lse + (t + i) * H + head,
				n + t + i - start + 1,
				attend_first(n + t + i - start + 1, a->window)
			};
		attend(query, R, span, spans, NULL);
	}
}

size_t
attention_floats(const size_t *start, const size_t *parent, size_t B, size_t K,
    size_t E, enum tile_type type)
{
	return first_block(start, parent != NULL, B) * K * kv_bytes(type, E) /
	    sizeof(float);
}

void
attention_forward(float *out, float *lse, float *kv, const struct attention *a)
{
	struct call c = { .a = a, .out = out, .lse = lse, .kv = (char *)kv };

	par_for(a->B * a->K, pack_head, &c);
	par_for(a->B * a->H, forward_head, &c);
}

/* Add the part of one square to dq, dk and dv. */
static void
backward_square(const struct call *c, const struct block *t)
{
	const struct attention *a = c->a;
	const size_t E = a->E, H = a->H, head = t->q * H + t->head;
	const size_t q = t->q * a->q_stride + t->head * E;
	const size_t k = t->k * a->k_stride + t->kv * E;
	const size_t v = t->k * a->v_stride + t->kv * E;
	const struct square s = { .E = E,
		.queries = t->nq,
		.keys = t->nk,
		.seen = t->q + 1 - t->k,
		.window = a->window,
		.ahead = t->q - t->k - t->gap,
		.q = { a->q + q, a->q_stride },
		.k = { a->k + k, a->k_stride },
		.v = { a->v + v, a->v_stride },
		.dout = { c->dout + head * E, H * E },
		.lse = { c->saved + head, H },
		.dot = { c->dot + head, H },
		.dq = c->dq + q,
		.dk = c->dk + k,
		.dv = c->dv + v };

	attend_back(&s);
}

/* D_t = dout_t . out_t */
VECTOR_CLONES static void
backward_dots(const struct call *c, size_t head, size_t start, size_t end)
{
	enum { LANES = 16 };
	const size_t H = c->a->H, E = c->a->E;
	size_t t, i, j;

	for (t = start; t < end; t++) {
		const float *o = c->o + (t * H + head) * E;
		const float *d = c->dout + (t * H + head) * E;
		float s[LANES] = { 0 };
		double sum = 0;

		for (i = 0; i + LANES <= E; i += LANES)
			for (j = 0; j < LANES; j++)
				s[j] += o[i + j] * d[i + j];
		for (; i < E; i++)
			sum += (double)(o[i] * d[i]);
		for (j = 0; j < LANES; j++)
			sum += (double)s[j];
		c->dot[t * H + head] = (float)sum;
	}
}

/*
 * The queries of rows start .. end-1 and the keys of rows from .. to-1, up to
 * their own.
 */
static void
backward_rows(const struct call *c, struct block *t, size_t start, size_t end,
    size_t from, size_t to)
{
	size_t last;

	for (t->q = start; t->q < end; t->q += BLOCK) {
		t->nq = least(BLOCK, end - t->q);
		last = least(to, t->q + t->nq);
		for (t->k = from; t->k < last; t->k += BLOCK) {
			t->nk = least(BLOCK, last - t->k);
			if (attend_first(t->q + 1 - t->k - t->gap,
				c->a->window) < t->nk)
				backward_square(c, t);
		}
	}
}

/* One key/value head of a sequence and of all that continue it. */
static void
backward_head(size_t task, void *arg)
{
	const struct call *c = arg;
	const struct attention *a = c->a;
	const size_t group = a->H / a->K, root = task / a->K;
	const size_t *start = a->start;
	struct block t = { .kv = task % a->K };
	size_t b;

	if (shared_length(a, root) > 0)
		return;
	for (t.head = t.kv * group; t.head < (t.kv + 1) * group; t.head++)
		for (b = root; b < a->B &&
		     (b == root || (a->parent != NULL && a->parent[b] == root));
		     b++) {
			backward_dots(c, t.head, start[b], start[b + 1]);
			t.gap = start[b] - start[root + (b != root)];
			if (b != root)
				backward_rows(c, &t, start[b], start[b + 1],
				    start[root], start[root + 1]);
			t.gap = 0;
			backward_rows(c, &t, start[b], start[b + 1], start[b],
			    start[b + 1]);
		}
}

/* Keys and values as forward stored them. */
static void
round_rows(void *arg, size_t first, size_t n)
{
	const struct attention *a = ((const struct call *)arg)->a;
	size_t t;

	for (t = first; t < first + n; t++) {
		kv_round(a->k + t * a->k_stride, a->K * a->E);
		kv_round(a->v + t * a->v_stride, a->K * a->E);
	}
}

void
attention_backward(float *dq, float *dk, float *dv, float *scratch,
    const float *dout, const float *out, const float *lse,
    const struct attention *a)
{
	struct call c = { .a = a,
		.dq = dq,
		.dk = dk,
		.dv = dv,
		.dot = scratch,
		.o = out,
		.dout = dout,
		.saved = lse };

	if (a->type == TILE_HALF)
		rows_for(a->start[a->B], a->K * a->E, round_rows, &c);
	par_for(a->B * a->K, backward_head, &c);
}
