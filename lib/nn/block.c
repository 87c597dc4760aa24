/* SPDX-License-Identifier: MIT */
#include "nn/block.h"

#include "tensor/attention.h"
#include "tensor/gelu.h"
#include "tensor/norm.h"
#include "tensor/rope.h"
#include "tensor/rows.h"
#include "tensor/swiglu.h"

/* Layer i of acts, weights and, backward, gradients. */
struct block {
	const struct config *c;
	struct layer_acts *a;
	struct work *work;
	const struct layer_params *w;
	const struct packed_layer *packed;
	struct layer_params *d;
	const size_t *pos;
	const float *table;
	size_t T;
};

static struct block
block_at(struct acts *acts, const struct params *p, size_t i, struct params *d)
{
	return (struct block){ &acts->config, &acts->layer[i], &acts->work,
		&p->layer[i], &acts->packed->layer[i],
		d == NULL ? NULL : &d->layer[i], acts->pos, acts->rotary.table,
		acts->T };
}

static struct norm
norm_of(const struct config *c, const float *w, const float *b)
{
	return (struct norm){ w, b, c->D, c->norm_eps, c->layer_norm };
}

static struct norm
head_norm(const struct config *c, const float *w)
{
	return (struct norm){ w, NULL, c->E, c->norm_eps, false };
}

static struct attention
attention_of(const struct block *b, const struct pack *pack)
{
	const struct config *c = b->c;

	return (struct attention){ c->qk_norm ? b->work->q : b->a->q,
		c->qk_norm ? b->work->k : b->a->k, b->a->v, acts_q_stride(c),
		acts_kv_stride(c), acts_kv_stride(c), c->H, c->K, c->E,
		pack->start, pack->parent, pack->B };
}

static void
project_forward(const struct block *b)
{
	const struct layer_params *w = b->w;
	const struct packed_layer *p = b->packed;
	const float *h = b->work->h;

	if (b->c->fused_qkv) {
		panel_forward(b->a->q, h, &p->qkv.panel, w->qkv_b, NULL, b->T);
		return;
	}
	panel_forward(b->a->q, h, &p->q.panel, w->q_b, NULL, b->T);
	panel_forward(b->a->k, h, &p->k.panel, w->k_b, NULL, b->T);
	panel_forward(b->a->v, h, &p->v.panel, w->v_b, NULL, b->T);
}

/* What layer l with input x and dout adds to dw and dbias. */
static void
weigh(const struct block *b, const struct linear *l, float *dw, float *dbias,
    const float *dout, const float *x)
{
	linear_weight(dw, dbias, dout, x, l, b->T, b->work->pack);
}

/* dh = d of the input of the projections, from dq, dk, dv. */
static void
project_backward(const struct block *b)
{
	const struct config *c = b->c;
	const struct packed_layer *p = b->packed;
	struct layer_params *d = b->d;
	const struct work *k = b->work;
	const float *dq = c->qk_norm ? k->dq_raw : k->dq;
	const float *dk = c->qk_norm ? k->dk_raw : k->dk;

	if (c->fused_qkv) {
		linear_input(k->dh, dq, &p->qkv, b->T, false);
		weigh(b, &p->qkv, d->qkv, d->qkv_b, dq, k->h);
		return;
	}
	linear_input(k->dh, dq, &p->q, b->T, false);
	linear_input(k->dh, dk, &p->k, b->T, true);
	linear_input(k->dh, k->dv, &p->v, b->T, true);
	weigh(b, &p->q, d->q, d->q_b, dq, k->h);
	weigh(b, &p->k, d->k, d->k_b, dk, k->h);
	weigh(b, &p->v, d->v, d->v_b, k->dv, k->h);
}

/* Norm of heads, and rotation; made again in backward if not in place. */
static void
position_forward(const struct block *b)
{
	const struct config *c = b->c;
	float *q = b->a->q, *k = b->a->k;

	if (c->qk_norm) {
		struct norm nq = head_norm(c, b->w->q_norm);
		struct norm nk = head_norm(c, b->w->k_norm);

		q = b->work->q;
		k = b->work->k;
		norm_forward(q, b->a->q_stat, b->a->q, &nq, b->T * c->H);
		norm_forward(k, b->a->k_stat, b->a->k, &nk, b->T * c->K);
	}
	if (c->learned_positions)
		return;
	rope_forward(q, b->pos, b->table, b->T, c->H, c->E, acts_q_stride(c));
	rope_forward(k, b->pos, b->table, b->T, c->K, c->E, acts_kv_stride(c));
}

