/* SPDX-License-Identifier: MIT */
#include "nn/incremental.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "nn/rotary.h"
#include "tensor/attend.h"
#include "tensor/gelu.h"
#include "tensor/norm.h"
#include "tensor/rope.h"
#include "tensor/rows.h"
#include "tensor/swiglu.h"
#include "tensor/tile.h"

enum {
	TASK = 1 << 16,   /* multiplications of attention worth a task */
	CACHED = 16 << 20 /* bytes that a third-level cache holds */
};

struct incremental {
	const struct config *c;
	const struct params *p;
	const struct packed *packed;
	size_t *pos; /* [rows] */
	struct rotary rotary;
	float *x;         /* [rows, D] the residual stream */
	float *h;         /* [rows, D] after a norm */
	float *q;         /* [rows, (H + 2K) E] queries, or fused q, k, v */
	float *k, *v;     /* [rows, K E] */
	float *out;       /* [rows, H E] of attention */
	float *gate, *up; /* [rows, F] */
	size_t *run; /* [2 rows] where runs of rows begin, and the last ends */
};

/* One layer's view of a batch, for the tasks that walk its rows. */
struct layer_batch {
	const struct incremental *s;
	const struct inc_row *row;
	const float *q, *k, *v;
	size_t n, layer, q_stride, kv_stride, runs, tasks;
};

struct incremental *
incremental_new(const struct config *c, const struct params *p,
    const struct packed *packed, size_t rows)
{
	struct incremental *s = mem_alloc(1, sizeof(*s));
	const size_t HE = c->H * c->E, KE = c->K * c->E;

	*s = (struct incremental){ .c = c, .p = p, .packed = packed };
	s->pos = mem_alloc(rows, sizeof(*s->pos));
	s->x = mem_floats(rows * c->D);
	s->h = mem_floats(rows * c->D);
	s->q = mem_floats(rows * (HE + 2 * KE));
	s->k = mem_floats(rows * KE);
	s->v = mem_floats(rows * KE);
	s->out = mem_floats(rows * HE);
	s->gate = mem_floats(rows * c->F);
	s->up = mem_floats(rows * c->F);
	s->run = mem_alloc(2 * rows, sizeof(*s->run));
	return s;
}

void
incremental_free(struct incremental *s)
{
	if (s == NULL)
		return;
	free(s->pos);
	rotary_release(&s->rotary);
	free(s->x);
	free(s->h);
	free(s->q);
	free(s->k);
	free(s->v);
	free(s->out);
	free(s->gate);
	free(s->up);
	free(s->run);
	free(s);
}

static struct norm
norm_of(const struct config *c, const float *w, const float *b)
{
	return (struct norm){ w, b, c->D, c->norm_eps, c->layer_norm };
}

static void
embed(struct incremental *s, const struct inc_row *row, size_t n)
{
	const size_t D = s->c->D;
	size_t i, d;

	for (i = 0; i < n; i++) {
		float *x = s->x + i * D;
		const float *at;

		s->pos[i] = row[i].at;
		memcpy(x, s->p->embed + row[i].token * D, D * sizeof(*x));
		if (!s->c->learned_positions)
			continue;
		at = s->p->position + s->pos[i] * D;
		for (d = 0; d < D; d++)
			x[d] += at[d];
	}
}

static void
store_rows(void *arg, size_t first, size_t n)
{
	const struct layer_batch *b = arg;
	size_t i;

	for (i = first; i < first + n; i++)
		kvcache_put(b->row[i].own, b->s->c, b->layer, b->row[i].at,
		    b->k + i * b->kv_stride, b->v + i * b->kv_stride);
}

/*
 * The query heads that share one key head, of a run of rows that see the
 * same keys, as many queries at once as a tile takes.
 */
