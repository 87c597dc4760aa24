/* SPDX-License-Identifier: MIT */
/*
 * With s = sigmoid(t), where t = g, or t = 2 c (g + a g^3) for GELU, and t' its
 * slope:  out = g s u
 *   d out / d u = g s
 *   d out / d g = u s (1 + g t' (1 - s))
 */
#include "tensor/gated.h"

#include "tensor/rows.h"
#include "tensor/vector.h"

static const float TWO_C = 1.59576912f, A = 0.044715f; /* 2 sqrt(2 / pi) */

struct call {
	float *out, *out2;
	const float *dout;
	const struct gated *g;
};

VECTOR_CLONES static void
silu_row(float *out, const float *gate, const float *up, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = gate[i] * vector_sigmoid(gate[i]) * up[i];
}

VECTOR_CLONES static void
gelu_row(float *out, const float *gate, const float *up, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		float g = gate[i];
		float s = vector_sigmoid(TWO_C * (g + A * g * g * g));

		out[i] = g * s * up[i];
	}
}

static void
forward_rows(void *arg, size_t first, size_t n)
{
	const struct call *a = arg;
	const struct gated *g = a->g;
	size_t t;

	for (t = first; t < first + n; t++)
		(g->kind == GATE_SILU ? silu_row : gelu_row)(a->out + t * g->F,
		    g->gate + t * g->stride, g->up + t * g->stride, g->F);
}

void
gated_forward(float *out, const struct gated *g, size_t rows)
{
	struct call a = { out, NULL, NULL, g };

	rows_for(rows, g->F, forward_rows, &a);
}

/* d: gate and up in, their gradients out; all rows of n. */
struct row {
	float *dgate, *dup;
	const float *dout, *gate, *up;
	size_t n;
};

VECTOR_CLONES static void
silu_row_backward(const struct row *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		float g = r->gate[i], u = r->up[i], d = r->dout[i];
		float s = vector_sigmoid(g);

		r->dgate[i] = d * u * s * (1.0f + g * (1.0f - s));
		r->dup[i] = d * g * s;
	}
}

VECTOR_CLONES static void
gelu_row_backward(const struct row *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		float g = r->gate[i], u = r->up[i], d = r->dout[i];
		float s = vector_sigmoid(TWO_C * (g + A * g * g * g));
		float slope = TWO_C * (1.0f + 3.0f * A * g * g);

		r->dgate[i] = d * u * s * (1.0f + g * slope * (1.0f - s));
		r->dup[i] = d * g * s;
	}
}

static void
backward_rows(void *arg, size_t first, size_t n)
{
	const struct call *a = arg;
	const struct gated *g = a->g;
	size_t t;

	for (t = first; t < first + n; t++) {
		const size_t at = t * g->stride;
		const struct row row = { a->out + at, a->out2 + at,
			a->dout + t * g->F, g->gate + at, g->up + at, g->F };

		(g->kind == GATE_SILU ? silu_row_backward : gelu_row_backward)(
		    &row);
	}
}

void
gated_backward(float *dgate, float *dup, const float *dout,
    const struct gated *g, size_t rows)
{
	struct call a = { dgate, dup, dout, g };

	rows_for(rows, g->F, backward_rows, &a);
}
