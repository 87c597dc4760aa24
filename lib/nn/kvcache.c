/* SPDX-License-Identifier: MIT */
#include "nn/kvcache.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

size_t
kvcache_floats(const struct config *c, size_t n)
{
	return c->L * c->K * kv_floats(kv_cap(n), c->E);
}

/*
 * calloc gets pages when they are first written, so a sample that ends early
 * takes less.
 */
void
kvcache_init(struct kvcache *kv, const struct config *c, size_t n)
{
	*kv = (struct kvcache){ .cap = kv_cap(n) };
	kv->p = mem_alloc(kvcache_floats(c, n), sizeof(*kv->p));
}

void
kvcache_release(struct kvcache *kv)
{
	free(kv->p);
	*kv = (struct kvcache){ 0 };
}

static struct kv
head_kv(const struct kvcache *kv, const struct config *c, size_t layer,
    size_t head)
{
	return kv_at(kv->p + (layer * c->K + head) * kv_floats(kv->cap, c->E),
	    kv->cap, c->E);
}

void
kvcache_fork(struct kvcache *kv, const struct kvcache *prompt,
    const struct config *c, size_t n)
{
	size_t l, h;

	kv->first = kv_fork(n);
	for (l = 0; l < c->L; l++)
		for (h = 0; h < c->K; h++) {
			const struct kv to = head_kv(kv, c, l, h);
			const struct kv from = head_kv(prompt, c, l, h);

			kv_copy(&to, &from, c->E, kv->first, n - kv->first);
		}
}

void
kvcache_put(const struct kvcache *kv, const struct config *c, size_t layer,
    size_t at, const float *k, const float *v)
{
	size_t h;

	for (h = 0; h < c->K; h++) {
		const struct kv to = head_kv(kv, c, layer, h);

		kv_put(&to, c->E, at - kv->first, k + h * c->E, v + h * c->E);
	}
}

struct kv_span
kvcache_span(const struct kvcache *kv, const struct config *c, size_t layer,
    size_t head, size_t end)
{
	return (struct kv_span){ head_kv(kv, c, layer, head), end - kv->first };
}
