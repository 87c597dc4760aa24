/* SPDX-License-Identifier: MIT */
/*
 * A slot is 64 bytes, one cache line of the processor: the key, which is the
 * word filled with zeros to 32 bytes and its length, up to 7 ids, and their
 * number.  The key is read as four words of 64 bits behind a mask.  The slot of
 * a key is the top bits of a sum of products of these words.
 */
#include "text/wordcache.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { SLOT_BITS = 15, SLOTS = 1 << SLOT_BITS, KEY = WORDCACHE_PAD, LINE = 64 };

struct slot {
	uint64_t key[4];
	uint32_t id[WORDCACHE_IDS];
	uint16_t length, n;
};

struct wordcache {
	struct slot *slot; /* the first multiple of LINE in memory */
	void *memory;
	atomic_flag taken;
};

struct wordcache *
wordcache_new(void)
{
	struct wordcache *c = mem_alloc(1, sizeof *c);
	char *p;

	p = c->memory = mem_alloc(SLOTS + 1, sizeof *c->slot);
	c->slot = (struct slot *)(void *)(p + (LINE - (uintptr_t)p % LINE));
	atomic_flag_clear(&c->taken);
	return c;
}

void
wordcache_free(struct wordcache *c)
{
	if (c == NULL)
		return;
	free(c->memory);
	free(c);
}

bool
wordcache_take(struct wordcache *c)
{
	return !atomic_flag_test_and_set_explicit(&c->taken,
	    memory_order_acquire);
}

void
wordcache_give(struct wordcache *c)
{
	atomic_flag_clear_explicit(&c->taken, memory_order_release);
}

static void
make_key(uint64_t key[4], const char *word, size_t n)
{
	static const unsigned char masks[2 * KEY] = { 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255 };
	uint64_t mask[4];
	size_t i;

	memcpy(key, word, KEY);
	memcpy(mask, masks + KEY - n, KEY);
	for (i = 0; i < 4; i++)
		key[i] &= mask[i];
}

static struct slot *
slot_of(const struct wordcache *c, const uint64_t key[4], size_t length)
{
	uint64_t h = length * 0xff51afd7ed558ccdu +
	    key[0] * 0x9e3779b97f4a7c15u + key[1] * 0xc2b2ae3d27d4eb4fu +
	    key[2] * 0x165667b19e3779f9u + key[3] * 0xd6e8feb86659fd93u;

	return &c->slot[(h ^ h << 32) >> (64 - SLOT_BITS)];
}

bool
wordcache_find(const struct wordcache *c, const char *word, size_t length,
    uint32_t *id, size_t *n)
{
	const struct slot *at;
	uint64_t key[4];

	if (length > KEY)
		return false;
	make_key(key, word, length);
	at = slot_of(c, key, length);
	if (((at->key[0] ^ key[0]) | (at->key[1] ^ key[1]) |
		(at->key[2] ^ key[2]) | (at->key[3] ^ key[3]) |
		(at->length ^ length)) != 0)
		return false;
	memcpy(id + *n, at->id, sizeof at->id);
	*n += at->n;
	return true;
}

void
wordcache_keep(struct wordcache *c, const char *word, size_t length,
    const uint32_t *id, size_t n)
{
	struct slot *at;
	uint64_t key[4];

	if (length > KEY || n > WORDCACHE_IDS)
		return;
	make_key(key, word, length);
	at = slot_of(c, key, length);
	memcpy(at->key, key, sizeof at->key);
	memcpy(at->id, id, n * sizeof *id);
	at->length = (uint16_t)length;
	at->n = (uint16_t)n;
}
