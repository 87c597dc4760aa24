/* SPDX-License-Identifier: MIT */
/*
 * With s = sigmoid(g):  out = g s u
 *   d out / d u = g s
 *   d out / d g = u s (1 + g (1 - s))
 */
#include "tensor/swiglu.h"

#include "tensor/rows.h"
#include "tensor/vector.h"

struct swiglu {
	float *out, *out2;
	const float *dout, *gate, *up;
};

VECTOR_CLONES static void
forward(void *arg, size_t first, size_t n)
{
	const struct swiglu *a = arg;
	size_t i;

	for (i = first; i < first + n; i++)
		a->out[i] = a->gate[i] * vector_sigmoid(a->gate[i]) * a->up[i];
}

void
swiglu_forward(float *out, const float *gate, const float *up, size_t n)
{
	struct swiglu a = { out, NULL, NULL, gate, up };

	rows_for(n, 1, forward, &a);
}

VECTOR_CLONES static void
backward(void *arg, size_t first, size_t n)
{
	const struct swiglu *a = arg;
	size_t i;

	for (i = first; i < first + n; i++) {
		float g = a->gate[i], u = a->up[i], d = a->dout[i];
		float s = vector_sigmoid(g);

		a->out[i] = d * u * s * (1.0f + g * (1.0f - s));
		a->out2[i] = d * g * s;
	}
}

void
swiglu_backward(float *dgate, float *dup, const float *dout, const float *gate,
    const float *up, size_t n)
{
	struct swiglu a = { dgate, dup, dout, gate, up };

	rows_for(n, 1, backward, &a);
}
