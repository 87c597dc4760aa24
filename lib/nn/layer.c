/* SPDX-License-Identifier: MIT */
#include "nn/layer.h"

#include "nn/layer_parts.h"
#include "tensor/rows.h"

struct norm
layer_norm_of(const struct config *c, const float *w, const float *b)
{
	return (struct norm){ w, b, c->D, c->norm_eps, c->layer_norm,
		c->norm_base };
}

void
layer_linear(const struct layer *l, float *out, const float *x,
    const struct linear *m, const float *bias, const float *onto)
{
	linear_forward(out, x, m, bias, onto, l->T, l->v->low);
}

void
layer_linear_backward(const struct layer *l, const struct layer_gradients *g,
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

/* ---- where a branch begins, and where it ends */

/* A branch, with its gradients in a backward pass. */
struct branch {
	const float *x;            /* [T, D] that it begins with */
	const float *w, *b;        /* of the norm before */
	float *stat;               /* of it */
	const struct linear *last; /* the matrix that it ends with */
	const float *in, *bias;    /* its input and bias */
	const float *after;        /* weights of the norm after */
	float *product;            /* [T, D] that this norm reads */
	float *after_stat;
	struct dropout dropout; /* of what it adds */
};

static struct branch
attention_branch(const struct layer *l)
{
	const struct layer_params *w = l->w;
	const struct layer_values *v = l->v;

	return (struct branch){ v->x, w->norm1, w->norm1_b, v->stat1, &l->m->o,
		v->attended, w->o_b, w->after1, v->product1, v->after_stat1,
		l->dropout };
}

static struct branch
mlp_branch(const struct layer *l)
{
	const struct layer_params *w = l->w;
	const struct layer_values *v = l->v;
	const float *x = l->config->parallel ? v->x : v->mid;
	struct dropout dropout = l->dropout;

	dropout.skip += dropout_draws(l->config->D);
	return (struct branch){ x, w->norm2, w->norm2_b, v->stat2, &l->m->down,
		v->act, w->down_b, w->after2, v->product2, v->after_stat2,
		dropout };
}

/* What the branch reads: x, or h after a norm. */
static const float *
begin(const struct layer *l, const struct branch *b, float *stat)
{
	const struct norm norm = layer_norm_of(l->config, b->w, b->b);

	if (b->w == NULL)
		return b->x;
	norm_forward(l->v->h, stat, b->x, &norm, l->T);
	return l->v->h;
}

/* dx += of what precedes the norm before, from dh. */
static void
begin_backward(const struct layer *l, const struct layer_gradients *g,
    const struct branch *b, float *dw, float *db)
{
	const struct norm norm = layer_norm_of(l->config, b->w, b->b);

	if (b->w == NULL)
		rows_add(g->dx, g->dh, l->T, l->config->D);
	else
		norm_backward(g->dx, dw, db, g->dh, b->x, b->stat, &norm, l->T);
}

/* out = onto + s h, of which some is dropped. */
static void
add(const struct layer *l, const struct branch *b, float *out,
    const float *onto, float s)
{
	if (b->dropout.rate > 0)
		dropout_add_to(out, onto, l->v->h, s, &b->dropout, l->T,
		    l->config->D);
	else
		rows_add_to(out, onto, l->v->h, s, l->T, l->config->D);
}

/* out = onto + the branch's last product, normed, scaled or dropped. */
static void
end(const struct layer *l, const struct branch *b, float *out,
    const float *onto)
{
	const struct config *c = l->config;
	const struct norm norm = layer_norm_of(c, b->after, NULL);

	if (b->after != NULL) {
		layer_linear(l, b->product, b->in, b->last, b->bias, NULL);
		norm_forward(l->v->h, b->after_stat, b->product, &norm, l->T);
		add(l, b, out, onto, 1.0f);
	} else if (c->residual_scale != 1 || b->dropout.rate > 0) {
		layer_linear(l, l->v->h, b->in, b->last, b->bias, NULL);
		add(l, b, out, onto, (float)c->residual_scale);
	} else {
		layer_linear(l, out, b->in, b->last, b->bias, onto);
	}
}

/* d of the branch's last product, from dx; in dh or h if it is another. */
static const float *
end_backward(const struct layer *l, const struct layer_gradients *g,
    const struct branch *b, float *dafter)
{
	const struct config *c = l->config;
	const struct norm norm = layer_norm_of(c, b->after, NULL);
	const float scale = b->after != NULL ? 1 : (float)c->residual_scale;
	const float *dout = g->dx;

	if (b->dropout.rate > 0) {
		dropout_rows(l->v->h, g->dx, scale, &b->dropout, l->T, c->D);
		dout = l->v->h; /* until the norm before is computed again */
		if (b->after == NULL)
			return dout;
	} else if (b->after == NULL && c->residual_scale == 1) {
		return dout;
	}
	rows_zero(g->dh, l->T, c->D);
	if (b->after != NULL)
		norm_backward(g->dh, dafter, NULL, dout, b->product,
		    b->after_stat, &norm, l->T);
	else
		rows_add_to(g->dh, g->dh, dout, scale, l->T, c->D);
	return g->dh;
}

/* ---- forward */

static void
mlp_end(const struct layer *l)
{
	const struct branch mlp = mlp_branch(l);

	layer_activate(l);
	end(l, &mlp, l->v->out, l->v->mid);
}

void
layer_recompute(const struct layer *l, layer_attend *attend, void *arg)
{
	const struct branch attention = attention_branch(l);
	const struct branch mlp = mlp_branch(l);
	const bool parallel = l->config->parallel;

	layer_project(l, begin(l, &attention, attention.stat));
	layer_position(l);
	attend(l, arg);
	/* before mid, which may be x */
	if (parallel)
		layer_widen(l, begin(l, &mlp, mlp.stat));
	end(l, &attention, l->v->mid, l->v->x);
	if (!parallel)
		layer_widen(l, begin(l, &mlp, mlp.stat));
	if (mlp.after != NULL) /* backward reads the product before it */
		mlp_end(l);
}

void
layer_forward(const struct layer *l, layer_attend *attend, void *arg)
{
	layer_recompute(l, attend, arg);
	if (l->w->after2 == NULL)
		mlp_end(l);
}

/* ---- backward, in reverse order */

/* dattended, from dx. */
static void
attended_backward(const struct layer *l, const struct layer_gradients *g,
    struct layer_params *d)
{
	const struct branch b = attention_branch(l);
	const float *dlast = end_backward(l, g, &b, d->after1);

	layer_linear_backward(l, g, b.last, g->dattended, false, d->o, d->o_b,
	    dlast, b.in);
}

/* dx += of what the MLP reads, from dx as d out. */
static void
mlp_backward(const struct layer *l, const struct layer_gradients *g,
    struct layer_params *d)
{
	const struct branch b = mlp_branch(l);
	const float *dlast = end_backward(l, g, &b, d->after2);

	layer_activate(l);
	layer_linear_backward(l, g, b.last, g->dact, false, d->down, d->down_b,
	    dlast, b.in);
	layer_widen_backward(l, g, d, begin(l, &b, NULL));
	begin_backward(l, g, &b, d->norm2, d->norm2_b);
}

void
layer_backward(const struct layer *l, const struct layer_gradients *g,
    struct layer_params *d, layer_attend *attend, void *arg)
{
	const struct config *c = l->config;
	const struct branch b = attention_branch(l);

	/* In parallel, attention gets d out too, not what the MLP adds to it.
	 */
	if (c->parallel)
		attended_backward(l, g, d);
	mlp_backward(l, g, d);
	if (!c->parallel)
		attended_backward(l, g, d);
	/* Otherwise q_in and k_in are q and k, as forward left them. */
	if (c->qk_norm != QK_NORM_NONE)
		layer_position(l);
	rows_zero(g->dq, l->T, (c->H + 2 * c->K) * c->E);
	attend(l, arg);
	layer_project_backward(l, g, d, begin(l, &b, NULL));
	begin_backward(l, g, &b, d->norm1, d->norm1_b);
}
