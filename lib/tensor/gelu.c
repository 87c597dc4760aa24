/* SPDX-License-Identifier: MIT */
/*
 * With s = sigmoid(2 u), u = c (x + a x^3):  out = x s
 *   d out / d x = s + x s (1 - s) 2 c (1 + 3 a x^2)
 *
 * The exact one has d out / d x = Phi + x phi, where phi is the density, and
 * Phi(-z) = q(t) e^(-z^2 / 2), t = 1 / (1 + p z / sqrt(2)), q a polynomial
 * (Abramowitz and Stegun, 7.1.26).
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

/* Phi(x), and phi(x) sqrt(2 pi) in *e. */
static inline float
normal(float x, float *e)
{
	const float z = x < 0.0f ? -x : x;
	const float t = 1.0f / (1.0f + 0.3275911f * 0.70710678f * z);
	float q = 1.061405429f;

	*e = vector_exp(-0.5f * x * x);
	q = q * t - 1.453152027f;
	q = q * t + 1.421413741f;
	q = q * t - 0.284496736f;
	q = q * t + 0.254829592f;
	q *= 0.5f * t * *e;
	return x < 0.0f ? q : 1.0f - q;
}

VECTOR_CLONES static void
exact_forward(void *arg, size_t first, size_t n)
{
	const struct gelu *a = arg;
	float e;
	size_t i;

	for (i = first; i < first + n; i++)
		a->out[i] = a->x[i] * normal(a->x[i], &e);
}

void
gelu_exact_forward(float *out, const float *x, size_t n)
{
	struct gelu a = { out, NULL, x };

	rows_for(n, 1, exact_forward, &a);
}

VECTOR_CLONES static void
exact_backward(void *arg, size_t first, size_t n)
{
	const struct gelu *a = arg;
	float e;
	size_t i;

	for (i = first; i < first + n; i++) {
		const float x = a->x[i], whole = normal(x, &e);

		a->out[i] = a->dout[i] * (whole + x * e * 0.39894228f);
	}
}

void
gelu_exact_backward(float *dx, const float *dout, const float *x, size_t n)
{
	struct gelu a = { dx, dout, x };

	rows_for(n, 1, exact_backward, &a);
}
