/* SPDX-License-Identifier: MIT */
/*
 * kvcache: the keys and values of up to `cap` tokens, in all layers.
 *
 * One block: [L, K] heads, each its keys [E, cap] and then its values
 * [cap, E], as decode_attention reads them.  A prompt has one, which its
 * samples read; a sample has one for the tokens that are its own.  A cache
 * is written at each position once, before it is read there.
 */
#ifndef NN_KVCACHE_H
#define NN_KVCACHE_H

#include <stddef.h>

#include "nn/config.h"
#include "tensor/decode_attention.h"

struct kvcache {
	float *p; /* NULL where there is none */
	size_t cap;
};

/* How many floats a token takes. */
size_t kvcache_token(const struct config *);
void kvcache_init(struct kvcache *, const struct config *, size_t cap);
void kvcache_release(struct kvcache *);
/* k[K, E] and v[K, E] of the token at `at` in a layer. */
void kvcache_put(const struct kvcache *, const struct config *, size_t layer,
    size_t at, const float *k, const float *v);
/* The first n tokens, as a key head of a layer sees them. */
struct kv_span kvcache_span(const struct kvcache *, const struct config *,
    size_t layer, size_t head, size_t n);

#endif
