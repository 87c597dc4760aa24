/* SPDX-License-Identifier: MIT */
/* The feed-forward between its norms: widen, activate, and both backward. */
#include "nn/layer_parts.h"
#include "tensor/gated.h"
#include "tensor/gelu.h"

size_t
layer_mlp_stride(const struct config *c)
{
	return c->fused_gate ? 2 * c->F : c->F;
}

void
layer_place_mlp(float *memory, const struct config *c, size_t T, float **gate,
    float **up)
{
	*gate = c->gated ? memory : NULL;
	*up = memory;
	if (c->gated)
		*up += c->fused_gate ? c->F : T * c->F;
}

static struct gated
gated_of(const struct layer *l)
{
	const struct config *c = l->config;

	return (struct gated){ l->v->gate, l->v->up, c->F, layer_mlp_stride(c),
		c->activation == ACTIVATION_SILU ? GATE_SILU : GATE_GELU_TANH };
}

void
layer_widen(const struct layer *l, const float *h)
{
	const struct layer_params *w = l->w;
	const struct layer_values *v = l->v;

	if (l->config->fused_gate) {
		layer_linear(l, v->gate, h, &l->m->gate_up, NULL, NULL);
		return;
	}
	if (l->config->gated)
		layer_linear(l, v->gate, h, &l->m->gate, w->gate_b, NULL);
	layer_linear(l, v->up, h, &l->m->up, w->up_b, NULL);
}

void
layer_activate(const struct layer *l)
{
	const struct layer_values *v = l->v;
	const struct gated g = gated_of(l);
	const size_t n = l->T * l->config->F;

	if (l->config->gated)
		gated_forward(v->act, &g, l->T);
	else if (l->config->activation == ACTIVATION_GELU)
		gelu_exact_forward(v->act, v->up, n);
	else
		gelu_forward(v->act, v->up, n);
}

/* Without a gate: dact becomes d up. */
static void
activation_backward(const struct layer *l, const struct layer_gradients *g)
{
	const float *up = l->v->up;
	const size_t n = l->T * l->config->F;

	if (l->config->activation == ACTIVATION_GELU)
		gelu_exact_backward(g->dact, g->dact, up, n);
	else
		gelu_backward(g->dact, g->dact, up, n);
}

void
layer_widen_backward(const struct layer *l, const struct layer_gradients *g,
    struct layer_params *d, const float *h)
{
	const struct config *c = l->config;
	const struct layer_matrices *m = l->m;
	const struct gated gated = gated_of(l);
	float *dgate = g->dact, *dup = l->v->act; /* act is not needed again */

	if (c->fused_gate) {
		dgate = g->dwide;
		dup = g->dwide + c->F;
	}
	if (c->gated)
		gated_backward(dgate, dup, g->dact, &gated, l->T);
	else
		activation_backward(l, g);
	if (c->fused_gate) {
		layer_linear_backward(l, g, &m->gate_up, g->dh, false,
		    d->gate_up, NULL, g->dwide, h);
		return;
	}
	layer_linear_backward(l, g, &m->up, g->dh, false, d->up, d->up_b,
	    c->gated ? dup : g->dact, h);
	if (c->gated)
		layer_linear_backward(l, g, &m->gate, g->dh, true, d->gate,
		    d->gate_b, dgate, h);
}