static void
attend_run(const struct layer_batch *b, size_t run, size_t head)
{
	const struct config *c = b->s->c;
	const size_t group = c->H / c->K, first = b->s->run[run];
	const size_t all = (b->s->run[run + 1] - first) * group;
	const struct inc_row *last = &b->row[b->s->run[run + 1] - 1];
	struct query query[TILE_F32_ROWS_MAX];
	struct kv_span span[2];
	size_t spans = 0, done, R, i;

	if (last->own->first > 0)
		span[spans++] = kvcache_span(last->before, c, b->layer, head,
		    last->own->first);
	span[spans++] =
	    kvcache_span(last->own, c, b->layer, head, last->at + 1);
	for (done = 0; done < all; done += R) {
		R = all - done < tile_rows(TILE_F32) ? all - done :
						       tile_rows(TILE_F32);
		for (i = 0; i < R; i++) {
			size_t row = first + (done + i) / group;
			size_t h = head * group + (done + i) % group;

			query[i] =
			    (struct query){ b->q + row * b->q_stride + h * c->E,
				    b->s->out + (row * c->H + h) * c->E, NULL,
				    b->row[row].at + 1 };
		}
		attend(query, R, c->E, span, spans);
	}
}

static void
attend_task(size_t task, void *arg)
{
	const struct layer_batch *b = arg;
	const size_t K = b->s->c->K;
	size_t i;

	for (i = task; i < b->runs * K; i += b->tasks)
		attend_run(b, i / K, i % K);
}

/* Rows of one sequence that follow each other are a run, up to a tile's
 * queries. */
static size_t
find_runs(struct incremental *s, const struct inc_row *row, size_t n)
{
	size_t most = tile_rows(TILE_F32) * s->c->K / s->c->H, i, runs = 0;

	for (i = 0; i < n; i++)
		if (i == 0 || row[i].own != row[i - 1].own ||
		    row[i].at != row[i - 1].at + 1 ||
		    i - s->run[runs - 1] >= most)
			s->run[runs++] = i;
	s->run[runs] = n;
	return runs;
}

/* Small batches are not worth waking other threads for. */
static size_t
attention_tasks(const struct incremental *s, size_t n)
{
	const size_t most = 4 * par_threads();
	size_t keys = 0, tasks, i;

	for (i = 0; i < n; i++)
		keys += s->pos[i] + 1;
	tasks = 1 + keys / (1 + TASK / (2 * s->c->H * s->c->E + 1));
	return tasks < most ? tasks : most;
}

/* q, k and v of all rows: their places differ where they are one matrix. */
static void
project(struct incremental *s, size_t n, struct layer_batch *b)
{
	const struct layer_params *l = &s->p->layer[b->layer];
	const struct packed_layer *p = &s->packed->layer[b->layer];
	const struct config *c = s->c;
	const size_t HE = c->H * c->E, KE = c->K * c->E;

	if (c->fused_qkv) {
		panel_forward(s->q, s->h, &p->qkv.panel, l->qkv_b, NULL, n);
		b->q = s->q;
		b->k = s->q + HE;
		b->v = s->q + HE + KE;
		b->q_stride = b->kv_stride = HE + 2 * KE;
		return;
	}
	panel_forward(s->q, s->h, &p->q.panel, l->q_b, NULL, n);
	panel_forward(s->k, s->h, &p->k.panel, l->k_b, NULL, n);
	panel_forward(s->v, s->h, &p->v.panel, l->v_b, NULL, n);
	b->q = s->q;
	b->k = s->k;
	b->v = s->v;
	b->q_stride = HE;
	b->kv_stride = KE;
}

/* Norms of heads come with matrices of their own, never fused ones. */
static void
norm_heads(struct incremental *s, const struct layer_params *l, size_t n)
{
	const struct config *c = s->c;
	struct norm norm = { l->q_norm, NULL, c->E, c->norm_eps, false };

	norm_forward(s->q, NULL, s->q, &norm, n * c->H);
	norm.w = l->k_norm;
	norm_forward(s->k, NULL, s->k, &norm, n * c->K);
}

static void
rotate(struct incremental *s, const struct layer_batch *b)
{
	const struct config *c = s->c;
	float *q = s->q, *k = c->fused_qkv ? s->q + c->H * c->E : s->k;

	rope_forward(q, s->pos, s->rotary.table, b->n, c->H, c->E, b->q_stride);
	rope_forward(k, s->pos, s->rotary.table, b->n, c->K, c->E,
	    b->kv_stride);
}

