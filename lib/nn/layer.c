/* SPDX-License-Identifier: MIT */
#include "nn/layer.h"

#include "tensor/gelu.h"
#include "tensor/rope.h"
#include "tensor/rows.h"
#include "tensor/swiglu.h"

size_t
layer_q_stride(const struct config *c)
{
	return c->fused_qkv ? (c->H + 2 * c->K) * c->E : c->H * c->E;
}

size_t
layer_kv_stride(const struct config *c)
{
	return c->fused_qkv ? (c->H + 2 * c->K) * c->E : c->K * c->E;
}

void
layer_place_qkv(float *memory, const struct config *c, size_t T, float **q,
    float **k, float **v)
{
	const size_t rows = c->fused_qkv ? 1 : T;

	*q = memory;
	*k = *q + rows * c->H * c->E;
	*v = *k + rows * c->K * c->E;
}

struct norm
layer_norm_of(const struct config *c, const float *w, const float *b)
{
	return (struct norm){ w, b, c->D, c->norm_eps, c->layer_norm };
}

static struct norm
norm_of_heads(const struct config *c, const float *w)
{
	return (struct norm){ w, NULL, c->E, c->norm_eps, false };
}

/* ---- forward */

static void
forward(const struct layer *l, float *out, const float *x,
    const struct linear *m, const float *bias, const float *onto)
{
	linear_forward(out, x, m, bias, onto, l->T, l->v->low);
}

static void
project_forward(const struct layer *l)
{
	const struct layer_params *w = l->w;
	const struct layer_values *v = l->v;

	if (l->config->fused_qkv) {
		forward(l, v->q, v->h, &l->m->qkv, w->qkv_b, NULL);
		return;
	}
	forward(l, v->q, v->h, &l->m->q, w->q_b, NULL);
	forward(l, v->k, v->h, &l->m->k, w->k_b, NULL);
	forward(l, v->v, v->h, &l->m->v, w->v_b, NULL);
}

/* q_in and k_in.  Heads with a norm have matrices of their own, not fused. */
static void
position_forward(const struct layer *l)
{
	const struct config *c = l->config;
	const struct layer_values *v = l->v;

	if (c->qk_norm) {
		const struct norm nq = norm_of_heads(c, l->w->q_norm);
		const struct norm nk = norm_of_heads(c, l->w->k_norm);

		norm_forward(v->q_in, v->q_stat, v->q, &nq, l->T * c->H);
		norm_forward(v->k_in, v->k_stat, v->k, &nk, l->T * c->K);
	}
	if (c->learned_positions)
		return;
	rope_forward(v->q_in, l->pos, l->table, l->T, c->H, c->E,
	    layer_q_stride(c));
	rope_forward(v->k_in, l->pos, l->table, l->T, c->K, c->E,
	    layer_kv_stride(c));
}

static void
activation_forward(const struct layer *l)
{
	const struct layer_values *v = l->v;
	const size_t n = l->T * l->config->F;

	if (l->config->activation == ACTIVATION_SILU)
		swiglu_forward(v->act, v->gate, v->up, n);
	else
		gelu_forward(v->act, v->up, n);
}

/* Up to the activation. */
static void
mlp_widen(const struct layer *l)
{
	const struct config *c = l->config;
	const struct layer_params *w = l->w;
	const struct layer_values *v = l->v;
	const struct norm norm = layer_norm_of(c, w->norm2, w->norm2_b);

	norm_forward(v->h, v->stat2, v->mid, &norm, l->T);
	if (c->gated)
		forward(l, v->gate, v->h, &l->m->gate, w->gate_b, NULL);
	forward(l, v->up, v->h, &l->m->up, w->up_b, NULL);
}

void
layer_recompute(const struct layer *l, layer_attend *attend, void *arg)
{
	const struct layer_params *w = l->w;
	const struct layer_values *v = l->v;
	const struct norm norm = layer_norm_of(l->config, w->norm1, w->norm1_b);

	norm_forward(v->h, v->stat1, v->x, &norm, l->T);
	project_forward(l);
	position_forward(l);
	attend(l, arg);
	forward(l, v->mid, v->attended, &l->m->o, w->o_b, v->x);
	mlp_widen(l);
}

void
layer_forward(const struct layer *l, layer_attend *attend, void *arg)
{
	const struct layer_values *v = l->v;

	layer_recompute(l, attend, arg);
	activation_forward(l);
	forward(l, v->out, v->act, &l->m->down, l->w->down_b, v->mid);
}

/* ---- backward, in reverse order */

/*
 * dx of a linear layer with input x, set or added to; and the gradients of its
 * matrix, its bias and its adapter.
 */
