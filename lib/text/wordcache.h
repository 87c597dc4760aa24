/* SPDX-License-Identifier: MIT */
/*
 * wordcache: the ids of words that were encoded before.
 *
 * The ids of a word depend on its bytes only, so the cache saves work and never
 * changes a result.  The table has a fixed size; a new word replaces the one in
 * its slot.  One thread at a time may use a cache: call wordcache_take first,
 * and encode without a cache if it returns false.
 */
#ifndef TEXT_WORDCACHE_H
#define TEXT_WORDCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes from the start of a word that must be readable; most ids of a word. */
enum { WORDCACHE_PAD = 32, WORDCACHE_IDS = 7 };

struct wordcache;

struct wordcache *wordcache_new(void);
void wordcache_free(struct wordcache *);
/* True: the cache belongs to the caller until wordcache_give. */
bool wordcache_take(struct wordcache *);
void wordcache_give(struct wordcache *);
/*
 * Write the ids of a word to id[*n ..), which has room for WORDCACHE_IDS, and
 * add their number to *n.  False: the word is not in the cache.
 */
bool wordcache_find(const struct wordcache *, const char *word, size_t length,
    uint32_t *id, size_t *n);
/* Store a word; long words and words with many ids are ignored. */
void wordcache_keep(struct wordcache *, const char *word, size_t length,
    const uint32_t *id, size_t n);

#endif
