/* SPDX-License-Identifier: MIT */
/* The feed-forward between its norms: widen, activate, and both backward. */
#include "nn/layer_parts.h"
#include "tensor/gelu.h"
#include "tensor/swiglu.h"

void
layer_widen(const struct layer *l, const float *h)
{
	const struct layer_params *w = l->w;
	const struct layer_values *v = l->v;

	if (l->config->gated)
		layer_linear(l, v->gate, h, &l->m->gate, w->gate_b, NULL);
	layer_linear(l, v->up, h, &l->m->up, w->up_b, NULL);
}

void
layer_activate(const struct layer *l)
{
	const struct layer_values *v = l->v;
	const size_t n = l->T * l->config->F;

	if (l->config->activation == ACTIVATION_SILU)
		swiglu_forward(v->act, v->gate, v->up, n);
	else if (l->config->activation == ACTIVATION_GELU)
		gelu_exact_forward(v->act, v->up, n);
	else
		gelu_forward(v->act, v->up, n);
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
	if (l->config->activation == ACTIVATION_GELU)
		gelu_exact_backward(g->dact, g->dact, v->up, n);
	else
		gelu_backward(g->dact, g->dact, v->up, n);
	return g->dact;
}

void
layer_widen_backward(const struct layer *l, const struct layer_gradients *g,
    struct layer_params *d, const float *h)
{
	const struct layer_matrices *m = l->m;
	const float *dup = activation_backward(l, g);

	layer_linear_backward(l, g, &m->up, g->dh, false, d->up, d->up_b, dup,
	    h);
	if (l->config->gated)
		layer_linear_backward(l, g, &m->gate, g->dh, true, d->gate,
		    d->gate_b, g->dact, h);
}
