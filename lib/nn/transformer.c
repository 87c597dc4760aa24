/* SPDX-License-Identifier: MIT */
/*
 * All activations of a pack lie in one arena.  It is carved twice: once
 * with no memory behind it, to learn the size, and once in earnest.
 */
#include "nn/transformer.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "nn/acts.h"
#include "nn/block.h"
#include "tensor/attention.h"
#include "tensor/norm.h"
#include "tensor/rows.h"

struct carve {
	float *base; /* NULL: only count */
	size_t used;
};

static float *
take(struct carve *c, size_t rows, size_t width)
{
	enum { ALIGN = 16 };
	float *p = c->base == NULL ? NULL : c->base + c->used;

	c->used += (rows * width + ALIGN - 1) / ALIGN * ALIGN;
	return p;
}

size_t
acts_q_stride(const struct config *c)
{
	return c->fused_qkv ? 3 * c->D : c->H * c->E;
}

size_t
acts_kv_stride(const struct config *c)
{
	return c->fused_qkv ? 3 * c->D : c->K * c->E;
}

/* q, k and v: three matrices end to end, or side by side where fused. */
static void
take_qkv(struct carve *v, const struct config *c, size_t T, float *qkv[3])
{
	float *p = take(v, T, (c->H + 2 * c->K) * c->E);
	size_t after_q = (c->fused_qkv ? 1 : T) * c->H * c->E;
	size_t after_k = (c->fused_qkv ? 1 : T) * c->K * c->E;

	qkv[0] = qkv[1] = qkv[2] = p;
	if (p != NULL) {
		qkv[1] = p + after_q;
		qkv[2] = p + after_q + after_k;
	}
}

static void
carve_layer(struct carve *v, const struct config *c, struct layer_acts *l,
    size_t T)
{
	float *qkv[3];

	l->x = take(v, T, c->D);
	l->stat1 = take(v, T, 2);
	l->stat2 = take(v, T, 2);
	take_qkv(v, c, T, qkv);
	l->q = qkv[0];
	l->k = qkv[1];
	l->v = qkv[2];
	l->q_stat = c->qk_norm ? take(v, T, 2 * c->H) : NULL;
	l->k_stat = c->qk_norm ? take(v, T, 2 * c->K) : NULL;
	l->att = take(v, T, c->H * c->E);
	l->lse = take(v, T, c->H);
	l->mid = take(v, T, c->D);
	l->gate = c->gelu ? NULL : take(v, T, c->F);
	l->up = take(v, T, c->F);
}

static void
carve_work(struct carve *v, const struct config *c, struct work *w,
    const struct packed *packed, const struct pack *pack, bool keep)
{
	const size_t T = pack->T;
	float *qkv[3];

	w->h = take(v, T, c->D);
	w->act = take(v, T, c->F);
	w->kv = take(v, 1,
	    attention_floats(pack->start, pack->parent, pack->B, c->K, c->E));
	w->q = c->qk_norm ? take(v, T, c->H * c->E) : NULL;
	w->k = c->qk_norm ? take(v, T, c->K * c->E) : NULL;
	if (!keep)
		return;
	w->dx = take(v, T, c->D);
	w->dh = take(v, T, c->D);
	take_qkv(v, c, T, qkv);
	w->dq = qkv[0];
	w->dk = qkv[1];
	w->dv = qkv[2];
	w->dq_raw = c->qk_norm ? take(v, T, c->H * c->E) : NULL;
	w->dk_raw = c->qk_norm ? take(v, T, c->K * c->E) : NULL;
	w->datt = take(v, T, c->H * c->E);
	w->dot = take(v, T, c->H);
	w->dact = take(v, T, c->F);
	w->pack = take(v, 1, linear_floats(packed->widest, T, packed->type));
}

static void
carve_acts(struct acts *a, struct carve *v, const struct pack *pack, bool keep)
{
	const struct config *c = &a->config;
	size_t i;

	for (i = 0; i < c->L; i++)
		if (keep || i == 0)
			carve_layer(v, c, &a->layer[i], a->T);
		else
			a->layer[i] = a->layer[0];
	carve_work(v, c, &a->work, a->packed, pack, keep);
	a->last = keep ? take(v, a->T, c->D) : a->layer[0].x;
	a->at_rows = take(v, a->R, c->D);
	a->stat = take(v, a->R, 2);
	a->hidden = take(v, a->R, c->D);
	a->dhidden = keep ? take(v, a->R, c->D) : NULL;
}

struct acts *
acts_new(const struct config *c)
{
	struct acts *a = mem_alloc(1, sizeof(*a));

	a->config = *c;
	a->layer = mem_alloc(c->L, sizeof(*a->layer));
	return a;
}

void
acts_free(struct acts *a)
{
	if (a == NULL)
		return;
	rotary_release(&a->rotary);
	free(a->layer);
	mem_block_free(a->arena);
	free(a->pos);
	mem_block_free(a->logits);
	free(a);
}

const struct packed *
acts_packed(const struct acts *a)
{
	return a->packed;
}