static void
attention_block(struct incremental *s, size_t layer, const struct inc_row *row,
    size_t n, size_t runs)
{
	const struct config *c = s->c;
	const struct layer_params *l = &s->p->layer[layer];
	const struct norm norm = norm_of(c, l->norm1, l->norm1_b);
	struct layer_batch b = { .s = s,
		.row = row,
		.n = n,
		.layer = layer,
		.runs = runs,
		.tasks = attention_tasks(s, n) };

	norm_forward(s->h, NULL, s->x, &norm, n);
	project(s, n, &b);
	if (c->qk_norm)
		norm_heads(s, l, n);
	if (!c->learned_positions)
		rotate(s, &b);
	rows_for(n, 2 * c->K * c->E, store_rows, &b);
	par_for(b.tasks, attend_task, &b);
	panel_forward(s->x, s->out, &s->packed->layer[layer].o.panel, l->o_b,
	    s->x, n);
}

static void
mlp_block(struct incremental *s, size_t layer, size_t n)
{
	const struct config *c = s->c;
	const struct layer_params *l = &s->p->layer[layer];
	const struct packed_layer *p = &s->packed->layer[layer];
	const struct norm norm = norm_of(c, l->norm2, l->norm2_b);

	norm_forward(s->h, NULL, s->x, &norm, n);
	panel_forward(s->up, s->h, &p->up.panel, l->up_b, NULL, n);
	if (c->gelu) {
		gelu_forward(s->up, s->up, n * c->F);
	} else {
		panel_forward(s->gate, s->h, &p->gate.panel, NULL, NULL, n);
		swiglu_forward(s->up, s->gate, s->up, n * c->F);
	}
	panel_forward(s->x, s->up, &p->down.panel, l->down_b, s->x, n);
}

static void
forward(struct incremental *s, const struct inc_row *row, size_t n)
{
	const size_t runs = find_runs(s, row, n);
	size_t l;

	embed(s, row, n);
	for (l = 0; l < s->c->L; l++) {
		attention_block(s, l, row, n, runs);
		mlp_block(s, l, n);
	}
}

/* What `first` and the rows after it have of a batch. */
static struct incremental
rows_from(const struct incremental *s, size_t first)
{
	const struct config *c = s->c;
	const size_t HE = c->H * c->E, KE = c->K * c->E;
	struct incremental part = *s;

	part.pos += first;
	part.x += first * c->D;
	part.h += first * c->D;
	part.q += first * (HE + 2 * KE);
	part.k += first * KE;
	part.v += first * KE;
	part.out += first * HE;
	part.gate += first * c->F;
	part.up += first * c->F;
	part.run += 2 * first;
	return part;
}

size_t
incremental_parts(const struct incremental *s, size_t n)
{
	const size_t threads = par_threads();

	return s->packed->bytes > CACHED ||
		n < threads * tile_rows(s->packed->type) ?
	    1 :
	    threads;
}

struct parts {
	const struct incremental *s;
	const struct inc_row *row;
	size_t n, parts;
};

/*
 * Rows of one sequence stay together: they read what those before them write.
 */
static size_t
part_begin(const struct parts *p, size_t i)
{
	size_t at = p->n * i / p->parts;

	while (at > 0 && at < p->n && p->row[at].own == p->row[at - 1].own)
		at++;
	return at;
}

static void
forward_part(size_t i, void *arg)
{
	const struct parts *p = arg;
	const size_t first = part_begin(p, i), end = part_begin(p, i + 1);
	struct incremental part = rows_from(p->s, first);

	if (first < end)
		forward(&part, p->row + first, end - first);
}

/* Long prompts make parts of which one would be waited for. */
static bool
even(const struct parts *p)
{
	size_t i;

	for (i = 0; i < p->parts; i++)
		if (part_begin(p, i + 1) - part_begin(p, i) >
		    p->n / p->parts * 3 / 2)
			return false;
	return true;
}

void
incremental_forward(struct incremental *s, const struct inc_row *row, size_t n)
{
	struct parts p = { s, row, n, incremental_parts(s, n) };
	size_t i;

	if (p.parts > 1 && !even(&p))
		p.parts = 1;
	for (i = 0; i < n; i++)
		rotary_grow(&s->rotary, s->c, row[i].at + 1);
	par_for(p.parts, forward_part, &p);
}

void
incremental_hidden(const struct incremental *s, float *out, size_t first,
    size_t n)
{
	const struct norm norm = norm_of(s->c, s->p->norm, s->p->norm_b);

	norm_forward(out, NULL, s->x + first * s->c->D, &norm, n);
}
