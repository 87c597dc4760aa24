/* SPDX-License-Identifier: MIT */
/*
 * gated: the activation of gated MLPs, elementwise.
 *
 *   out = gate * sigmoid(gate) * up      GATE_SILU (SwiGLU)
 *   out = gelu(gate) * up                GATE_GELU_TANH (gelu.h)
 */
#ifndef TENSOR_GATED_H
#define TENSOR_GATED_H

#include <stddef.h>

enum gate { GATE_SILU, GATE_GELU_TANH };

/* gate and up: rows of F floats, `stride` floats from row to row. */
struct gated {
	const float *gate, *up;
	size_t F, stride;
	enum gate kind;
};

/* out[rows, F]; it may be gate or up if stride is F. */
void gated_forward(float *out, const struct gated *, size_t rows);
/*
 * Sets dgate and dup (does not add to them), which have the stride of gate and
 * up, from dout[rows, F]; if stride is F, either may be dout.
 */
void gated_backward(float *dgate, float *dup, const float *dout,
    const struct gated *, size_t rows);

#endif
