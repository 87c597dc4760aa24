/* SPDX-License-Identifier: MIT */
/*
 * attention: causal attention with grouped heads over packed sequences.
 *
 *   out_t = sum_{s <= t} P_ts v_s,   P_ts = softmax_s(q_t . k_s / sqrt(E))
 *
 * within each sequence and, where sequence b continues another, within that
 * too: parent[b] is the one that it continues, which stands before it and
 * continues none itself, or b.  (All that continue one follow it at once.)
 * So a prompt of several samples is there once.
 *
 * There are H query heads; K key/value heads serve H / K of
 * them each.  Row t of head h is at q + t * q_stride + h * E, and so on, so
 * q, k and v may be one fused matrix or three.  out[T, H, E] is tight.
 *
 * Scores live in blocks of fixed size on the stack (Dao et al. 2022): only
 * their log-sum-exp lse[T, H] is kept, and backward makes them again.
 * Memory is O(T), and the masked half beyond a block is never computed.
 * A row of out is what attend.h gives for it, whoever asks.
 */
#ifndef TENSOR_ATTENTION_H
#define TENSOR_ATTENTION_H

#include <stddef.h>

struct attention {
	const float *q, *k, *v;
	size_t q_stride, k_stride, v_stride;
	size_t H, K, E;
	const size_t
	    *start; /* [B+1]: sequence b is rows start[b] .. start[b+1] */
	const size_t *parent; /* [B]; NULL: none */
	size_t B;
};

/*
 * lse may be NULL where there will be no backward; kv is scratch of
 * attention_floats, of which anything finite may remain.
 */
size_t attention_floats(const size_t *start, const size_t *parent, size_t B,
    size_t K, size_t E);
void attention_forward(float *out, float *lse, float *kv,
    const struct attention *);
/*
 * dq, dk, dv (with the strides of q, k, v) += ; scratch[T, H] holds dout .
 * out of each row.
 */
void attention_backward(float *dq, float *dk, float *dv, float *scratch,
    const float *dout, const float *out, const float *lse,
    const struct attention *);

#endif
