/* SPDX-License-Identifier: MIT */
#include "nn/kvcache.h"

#include <string.h>

#include "base/mem.h"

/* Bytes of a block of positions, in all layers. */
static size_t
block_bytes(const struct config *c, enum tile_type type)
{
	return c->L * c->K * kv_bytes(type, c->E);
}

size_t
kvcache_bytes(const struct config *c, enum tile_type weights, size_t n)
{
	return kv_blocks(n) * block_bytes(c, kv_type(weights));
}

void
kvcache_init(struct kvcache *kv, const struct config *c, enum tile_type weights,
    size_t n)
{
	*kv = (struct kvcache){ .type = kv_type(weights) };
	kv->p = mem_block(kvcache_bytes(c, weights, n) / sizeof(*kv->p));
}

void
kvcache_release(struct kvcache *kv)
{
	mem_block_free(kv->p);
	*kv = (struct kvcache){ 0 };
}

static struct kv
head_kv(const struct kvcache *kv, const struct config *c, size_t layer,
    size_t head)
{
	return (struct kv){ (char *)kv->p +
		    (layer * c->K + head) * kv_bytes(kv->type, c->E),
		block_bytes(c, kv->type), c->E, kv->type };
}

void
kvcache_fork(struct kvcache *kv, const struct kvcache *prompt,
    const struct config *c, size_t n)
{
	const size_t bytes = block_bytes(c, kv->type);

	kv->first = kv_fork(n);
	if (kv->first < n)
		memcpy(kv->p,
		    (const char *)prompt->p + kv->first / KV_BLOCK * bytes,
		    bytes);
}

void
kvcache_put(const struct kvcache *kv, const struct config *c, size_t layer,
    size_t at, const float *k, const float *v)
{
	size_t h;

	for (h = 0; h < c->K; h++) {
		const struct kv to = head_kv(kv, c, layer, h);

		kv_put(&to, at - kv->first, 1, k + h * c->E, 0, v + h * c->E,
		    0);
	}
}

struct kv_span
kvcache_span(const struct kvcache *kv, const struct config *c, size_t layer,
    size_t head, size_t end)
{
	return (struct kv_span){ head_kv(kv, c, layer, head), end - kv->first };
}
