/* SPDX-License-Identifier: MIT */
#include "io/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/mem.h"

struct hash {
	XXH3_state_t *state;
};

struct hash *
hash_new(void)
{
	struct hash *h = mem_alloc(1, sizeof *h);

	h->state = XXH3_createState();
	if (h->state == NULL)
		mem_exhausted();
	hash_reset(h);
	return h;
}

void
hash_free(struct hash *h)
{
	if (h == NULL)
		return;
	(void)XXH3_freeState(h->state);
	free(h);
}

void
hash_reset(struct hash *h)
{
	(void)XXH3_64bits_reset(h->state);
}

void
hash_add(struct hash *h, const void *p, size_t n)
{
	(void)XXH3_64bits_update(h->state, p, n);
}

uint64_t
hash_value(const struct hash *h)
{
	return XXH3_64bits_digest(h->state);
}

void
hash_hex(char out[HASH_HEX], const void *p, size_t n)
{
	XXH128_hash_t h = XXH3_128bits(p, n);

	(void)snprintf(out, HASH_HEX, "%016llx%016llx",
	    (unsigned long long)h.high64, (unsigned long long)h.low64);
}
