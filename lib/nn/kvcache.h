/* SPDX-License-Identifier: MIT */
/*
 * kvcache: the keys and values of a sequence in all layers.
 *
 * A cache holds positions first .. first+cap-1 as blocks of positions, each
 * with the stores (tensor/kv.h) of all [L, K] heads; so a sequence takes
 * memory as it grows.  A prompt has a cache that its samples read; each sample
 * has one for its own tokens.  Attention works in blocks of KV_BLOCK positions,
 * so a sample's cache begins where its prompt's last block does, with a copy
 * of it.  Each position is written before it is read.
 *
 * Beside weights in F32 a cache has floats, beside weights in BF16 and INT8 it
 * has F16.
 */
#ifndef NN_KVCACHE_H
#define NN_KVCACHE_H

#include <stddef.h>

#include "nn/config.h"
#include "tensor/attend.h"

struct kvcache {
	float *p; /* NULL: released */
	size_t first;
	enum tile_type type; /* of its stores */
};

/* Bytes of memory for n positions beside weights of a type. */
size_t kvcache_bytes(const struct config *, enum tile_type weights, size_t n);
void kvcache_init(struct kvcache *, const struct config *,
    enum tile_type weights, size_t n);
void kvcache_release(struct kvcache *);
/* Begin a sample's cache after the n tokens of a prompt. */
void kvcache_fork(struct kvcache *, const struct kvcache *prompt,
    const struct config *, size_t n);
/* Write k[K, E] and v[K, E] of position `at` in a layer. */
void kvcache_put(const struct kvcache *, const struct config *, size_t layer,
    size_t at, const float *k, const float *v);
/* Positions first .. end-1 of one key head of a layer. */
struct kv_span kvcache_span(const struct kvcache *, const struct config *,
    size_t layer, size_t head, size_t end);

#endif