static void
backward(const struct layer *l, const struct layer_gradients *g,
    const struct linear *m, float *dx, bool add, float *dw, float *dbias,
    const float *dout, const float *x)
{
	struct linear_gradient d = { .w = dw, .bias = dbias };

	if (g->low != NULL) {
		d.A = g->low[m->tensor].A;
		d.B = g->low[m->tensor].B;
	}
	linear_backward(dx, add, &d, dout, x, m, l->T, g->scratch);
}

/* dact: d act to d of gate, or of up without a gate; then act holds d up. */
static const float *
activation_backward(const struct layer *l, const struct layer_gradients *g)
{
	const struct layer_values *v = l->v;
	const size_t n = l->T * l->config->F;

	if (l->config->activation == ACTIVATION_SILU) {
		swiglu_backward(g->dact, v->act, g->dact, v->gate, v->up, n);
		return v->act;
	}
	gelu_backward(g->dact, g->dact, v->up, n);
	return g->dact;
}

/* dx: d out to d mid. */
static void
mlp_backward(const struct layer *l, const struct layer_gradients *g,
    struct layer_params *d)
{
	const struct config *c = l->config;
	const struct layer_matrices *m = l->m;
	const struct layer_values *v = l->v;
	const struct norm norm = layer_norm_of(c, l->w->norm2, l->w->norm2_b);
	const float *dup;

	activation_forward(l);
	backward(l, g, &m->down, g->dact, false, d->down, d->down_b, g->dx,
	    v->act);
	dup = activation_backward(l, g);
	norm_forward(v->h, NULL, v->mid, &norm, l->T);
	backward(l, g, &m->up, g->dh, false, d->up, d->up_b, dup, v->h);
	if (c->gated)
		backward(l, g, &m->gate, g->dh, true, d->gate, d->gate_b,
		    g->dact, v->h);
	norm_backward(g->dx, d->norm2, d->norm2_b, g->dh, v->mid, v->stat2,
	    &norm, l->T);
}

/* dq and dk: of q_in and k_in to before the rotation; raw: before the norm. */
static void
position_backward(const struct layer *l, const struct layer_gradients *g,
    struct layer_params *d)
{
	const struct config *c = l->config;
	const struct layer_values *v = l->v;

	if (!c->learned_positions) {
		rope_backward(g->dq, l->pos, l->table, l->T, c->H, c->E,
		    layer_q_stride(c));
		rope_backward(g->dk, l->pos, l->table, l->T, c->K, c->E,
		    layer_kv_stride(c));
	}
	if (c->qk_norm) {
		const struct norm nq = norm_of_heads(c, l->w->q_norm);
		const struct norm nk = norm_of_heads(c, l->w->k_norm);

		rows_zero(g->dq_raw, l->T, c->H * c->E);
		rows_zero(g->dk_raw, l->T, c->K * c->E);
		norm_backward(g->dq_raw, d->q_norm, NULL, g->dq, v->q,
		    v->q_stat, &nq, l->T * c->H);
		norm_backward(g->dk_raw, d->k_norm, NULL, g->dk, v->k,
		    v->k_stat, &nk, l->T * c->K);
	}
}

/* dh: d of the input of the projections. */
static void
project_backward(const struct layer *l, const struct layer_gradients *g,
    struct layer_params *d)
{
	const struct config *c = l->config;
	const struct layer_matrices *m = l->m;
	const float *h = l->v->h;
	const float *dq = c->qk_norm ? g->dq_raw : g->dq;
	const float *dk = c->qk_norm ? g->dk_raw : g->dk;

	if (c->fused_qkv) {
		backward(l, g, &m->qkv, g->dh, false, d->qkv, d->qkv_b, dq, h);
		return;
	}
	backward(l, g, &m->q, g->dh, false, d->q, d->q_b, dq, h);
	backward(l, g, &m->k, g->dh, true, d->k, d->k_b, dk, h);
	backward(l, g, &m->v, g->dh, true, d->v, d->v_b, g->dv, h);
}

void
layer_backward(const struct layer *l, const struct layer_gradients *g,
    struct layer_params *d, layer_attend *attend, void *arg)
{
	const struct config *c = l->config;
	const struct layer_values *v = l->v;
	const struct norm norm = layer_norm_of(c, l->w->norm1, l->w->norm1_b);

	mlp_backward(l, g, d);
	backward(l, g, &l->m->o, g->dattended, false, d->o, d->o_b, g->dx,
	    v->attended);
	/* Otherwise q_in and k_in are q and k, and still as forward left them.
	 */
	if (c->qk_norm)
		position_forward(l);
	rows_zero(g->dq, l->T, (c->H + 2 * c->K) * c->E);
	attend(l, arg);
	position_backward(l, g, d);
	norm_forward(v->h, NULL, v->x, &norm, l->T);
	project_backward(l, g, d);
	norm_backward(g->dx, d->norm1, d->norm1_b, g->dh, v->x, v->stat1, &norm,
	    l->T);
}
