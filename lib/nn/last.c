/* SPDX-License-Identifier: MIT */
#include "nn/last.h"

#include "nn/layer.h"
#include "tensor/rows.h"

static float
scale(const struct config *c)
{
	return c->scored ? 1.0f : (float)(1 / c->logit_divisor);
}

void
last_forward(float *hidden, float *stat, const float *x, const struct config *c,
    const struct params *p, size_t rows)
{
	const struct norm norm = layer_norm_of(c, p->norm, p->norm_b);

	norm_forward(hidden, stat, x, &norm, rows);
	rows_scale(hidden, scale(c), rows, c->D, c->D);
}

void
last_backward(float *dx, struct params *d, float *dhidden, const float *x,
    const float *stat, const struct config *c, const struct params *p,
    size_t rows)
{
	const struct norm norm = layer_norm_of(c, p->norm, p->norm_b);

	rows_scale(dhidden, scale(c), rows, c->D, c->D);
	norm_backward(dx, d->norm, d->norm_b, dhidden, x, stat, &norm, rows);
}
