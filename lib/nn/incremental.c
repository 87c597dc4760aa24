/* SPDX-License-Identifier: MIT */
#include "nn/incremental.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "nn/embedding.h"
#include "nn/last.h"
#include "nn/layer.h"
#include "nn/rotary.h"
#include "tensor/attend.h"
#include "tensor/norm.h"
#include "tensor/rows.h"
#include "tensor/tile.h"

enum {
	TASK = 1 << 16,   /* multiplications of attention worth a task */
	CACHED = 16 << 20 /* bytes that a third-level cache holds */
};

struct incremental {
	const struct config *c;
	const struct params *p;
	const struct matrices *m;
	struct rotary rotary;
	size_t *pos;           /* [rows] */
	size_t *run;           /* [2 rows] */
	float *qkv;            /* [rows, (H + 2K) E] */
	float *wide;           /* gate and up */
	struct layer_values v; /* of all rows, in place: x is mid and out */
};

/* Consecutive rows of a batch that go through the layers together. */
struct part {
	const struct incremental *s;
	const struct inc_row *row;
	size_t n;
	size_t *pos;
	size_t *run; /* where runs of rows begin, and the last one ends */
	size_t runs, tasks;
	struct layer_values v;
};

/* Attention of a part in one layer, for its tasks. */
struct part_attention {
	const struct part *part;
	const struct layer *layer;
};

size_t
incremental_floats(const struct config *c, const struct matrices *m,
    size_t rows)
{
	const size_t qkv = (c->H + 2 * c->K) * c->E, mlp = c->gated ? 2 : 1;

	return rows * (qkv + 2 * c->D + c->H * c->E + mlp * c->F + m->rank);
}

struct incremental *
incremental_new(const struct config *c, const struct params *p,
    const struct matrices *m, size_t rows)
{
	struct incremental *s = mem_alloc(1, sizeof(*s));
	struct layer_values *v = &s->v;

	*s = (struct incremental){ .c = c, .p = p, .m = m };
	s->pos = mem_alloc(rows, sizeof(*s->pos));
	s->run = mem_alloc(2 * rows, sizeof(*s->run));
	s->qkv = mem_floats(rows * (c->H + 2 * c->K) * c->E);
	layer_place_qkv(s->qkv, c, rows, &v->q, &v->k, &v->v);
	v->q_in = v->q;
	v->k_in = v->k;
	v->x = v->mid = v->out = mem_floats(rows * c->D);
	v->h = v->product1 = v->product2 = mem_floats(rows * c->D);
	v->attended = mem_floats(rows * c->H * c->E);
	s->wide = mem_floats(rows * (c->gated ? 2 * c->F : c->F));
	layer_place_mlp(s->wide, c, rows, &v->gate, &v->up);
	v->act = c->fused_gate ? mem_floats(rows * c->F) : v->up;
	v->low = m->rank > 0 ? mem_floats(rows * m->rank) : NULL;
	return s;
}

void
incremental_free(struct incremental *s)
{
	if (s == NULL)
		return;
	rotary_release(&s->rotary);
	free(s->pos);
	free(s->run);
	free(s->qkv);
	free(s->v.x);
	free(s->v.h);
	free(s->v.attended);
	if (s->v.act != s->v.up)
		free(s->v.act);
	free(s->wide);
	free(s->v.low);
	free(s);
}

/* The values of the rows from `first` on. */
static struct layer_values
values_from(const struct incremental *s, size_t first)
{
	const struct config *c = s->c;
	struct layer_values v = s->v;

	v.x = v.mid = v.out = v.x + first * c->D;
	v.h = v.product1 = v.product2 = v.h + first * c->D;
	v.q_in = v.q += first * layer_q_stride(c);
	v.k_in = v.k += first * layer_kv_stride(c);
	v.v += first * layer_kv_stride(c);
	v.attended += first * c->H * c->E;
	if (c->gated)
		v.gate += first * layer_mlp_stride(c);
	v.up += first * layer_mlp_stride(c);
	v.act += first * c->F;
	if (v.low != NULL)
		v.low += first * s->m->rank;
	return v;
}

/* ---- attention against stored keys and values */

static void
store_rows(void *arg, size_t first, size_t n)
{
	const struct part_attention *a = arg;
	const struct config *c = a->layer->config;
	const struct layer_values *v = a->layer->v;
	const size_t stride = layer_kv_stride(c);
	size_t i;

	for (i = first; i < first + n; i++) {
		const struct inc_row *row = &a->part->row[i];

		kvcache_put(row->own, c, a->layer->index, row->at,
		    v->k_in + i * stride, v->v + i * stride);
	}
}

/* The stores that a run reads in turn; returns how many. */
static size_t
spans_of(const struct part_attention *a, size_t run, size_t head,
    struct kv_span *span)
{
	const struct part *p = a->part;
	const struct config *c = a->layer->config;
	const struct inc_row *last = &p->row[p->run[run + 1] - 1];
	const size_t layer = a->layer->index;
	size_t n = 0;

	if (last->own->first > 0)
		span[n++] = kvcache_span(last->before, c, layer, head,
		    last->own->first);
	span[n++] = kvcache_span(last->own, c, layer, head, last->at + 1);
	return n;
}

/*
 * The query heads that share one key head, of a run of rows that see the same
 * keys, as many queries at a time as a tile takes.  next: what is read then.
 */
