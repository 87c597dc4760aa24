/* SPDX-License-Identifier: MIT */
/*
 * kvcache: the keys and values of up to `cap` positions of a sequence, from
 * `first` on, in all layers.
 *
 * One block: [L, K] heads as tensor/attend.h has them.  A prompt has one,
 * which its samples read; a sample has one for the tokens that are its own.
 * Attention goes by in blocks of ATTEND_BLOCK positions of the sequence, so
 * a sample's cache begins where its prompt's last block does, with a copy of
 * that.  A cache is written at each position before it is read there.
 */
#ifndef NN_KVCACHE_H
#define NN_KVCACHE_H

#include <stddef.h>

#include "nn/config.h"
#include "tensor/attend.h"

struct kvcache {
	float *p; /* NULL where there is none */
	size_t cap, first;
};

/* How many floats a cache for n positions takes. */
size_t kvcache_floats(const struct config *, size_t n);
void kvcache_init(struct kvcache *, const struct config *, size_t n);
void kvcache_release(struct kvcache *);
/* Begin a sample's cache after the n tokens of a prompt's. */
void kvcache_fork(struct kvcache *, const struct kvcache *prompt,
    const struct config *, size_t n);
/* k[K, E] and v[K, E] of position `at` in a layer. */
void kvcache_put(const struct kvcache *, const struct config *, size_t layer,
    size_t at, const float *k, const float *v);
/* Positions first .. end-1, as a key head of a layer sees them. */
struct kv_span kvcache_span(const struct kvcache *, const struct config *,
    size_t layer, size_t head, size_t end);

#endif
