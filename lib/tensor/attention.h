/* SPDX-License-Identifier: MIT */
/*
 * attention: causal attention with grouped heads over packed sequences.
 *
 *   out_t = sum_{s <= t} P_ts v_s,   P_ts = softmax_s(q_t . k_s / sqrt(E))
 *
 * where s runs over the sequence of t, with a window over its last positions
 * up to t, and, if that sequence continues another,
 * over the other one too.  parent[b] is the sequence that b continues, or b.
 * A parent has no parent itself, and all sequences that continue it follow
 * directly after it; so the prompt of several samples is computed once.
 *
 * There are H query heads; each of K key/value heads serves H / K of them.  Row
 * t of head h is at q + t * q_stride + h * E, and so on, so q, k and v may be
 * one fused matrix or three.  out[T, H, E] is contiguous.
 *
 * Scores exist in blocks of fixed size on the stack (Dao et al. 2022).  Forward
 * stores their log-sum-exp lse[T, H], from which backward computes them again:
 * memory is O(T), and blocks that are masked completely are skipped.  Rows of
 * out are computed by attend.h from stores (kv.h) of floats or F16, and have
 * the same bits as in decoding.
 */
#ifndef TENSOR_ATTENTION_H
#define TENSOR_ATTENTION_H

#include <stddef.h>

#include "tensor/kv.h"

struct attention {
	const float *q;
	float *k, *v;
	size_t q_stride, k_stride, v_stride;
	size_t H, K, E;
	const size_t *start;  /* [B+1]: b is rows start[b] .. start[b+1]-1 */
	const size_t *parent; /* [B]; NULL: no sequence has one */
	size_t B;
	enum tile_type type; /* of the stores: TILE_F32 or TILE_HALF */
	size_t window;       /* positions that are seen; 0: all */
};

/*
 * lse may be NULL if there is no backward pass.  kv is scratch memory of
 * attention_floats(), which may hold any finite numbers.
 */
size_t attention_floats(const size_t *start, const size_t *parent, size_t B,
    size_t K, size_t E, enum tile_type);
void attention_forward(float *out, float *lse, float *kv,
    const struct attention *);
/*
 * dq, dk, dv += their gradients, with the strides of q, k, v.  scratch[T, H]
 * receives dout . out of each row.  With TILE_HALF k and v are first rounded,
 * in place, to the numbers that forward stored; rounding has the slope 1.
 */
void attention_backward(float *dq, float *dk, float *dv, float *scratch,
    const float *dout, const float *out, const float *lse,
    const struct attention *);

#endif
