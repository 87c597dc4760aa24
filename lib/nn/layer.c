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
project_forward(const struct layer *l)
{
	const struct layer_params *w = l->w;
	const struct layer_values *v = l->v;

	if (l->config->fused_qkv) {
		panel_forward(v->q, v->h, &l->m->qkv.panel, w->qkv_b, NULL,
		    l->T);
		return;
	}
	panel_forward(v->q, v->h, &l->m->q.panel, w->q_b, NULL, l->T);
	panel_forward(v->k, v->h, &l->m->k.panel, w->k_b, NULL, l->T);
	panel_forward(v->v, v->h, &l->m->v.panel, w->v_b, NULL, l->T);
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

static void
mlp_forward(const struct layer *l)
{
	const struct config *c = l->config;
	const struct layer_params *w = l->w;
	const struct layer_values *v = l->v;
	const struct norm norm = layer_norm_of(c, w->norm2, w->norm2_b);

	norm_forward(v->h, v->stat2, v->mid, &norm, l->T);
	if (c->gated)
		panel_forward(v->gate, v->h, &l->m->gate.panel, NULL, NULL,
		    l->T);
	panel_forward(v->up, v->h, &l->m->up.panel, w->up_b, NULL, l->T);
	activation_forward(l);
	panel_forward(v->out, v->act, &l->m->down.panel, w->down_b, v->mid,
	    l->T);
}

void
layer_forward(const struct layer *l, layer_attend *attend, void *arg)
{
	const struct layer_params *w = l->w;
	const struct layer_values *v = l->v;
	const struct norm norm = layer_norm_of(l->config, w->norm1, w->norm1_b);

	norm_forward(v->h, v->stat1, v->x, &norm, l->T);
	project_forward(l);
	position_forward(l);
	attend(l, arg);
	panel_forward(v->mid, v->attended, &l->m->o.panel, w->o_b, v->x, l->T);
	mlp_forward(l);
}

/* ---- backward, in reverse order */

/* Add to dw and dbias of a linear layer with input x. */
static void
add_weight(const struct layer *l, const struct layer_gradients *g,
    const struct linear *m, float *dw, float *dbias, const float *dout,
    const float *x)
{
	linear_weight(dw, dbias, dout, x, m, l->T, g->scratch);
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
	linear_input(g->dact, g->dx, &m->down, l->T, false);
	add_weight(l, g, &m->down, d->down, d->down_b, g->dx, v->act);
	dup = activation_backward(l, g);
	norm_forward(v->h, NULL, v->mid, &norm, l->T);
	linear_input(g->dh, dup, &m->up, l->T, false);
	add_weight(l, g, &m->up, d->up, d->up_b, dup, v->h);
	if (c->gated) {
		linear_input(g->dh, g->dact, &m->gate, l->T, true);
		add_weight(l, g, &m->gate, d->gate, NULL, g->dact, v->h);
	}
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
		linear_input(g->dh, dq, &m->qkv, l->T, false);
		add_weight(l, g, &m->qkv, d->qkv, d->qkv_b, dq, h);
		return;
	}
	linear_input(g->dh, dq, &m->q, l->T, false);
	linear_input(g->dh, dk, &m->k, l->T, true);
	linear_input(g->dh, g->dv, &m->v, l->T, true);
	add_weight(l, g, &m->q, d->q, d->q_b, dq, h);
	add_weight(l, g, &m->k, d->k, d->k_b, dk, h);
	add_weight(l, g, &m->v, d->v, d->v_b, g->dv, h);
}

void
layer_backward(const struct layer *l, const struct layer_gradients *g,
    struct layer_params *d, layer_attend *attend, void *arg)
{
	const struct config *c = l->config;
	const struct layer_values *v = l->v;
	const struct norm norm = layer_norm_of(c, l->w->norm1, l->w->norm1_b);

	mlp_backward(l, g, d);
	linear_input(g->dattended, g->dx, &l->m->o, l->T, false);
	add_weight(l, g, &l->m->o, d->o, d->o_b, g->dx, v->attended);
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
