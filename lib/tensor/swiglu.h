/* SPDX-License-Identifier: MIT */
/*
 * swiglu: the activation of gated MLPs, elementwise over n floats.
 *
 *   out = gate * sigmoid(gate) * up
 */
#ifndef TENSOR_SWIGLU_H
#define TENSOR_SWIGLU_H

#include <stddef.h>

/* out may be gate or up. */
void swiglu_forward(float *out, const float *gate, const float *up, size_t n);
/* Sets dgate and dup (does not add to them); either may be dout. */
void swiglu_backward(float *dgate, float *dup, const float *dout,
    const float *gate, const float *up, size_t n);

#endif
