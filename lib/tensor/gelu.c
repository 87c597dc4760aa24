/* SPDX-License-Identifier: MIT */
/*
 * With s = sigmoid(2 u), u = c (x + a x^3):  out = x s
 *   d out / d x = s + x s (1 - s) 2 c (1 + 3 a x^2)
 */
#include "tensor/gelu.h"

#include "tensor/rows.h"
#include "tensor/vector.h"

static const float TWO_C = 1.59576912f, A = 0.044715f; /* 2 sqrt(2 / pi) */

struct gelu {
	float *out;
	const float *dout, *x;
};

VECTOR_CLONES static void
forward(void *arg, size_t first, size_t n)
{
	const struct gelu *a = arg;
	size_t i;

	for (i = first; i < first + n; i++) {
		float x = a->x[i];

		a->out[i] = x * vector_sigmoid(TWO_C * (x + A * x * x * x));
	}
}

void
gelu_forward(float *out, const float *x, size_t n)
{
	struct gelu a = { out, NULL, x };

	rows_for(n, 1, forward, &a);
}

VECTOR_CLONES static void
backward(void *arg, size_t first, size_t n)
{
	const struct gelu *a = arg;
	size_t i;

	for (i = first; i < first + n; i++) {
		float x = a->x[i];
		float s = vector_sigmoid(TWO_C * (x + A * x * x * x));
		float slope = TWO_C * (1.0f + 3.0f * A * x * x);

		a->out[i] = a->dout[i] * (s + x * s * (1.0f - s) * slope);
	}
}

void
gelu_backward(float *dx, const float *dout, const float *x, size_t n)
{
	struct gelu a = { dx, dout, x };

	rows_for(n, 1, backward, &a);
}