const float *
acts_hidden(const struct acts *a)
{
	return a->hidden;
}

float *
acts_dhidden(struct acts *a)
{
	return a->dhidden;
}

float *
acts_scratch(struct acts *a)
{
	return a->work.pack;
}

/* Arena, positions and rotations for a pack. */
static void
acts_fit(struct acts *a, const struct pack *pack, bool keep)
{
	struct carve count = { NULL, 0 }, carve;
	size_t b, t, pos, longest = 0, p;

	a->T = pack->T;
	a->R = pack->R;
	carve_acts(a, &count, pack, keep);
	if (count.used > a->arena_cap) {
		mem_block_free(a->arena);
		a->arena_cap = count.used;
		a->arena = mem_block(count.used);
	}
	carve = (struct carve){ a->arena, 0 };
	carve_acts(a, &carve, pack, keep);
	a->pos = mem_grow(a->pos, &a->pos_cap, pack->T, sizeof(*a->pos));
	for (b = 0; b < pack->B; b++) {
		p = pack->parent == NULL ? b : pack->parent[b];
		pos = p == b ? 0 : pack->start[p + 1] - pack->start[p];
		for (t = pack->start[b]; t < pack->start[b + 1]; t++)
			a->pos[t] = pos++;
		longest = pos > longest ? pos : longest;
	}
	rotary_grow(&a->rotary, &a->config, longest);
}

static struct norm
last_norm(const struct acts *a, const struct params *p)
{
	return (struct norm){ p->norm, p->norm_b, a->config.D,
		a->config.norm_eps, a->config.layer_norm };
}

static void
embed_forward(const struct acts *a, const struct params *p,
    const struct pack *pack)
{
	const size_t D = a->config.D;
	size_t t, j;

	for (t = 0; t < a->T; t++) {
		const float *e = p->embed + pack->tokens[t] * D;
		float *x = a->layer[0].x + t * D;

		memcpy(x, e, D * sizeof(*x));
		if (a->config.learned_positions)
			for (j = 0; j < D; j++)
				x[j] += p->position[a->pos[t] * D + j];
	}
}

struct embedding {
	const struct acts *a;
	const struct pack *pack;
	struct params *d;
	size_t columns;
};

/* A block of columns of all rows: tokens repeat, columns do not. */
static void
embed_columns(size_t block, void *arg)
{
	const struct embedding *e = arg;
	const size_t D = e->a->config.D, at = block * e->columns;
	const size_t end = D - at < e->columns ? D : at + e->columns;
	size_t t, j;

	for (t = 0; t < e->a->T; t++) {
		const float *dx = e->a->work.dx + t * D;
		float *embed = e->d->embed, *position = e->d->position;

		if (embed != NULL)
			for (j = at; j < end; j++)
				embed[e->pack->tokens[t] * D + j] += dx[j];
		if (position != NULL)
			for (j = at; j < end; j++)
				position[e->a->pos[t] * D + j] += dx[j];
	}
}

static void
embed_backward(const struct acts *a, const struct pack *pack, struct params *d)
{
	enum { COLUMNS = 256 };
	struct embedding e = { a, pack, d, COLUMNS };

	par_for((a->config.D + COLUMNS - 1) / COLUMNS, embed_columns, &e);
}

void
transformer_forward(struct acts *a, const struct params *p,
    const struct pack *pack, bool keep)
{
	const size_t D = a->config.D, L = a->config.L;
	struct norm norm = last_norm(a, p);
	size_t i;

	a->packed =
	    keep ? packed_backward(p, &a->config) : packed_of(p, &a->config);
	acts_fit(a, pack, keep);
	embed_forward(a, p, pack);
	for (i = 0; i < L; i++)
		block_forward(i + 1 < L ? a->layer[i + 1].x : a->last, a, p,
		    pack, i);
	for (i = 0; i < a->R; i++)
		memcpy(a->at_rows + i * D, a->last + pack->row[i] * D,
		    D * sizeof(*a->last));
	norm_forward(a->hidden, a->stat, a->at_rows, &norm, a->R);
	if (keep)
		rows_zero(a->dhidden, a->R, D);
}

void
transformer_backward(struct acts *a, const struct params *p,
    const struct pack *pack, struct params *d)
{
	const size_t D = a->config.D;
	struct norm norm = last_norm(a, p);
	float *dx = a->work.dx, *drows = a->work.dh;
	size_t i;

	packed_passed(p, a->config.L);
	rows_zero(dx, a->T, D);
	rows_zero(drows, a->R, D);
	norm_backward(drows, d->norm, d->norm_b, a->dhidden, a->at_rows,
	    a->stat, &norm, a->R);
	for (i = 0; i < a->R; i++)
		rows_add(dx + pack->row[i] * D, drows + i * D, 1, D);
	for (i = a->config.L; i-- > 0;) {
		block_backward(a, p, pack, i, d);
		packed_passed(p, i);
	}
	embed_backward(a, pack, d);
}
