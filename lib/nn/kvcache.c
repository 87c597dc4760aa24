/* SPDX-License-Identifier: MIT */
#include "nn/kvcache.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

size_t
kvcache_token(const struct config *c)
{
	return c->L * c->K * 2 * c->E;
}

/* calloc's pages are not there before they are written, so a sample that ends early takes less. */
void
kvcache_init(struct kvcache *kv, const struct config *c, size_t cap)
{
	kv->p = mem_alloc(cap, kvcache_token(c) * sizeof(*kv->p));
	kv->cap = cap;
}

void
kvcache_release(struct kvcache *kv)
{
	free(kv->p);
	*kv = (struct kvcache){ 0 };
}

static float *
head_keys(const struct kvcache *kv, const struct config *c, size_t layer,
    size_t head)
{
	return kv->p + (layer * c->K + head) * 2 * c->E * kv->cap;
}

void
kvcache_put(const struct kvcache *kv, const struct config *c, size_t layer,
    size_t at, const float *k, const float *v)
{
	const size_t E = c->E;
	size_t h, e;

	for (h = 0; h < c->K; h++) {
		float *keys = head_keys(kv, c, layer, h);

		for (e = 0; e < E; e++)
			keys[e * kv->cap + at] = k[h * E + e];
		memcpy(keys + E * kv->cap + at * E, v + h * E,
		    E * sizeof(*v));
	}
}

struct kv_span
kvcache_span(const struct kvcache *kv, const struct config *c, size_t layer,
    size_t head, size_t n)
{
	const float *keys = head_keys(kv, c, layer, head);

	return (struct kv_span){ keys, keys + c->E * kv->cap, n, kv->cap };
}