static void
attend_run(const struct part_attention *a, size_t run, size_t head,
    const struct kv *next)
{
	const struct part *p = a->part;
	const struct config *c = a->layer->config;
	const struct layer_values *v = a->layer->v;
	const size_t stride = layer_q_stride(c);
	const size_t group = c->H / c->K, first = p->run[run];
	const size_t all = (p->run[run + 1] - first) * group;
	struct query query[TILE_F32_ROWS_MAX];
	struct kv_span span[2];
	const size_t spans = spans_of(a, run, head, span);
	const size_t window = config_window(c, a->layer->index);
	size_t done, R, i;

	for (done = 0; done < all; done += R) {
		R = all - done < tile_rows(TILE_F32) ? all - done :
						       tile_rows(TILE_F32);
		for (i = 0; i < R; i++) {
			size_t row = first + (done + i) / group;
			size_t h = head * group + (done + i) % group;

			query[i] =
			    (struct query){ v->q_in + row * stride + h * c->E,
				    v->attended + (row * c->H + h) * c->E, NULL,
				    p->row[row].at + 1,
				    attend_first(p->row[row].at + 1, window) };
		}
		attend(query, R, span, spans, next);
	}
}

static void
attend_task(size_t task, void *arg)
{
	const struct part_attention *a = arg;
	const size_t K = a->layer->config->K, all = a->part->runs * K;
	struct kv_span next[2];
	size_t i, then;

	for (i = task; i < all; i = then) {
		then = i + a->part->tasks;
		if (then < all)
			(void)spans_of(a, then / K, then % K, next);
		attend_run(a, i / K, i % K, then < all ? &next->kv : NULL);
	}
}

static void
attend_part(const struct layer *l, void *arg)
{
	const struct part *p = arg;
	const struct config *c = l->config;
	struct part_attention a = { p, l };

	rows_for(p->n, 2 * c->K * c->E, store_rows, &a);
	par_for(p->tasks, attend_task, &a);
}

/* A run is consecutive rows of one sequence, up to the queries of a tile. */
static size_t
find_runs(const struct part *p)
{
	const struct config *c = p->s->c;
	const struct inc_row *row = p->row;
	size_t most = tile_rows(TILE_F32) * c->K / c->H, i, runs = 0;

	for (i = 0; i < p->n; i++)
		if (i == 0 || row[i].own != row[i - 1].own ||
		    row[i].at != row[i - 1].at + 1 ||
		    i - p->run[runs - 1] >= most)
			p->run[runs++] = i;
	p->run[runs] = p->n;
	return runs;
}

/* Small batches are not worth waking other threads for. */
static size_t
attention_tasks(const struct part *p)
{
	const struct config *c = p->s->c;
	const size_t most = 4 * par_threads();
	size_t keys = 0, tasks, i;

	for (i = 0; i < p->n; i++)
		keys += p->row[i].at + 1;
	tasks = 1 + keys / (1 + TASK / (2 * c->H * c->E + 1));
	return tasks < most ? tasks : most;
}

/* ---- the layers, in parts */

/* A batch and the number of parts that it goes through the layers in. */
struct batch {
	const struct incremental *s;
	const struct inc_row *row;
	size_t n, parts;
};

size_t
incremental_parts(const struct incremental *s, size_t n)
{
	const size_t threads = par_threads();

	return s->m->bytes > CACHED || n < threads * tile_rows(s->m->type) ?
	    1 :
	    threads;
}

/* Rows of one sequence stay together: later ones read what earlier ones write.
 */
static size_t
part_begin(const struct batch *b, size_t i)
{
	size_t at = b->n * i / b->parts;

	while (at > 0 && at < b->n && b->row[at].own == b->row[at - 1].own)
		at++;
	return at;
}

static size_t
table_row(const struct incremental *s, const struct inc_row *row)
{
	return rotary_row(s->c, row->at, row->is_long);
}

static void
forward_part(size_t i, void *arg)
{
	const struct batch *b = arg;
	const struct incremental *s = b->s;
	const size_t first = part_begin(b, i), end = part_begin(b, i + 1);
	struct part p = { s, b->row + first, end - first, s->pos + first,
		s->run + 2 * first, 0, 0, values_from(s, first) };
	struct layer layer;
	size_t k;

	if (first >= end)
		return;
	p.runs = find_runs(&p);
	p.tasks = attention_tasks(&p);
	for (k = 0; k < p.n; k++) {
		p.pos[k] = table_row(s, &p.row[k]);
		embedding_forward(p.v.x + k * s->c->D, s->c, s->p,
		    p.row[k].token, p.row[k].at);
	}
	for (k = 0; k < s->c->L; k++) {
		layer = (struct layer){ s->c, &s->p->layer[k], &s->m->layer[k],
			k, p.n, p.pos, rotary_table(&s->rotary, s->c, k),
			&p.v };
		layer_forward(&layer, attend_part, &p);
	}
}

/* Long prompts make parts that the others would wait for. */
static bool
even(const struct batch *b)
{
	size_t i;

	for (i = 0; i < b->parts; i++)
		if (part_begin(b, i + 1) - part_begin(b, i) >
		    b->n / b->parts * 3 / 2)
			return false;
	return true;
}

void
incremental_forward(struct incremental *s, const struct inc_row *row, size_t n)
{
	struct batch b = { s, row, n, incremental_parts(s, n) };
	size_t i;

	if (b.parts > 1 && !even(&b))
		b.parts = 1;
	for (i = 0; i < n; i++)
		rotary_grow(&s->rotary, s->c, table_row(s, &row[i]) + 1);
	par_for(b.parts, forward_part, &b);
}

void
incremental_hidden(const struct incremental *s, float *out, size_t first,
    size_t n)
{
	last_forward(out, NULL, s->v.x + first * s->c->D, s->c, s->p, n);
}
