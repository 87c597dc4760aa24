/* SPDX-License-Identifier: MIT */
/*
 * kv: stores of keys and values, as attention reads them (attend.h).
 *
 * A store has the keys and values of one head in blocks of KV_BLOCK positions:
 * the keys k[4][E][16] of a block, then its values v[ceil(E / 16)][64][16], in
 * panels as tile.h reads them.  What is read together lies together, and a
 * block can be prefetched while another is read.
 *
 * The numbers of a store are floats (TILE_F32) or, in half of the memory, are
 * rounded to F16 (TILE_HALF): beside weights in BF16 or INT8, whose rounding
 * costs much more.  BF16 would not do: with 8 bits in place of 11, the gradient
 * of a small trained policy turns as far again as by rounding its weights.
 * Beyond 65504 a number becomes infinite, and what is computed from it is then
 * refused as not finite.  Queries, scores and sums are F32 in either case.
 */
#ifndef TENSOR_KV_H
#define TENSOR_KV_H

#include <stddef.h>

#include "tensor/tile.h"

enum { KV_BLOCK = 64 };

/* Its memory, kv_bytes() for each block, may hold any finite numbers. */
struct kv {
	void *p;       /* the first block; borrowed */
	size_t stride; /* bytes from block to block */
	size_t E;
	enum tile_type type; /* TILE_F32 or TILE_HALF */
};

/* The type of stores beside weights of a type. */
enum tile_type kv_type(enum tile_type weights);
/* Blocks for n positions, and bytes of a block. */
size_t kv_blocks(size_t n);
size_t kv_bytes(enum tile_type, size_t E);
/* E rounded up to whole panels. */
size_t kv_wide(size_t E);
/*
 * The last multiple of KV_BLOCK up to n: where the store of a sequence that
 * continues n shared positions begins.
 */
size_t kv_fork(size_t n);
/* Store n positions from `at`: rows k[n, E] and v[n, E], strides in floats. */
void kv_put(const struct kv *, size_t at, size_t n, const float *k,
    size_t k_stride, const float *v, size_t v_stride);
/* x[n] := what a store of TILE_HALF makes of it. */
void kv_round(float *x, size_t n);

#endif
