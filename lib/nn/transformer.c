/* SPDX-License-Identifier: MIT */
#include "nn/transformer.h"

#include <string.h>

#include "nn/embedding.h"
#include "nn/last.h"
#include "nn/packed.h"
#include "tensor/attention.h"
#include "tensor/norm.h"
#include "tensor/rows.h"

/* ---- attention over the sequences of a pack */

struct pack_attention {
	const struct activations *a;
	const struct pack *pack;
};

static struct attention
attention_of(const struct layer *l, const struct pack_attention *p)
{
	const struct config *c = l->config;
	const struct pack *pack = p->pack;

	return (struct attention){ l->v->q_in, l->v->k_in, l->v->v,
		layer_q_stride(c), layer_kv_stride(c), layer_kv_stride(c), c->H,
		c->K, c->E, pack->start, pack->parent, pack->B,
		kv_type(p->a->matrices->type), config_window(c, l->index) };
}

static void
attend_forward(const struct layer *l, void *arg)
{
	const struct pack_attention *p = arg;
	const struct attention attention = attention_of(l, p);

	attention_forward(l->v->attended, l->v->lse, p->a->kv, &attention);
}

static void
attend_backward(const struct layer *l, void *arg)
{
	const struct pack_attention *p = arg;
	const struct layer_gradients *g = &p->a->gradients;
	const struct attention attention = attention_of(l, p);

	attention_backward(g->dq, g->dk, g->dv, g->dot, g->dattended,
	    l->v->attended, l->v->lse, &attention);
}

static struct layer
layer_of(const struct activations *a, const struct params *p,
    const struct pack *pack, size_t i)
{
	return (struct layer){ &a->config, &p->layer[i], &a->matrices->layer[i],
		i, a->T, a->pos, rotary_table(&a->rotary, &a->config, i),
		&a->layer[i], activations_dropout(a, pack, 2 * i + 1) };
}

/* Of the embedding, or of its gradient. */
static void
drop_embedding(const struct activations *a, const struct pack *pack, float *x)
{
	const struct dropout d = activations_dropout(a, pack, 0);

	if (d.rate > 0)
		dropout_rows(x, x, 1.0f, &d, a->T, a->config.D);
}

/* ---- the passes */

static void
embed(struct activations *a, const struct params *p, const struct pack *pack,
    bool keep)
{
	const size_t D = a->config.D;
	size_t i;

	activations_fit(a, packed_for_rows(p, &a->config), pack, keep);
	for (i = 0; i < a->T; i++)
		embedding_forward(a->layer[0].x + i * D, &a->config, p,
		    pack->tokens[i], a->pos[i]);
	drop_embedding(a, pack, a->layer[0].x);
}

void
transformer_states(struct activations *a, const struct params *p,
    const struct pack *pack, const size_t *depth, size_t n, float *states)
{
	const size_t D = a->config.D;
	struct pack_attention attention = { a, pack };
	struct layer layer;
	size_t i, k, r;

	embed(a, p, pack, false);
	for (i = k = 0; k < n; i++) {
		layer = layer_of(a, p, pack, i);
		layer_forward(&layer, attend_forward, &attention);
		if (depth[k] != i + 1)
			continue;
		for (r = 0; r < pack->R; r++) /* without keep, out is last */
			memcpy(states + (r * n + k) * D,
			    a->last + pack->row[r] * D, D * sizeof *states);
		k++;
	}
}

void
transformer_forward(struct activations *a, const struct params *p,
    const struct pack *pack, bool keep)
{
	const size_t D = a->config.D;
	struct pack_attention attention = { a, pack };
	struct layer layer;
	size_t i;

	embed(a, p, pack, keep);
	for (i = 0; i < a->config.L; i++) {
		layer = layer_of(a, p, pack, i);
		layer_forward(&layer, attend_forward, &attention);
	}
	for (i = 0; i < a->R; i++)
		memcpy(a->at_rows + i * D, a->last + pack->row[i] * D,
		    D * sizeof(*a->last));
	last_forward(a->hidden, a->stat, a->at_rows, &a->config, p, a->R);
	if (keep)
		rows_zero(a->dhidden, a->R, D);
}

void
transformer_backward(struct activations *a, const struct params *p,
    const struct pack *pack, struct params *d)
{
	const size_t D = a->config.D;
	float *dx = a->gradients.dx, *drows = a->gradients.dh;
	struct pack_attention attention = { a, pack };
	struct layer layer;
	size_t i;

	a->gradients.low = d->low;
	packed_passed(p, a->config.L);
	rows_zero(dx, a->T, D);
	rows_zero(drows, a->R, D);
	last_backward(drows, d, a->dhidden, a->at_rows, a->stat, &a->config, p,
	    a->R);
	for (i = 0; i < a->R; i++)
		rows_add(dx + pack->row[i] * D, drows + i * D, 1, D);
	for (i = a->config.L; i-- > 0;) {
		layer = layer_of(a, p, pack, i);
		if (a->recompute && i + 1 < a->config.L) /* the last is there */
			layer_recompute(&layer, attend_forward, &attention);
		layer_backward(&layer, &a->gradients, &d->layer[i],
		    attend_backward, &attention);
		packed_passed(p, i);
	}
	drop_embedding(a, pack, dx);
	embedding_backward(d, dx, &a->config, pack->tokens, a->pos, a->T);
}
