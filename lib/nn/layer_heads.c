/* SPDX-License-Identifier: MIT */
/* Queries, keys and values: projection, norms of q and k, rotation. */
#include <math.h>

#include "nn/layer_parts.h"
#include "tensor/heads.h"
#include "tensor/rope.h"
#include "tensor/rows.h"

size_t
layer_q_stride(const struct config *c)
{
	return c->fused_qkv != QKV_APART ? (c->H + 2 * c->K) * c->E :
					   c->H * c->E;
}

size_t
layer_kv_stride(const struct config *c)
{
	return c->fused_qkv != QKV_APART ? (c->H + 2 * c->K) * c->E :
					   c->K * c->E;
}

void
layer_place_qkv(float *memory, const struct config *c, size_t T, float **q,
    float **k, float **v)
{
	const size_t rows = c->fused_qkv != QKV_APART ? 1 : T;

	*q = memory;
	*k = *q + rows * c->H * c->E;
	*v = *k + rows * c->K * c->E;
}

/* The norm of q or k, and how many rows it has of n heads and T tokens. */
static struct norm
norm_of_heads(const struct config *c, const float *w, size_t n)
{
	const bool whole = c->qk_norm == QK_NORM_WHOLE;

	return (struct norm){ w, NULL, whole ? n * c->E : c->E, c->norm_eps,
		false, c->norm_base };
}

static size_t
rows_of_heads(const struct layer *l, size_t n)
{
	return l->config->qk_norm == QK_NORM_WHOLE ? l->T : l->T * n;
}

/* Attention divides by sqrt(E); another scale is a factor of q. */
static float
query_scale(const struct config *c)
{
	return c->attention_scale > 0 ?
	    (float)(c->attention_scale * sqrt((double)c->E)) :
	    1.0f;
}

/* ---- forward */

void
layer_project(const struct layer *l, const float *h)
{
	const struct config *c = l->config;
	const struct layer_params *w = l->w;
	const struct layer_values *v = l->v;

	if (c->fused_qkv != QKV_APART) {
		layer_linear(l, v->q, h, &l->m->qkv, w->qkv_b, NULL);
		if (c->fused_qkv == QKV_FUSED_BY_HEAD)
			heads_by_kind(v->q, l->T, c->H, c->E);
		return;
	}
	layer_linear(l, v->q, h, &l->m->q, w->q_b, NULL);
	layer_linear(l, v->k, h, &l->m->k, w->k_b, NULL);
	layer_linear(l, v->v, h, &l->m->v, w->v_b, NULL);
}

/* Heads with a norm have matrices of their own, not fused. */
void
layer_position(const struct layer *l)
{
	const struct config *c = l->config;
	const struct layer_values *v = l->v;
	const size_t R = config_rotated(c);

	if (c->qk_norm != QK_NORM_NONE) {
		const struct norm nq = norm_of_heads(c, l->w->q_norm, c->H);
		const struct norm nk = norm_of_heads(c, l->w->k_norm, c->K);

		norm_forward(v->q_in, v->q_stat, v->q, &nq,
		    rows_of_heads(l, c->H));
		norm_forward(v->k_in, v->k_stat, v->k, &nk,
		    rows_of_heads(l, c->K));
	}
	if (l->table != NULL) {
		rope_forward(v->q_in, l->pos, l->table, l->T, c->H, c->E, R,
		    layer_q_stride(c));
		rope_forward(v->k_in, l->pos, l->table, l->T, c->K, c->E, R,
		    layer_kv_stride(c));
	}
	rows_scale(v->q_in, query_scale(c), l->T, c->H * c->E,
	    layer_q_stride(c));
}

/* ---- backward */

/* dq and dk: of q_in and k_in to before the rotation; raw: before the norm. */
static void
position_backward(const struct layer *l, const struct layer_gradients *g,
    struct layer_params *d)
{
	const struct config *c = l->config;
	const struct layer_values *v = l->v;
	const size_t R = config_rotated(c);

	rows_scale(g->dq, query_scale(c), l->T, c->H * c->E, layer_q_stride(c));
	if (l->table != NULL) {
		rope_backward(g->dq, l->pos, l->table, l->T, c->H, c->E, R,
		    layer_q_stride(c));
		rope_backward(g->dk, l->pos, l->table, l->T, c->K, c->E, R,
		    layer_kv_stride(c));
	}
	if (c->qk_norm != QK_NORM_NONE) {
		const struct norm nq = norm_of_heads(c, l->w->q_norm, c->H);
		const struct norm nk = norm_of_heads(c, l->w->k_norm, c->K);

		rows_zero(g->dq_raw, l->T, c->H * c->E);
		rows_zero(g->dk_raw, l->T, c->K * c->E);
		norm_backward(g->dq_raw, d->q_norm, NULL, g->dq, v->q,
		    v->q_stat, &nq, rows_of_heads(l, c->H));
		norm_backward(g->dk_raw, d->k_norm, NULL, g->dk, v->k,
		    v->k_stat, &nk, rows_of_heads(l, c->K));
	}
}

void
layer_project_backward(const struct layer *l, const struct layer_gradients *g,
    struct layer_params *d, const float *h)
{
	const struct config *c = l->config;
	const struct layer_matrices *m = l->m;
	const bool normed = c->qk_norm != QK_NORM_NONE;
	const float *dq = normed ? g->dq_raw : g->dq;
	const float *dk = normed ? g->dk_raw : g->dk;

	position_backward(l, g, d);
	if (c->fused_qkv == QKV_FUSED_BY_HEAD)
		heads_by_head(g->dq, l->T, c->H, c->E);
	if (c->fused_qkv != QKV_APART) {
		layer_linear_backward(l, g, &m->qkv, g->dh, false, d->qkv,
		    d->qkv_b, dq, h);
		return;
	}
	layer_linear_backward(l, g, &m->q, g->dh, false, d->q, d->q_b, dq, h);
	layer_linear_backward(l, g, &m->k, g->dh, true, d->k, d->k_b, dk, h);
	layer_linear_backward(l, g, &m->v, g->dh, true, d->v, d->v_b, g->dv, h);
}
