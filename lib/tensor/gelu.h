/* SPDX-License-Identifier: MIT */
/*
 * gelu: x Phi(x), Phi the normal distribution, elementwise over n floats.
 *
 *   gelu         x (1 + tanh u) / 2 = x sigmoid(2 u),
 *                u = sqrt(2 / pi) (x + 0.044715 x^3), as in GPT-2
 *   gelu_exact   Phi itself, within 2e-7
 */
#ifndef TENSOR_GELU_H
#define TENSOR_GELU_H

#include <stddef.h>

/* out may be x. */
void gelu_forward(float *out, const float *x, size_t n);
void gelu_exact_forward(float *out, const float *x, size_t n);
/* Sets dx (does not add to it); dx may be dout. */
void gelu_backward(float *dx, const float *dout, const float *x, size_t n);
void gelu_exact_backward(float *dx, const float *dout, const float *x,
    size_t n);

#endif
