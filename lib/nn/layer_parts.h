/* SPDX-License-Identifier: MIT */
/*
 * layer_parts: the two branches of a layer, attention and MLP, between the
 * norms around them (layer.c).
 */
#ifndef NN_LAYER_PARTS_H
#define NN_LAYER_PARTS_H

#include <stdbool.h>

#include "nn/layer.h"

/* out = x @ m^T + bias + onto of all rows; bias and onto may be NULL. */
void layer_linear(const struct layer *, float *out, const float *x,
    const struct linear *m, const float *bias, const float *onto);
/*
 * dx of a linear layer with input x, set or added to; and the gradients of its
 * matrix, its bias and its adapter.
 */
void layer_linear_backward(const struct layer *, const struct layer_gradients *,
    const struct linear *m, float *dx, bool add, float *dw, float *dbias,
    const float *dout, const float *x);

/* q, k and v from h[T, D]; then q_in and k_in from q and k. */
void layer_project(const struct layer *, const float *h);
void layer_position(const struct layer *);
/*
 * dq, dk and dv of what attention read to dh[T, D], through position and
 * projection.
 */
void layer_project_backward(const struct layer *,
    const struct layer_gradients *, struct layer_params *d, const float *h);

/* gate and up from h[T, D]; then act from gate and up. */
void layer_widen(const struct layer *, const float *h);
void layer_activate(const struct layer *);
/* dact to dh[T, D]. */
void layer_widen_backward(const struct layer *, const struct layer_gradients *,
    struct layer_params *d, const float *h);

#endif
