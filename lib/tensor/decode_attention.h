/* SPDX-License-Identifier: MIT */
/*
 * decode_attention: one query against keys and values that are kept.
 *
 *   out = sum_s P_s v_s,   P = softmax_s(q . k_s / sqrt(E))
 *
 * over the keys of several spans in turn, for what a sequence sees may lie
 * in two places: the prompt that it shares with others, and its own tokens.
 * Keys stand transposed, [E, n] in rows of `stride` floats, so that scores
 * are sums of whole rows; values stand as [n, E].
 */
#ifndef TENSOR_DECODE_ATTENTION_H
#define TENSOR_DECODE_ATTENTION_H

#include <stddef.h>

struct kv_span {
	const float *k; /* [E, n], rows of `stride` floats */
	const float *v; /* [n, E] */
	size_t n, stride;
};

/* out[E], q[E]; scratch holds as many floats as the spans have keys, at least one. */
void decode_attention(float *out, const float *q, size_t E,
    const struct kv_span *, size_t spans, float *scratch);

#endif
