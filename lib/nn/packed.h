/* SPDX-License-Identifier: MIT */
/*
 * packed: a policy's matrices in the layout that the kernels read.
 *
 * Packing belongs to the weights: params_changed() marks it stale and the next
 * packed_of() packs again in place.  Use:
 *
 *	packed_set_type(&p, TILE_BF16);  // before the first pass; default F32
 *	m = packed_of(&p, &config);      // borrowed until the weights change
 *
 * packed_of and packed_backward take const params: the values of the weights
 * stay, only the packed copies of them are made.
 *
 * Memory: N * K * size(type) bytes for each matrix [N, K].  Backward in BF16
 * uses separate packed copies of the transposes, built on first use; in F32
 * it reads the weights themselves.  INT8 has no backward pass.
 */
#ifndef NN_PACKED_H
#define NN_PACKED_H

#include "nn/config.h"
#include "nn/matrices.h"
#include "nn/params.h"

/* The type of all later passes over these weights; drops copies of another. */
void packed_set_type(struct params *, enum tile_type);
enum tile_type packed_type(const struct params *);
/*
 * Release mapped weight pages after packing and after each backward pass;
 * later reads fault them in again.
 */
void packed_release_pages(struct params *);
/* Backward has gone through layer l, or the head if l is the layer count. */
void packed_passed(const struct params *, size_t l);
/* Matrices for forward passes; borrowed until the weights change. */
const struct matrices *packed_of(const struct params *, const struct config *);
/* Matrices for forward and backward passes. */
const struct matrices *packed_backward(const struct params *,
    const struct config *);

#endif