static void
position_backward(const struct block *b)
{
	const struct config *c = b->c;
	struct work *k = b->work;

	if (!c->learned_positions) {
		rope_backward(k->dq, b->pos, b->table, b->T, c->H, c->E,
		    acts_q_stride(c));
		rope_backward(k->dk, b->pos, b->table, b->T, c->K, c->E,
		    acts_kv_stride(c));
	}
	if (c->qk_norm) {
		struct norm nq = head_norm(c, b->w->q_norm);
		struct norm nk = head_norm(c, b->w->k_norm);

		rows_zero(k->dq_raw, b->T, c->H * c->E);
		rows_zero(k->dk_raw, b->T, c->K * c->E);
		norm_backward(k->dq_raw, b->d->q_norm, NULL, k->dq, b->a->q,
		    b->a->q_stat, &nq, b->T * c->H);
		norm_backward(k->dk_raw, b->d->k_norm, NULL, k->dk, b->a->k,
		    b->a->k_stat, &nk, b->T * c->K);
	}
}

static void
activation_forward(const struct block *b)
{
	const size_t n = b->T * b->c->F;

	if (b->c->gelu)
		gelu_forward(b->work->act, b->a->up, n);
	else
		swiglu_forward(b->work->act, b->a->gate, b->a->up, n);
}

static void
mlp_forward(float *out, const struct block *b)
{
	const struct config *c = b->c;
	const struct layer_params *w = b->w;
	const struct packed_layer *p = b->packed;
	const struct norm norm = norm_of(c, w->norm2, w->norm2_b);
	const float *h = b->work->h;

	norm_forward(b->work->h, b->a->stat2, b->a->mid, &norm, b->T);
	if (!c->gelu)
		panel_forward(b->a->gate, h, &p->gate.panel, NULL, NULL, b->T);
	panel_forward(b->a->up, h, &p->up.panel, w->up_b, NULL, b->T);
	activation_forward(b);
	panel_forward(out, b->work->act, &p->down.panel, w->down_b, b->a->mid,
	    b->T);
}

/* work.dx: d out to d mid.  dup takes the place of act, dgate that of dact. */
static void
mlp_backward(const struct block *b)
{
	const struct config *c = b->c;
	const struct layer_params *w = b->w;
	const struct packed_layer *p = b->packed;
	struct layer_params *d = b->d;
	struct work *k = b->work;
	const size_t T = b->T, F = c->F;
	const struct norm norm = norm_of(c, w->norm2, w->norm2_b);
	float *dup = c->gelu ? k->dact : k->act;

	activation_forward(b);
	linear_input(k->dact, k->dx, &p->down, T, false);
	weigh(b, &p->down, d->down, d->down_b, k->dx, k->act);
	if (c->gelu)
		gelu_backward(k->dact, k->dact, b->a->up, T * F);
	else
		swiglu_backward(k->dact, dup, k->dact, b->a->gate, b->a->up,
		    T * F);
	norm_forward(k->h, NULL, b->a->mid, &norm, T);
	linear_input(k->dh, dup, &p->up, T, false);
	weigh(b, &p->up, d->up, d->up_b, dup, k->h);
	if (!c->gelu) {
		linear_input(k->dh, k->dact, &p->gate, T, true);
		weigh(b, &p->gate, d->gate, NULL, k->dact, k->h);
	}
	norm_backward(k->dx, d->norm2, d->norm2_b, k->dh, b->a->mid,
	    b->a->stat2, &norm, T);
}

void
block_forward(float *out, struct acts *acts, const struct params *p,
    const struct pack *pack, size_t i)
{
	const struct block b = block_at(acts, p, i, NULL);
	const struct config *c = b.c;
	const struct norm norm = norm_of(c, b.w->norm1, b.w->norm1_b);
	struct attention attention = attention_of(&b, pack);

	norm_forward(b.work->h, b.a->stat1, b.a->x, &norm, b.T);
	project_forward(&b);
	position_forward(&b);
	attention_forward(b.a->att, b.a->lse, b.work->kv, &attention);
	panel_forward(b.a->mid, b.a->att, &b.packed->o.panel, b.w->o_b, b.a->x,
	    b.T);
	mlp_forward(out, &b);
}

void
block_backward(struct acts *acts, const struct params *p,
    const struct pack *pack, size_t i, struct params *d)
{
	const struct block b = block_at(acts, p, i, d);
	const struct config *c = b.c;
	const struct norm norm = norm_of(c, b.w->norm1, b.w->norm1_b);
	struct attention attention = attention_of(&b, pack);
	struct work *k = b.work;

	mlp_backward(&b);
	linear_input(k->datt, k->dx, &b.packed->o, b.T, false);
	weigh(&b, &b.packed->o, b.d->o, b.d->o_b, k->dx, b.a->att);
	if (c->qk_norm)
		position_forward(&b);
	rows_zero(k->dq, b.T, (c->H + 2 * c->K) * c->E);
	attention_backward(k->dq, k->dk, k->dv, k->dot, k->datt, b.a->att,
	    b.a->lse, &attention);
	position_backward(&b);
	norm_forward(k->h, NULL, b.a->x, &norm, b.T);
	project_backward(&b);
	norm_backward(k->dx, b.d->norm1, b.d->norm1_b, k->dh, b.a->x,
	    b.a->stat1, &norm, b.T);
}
