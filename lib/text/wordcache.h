/* SPDX-License-Identifier: MIT */
/*
 * wordcache: ids of words that have been met before.
 *
 * What a word becomes depends on its bytes alone, so a word that comes again
 * need not be merged again, and whether it is found here or merged changes
 * no id.  A place holds one word of a bounded table; a newer word takes it
 * from an older one.  One thread at a time uses a cache: who does not get it
 * (wordcache_take) merges.
 */
#ifndef TEXT_WORDCACHE_H
#define TEXT_WORDCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes at and after the start of a word that are read, whatever they are. */
enum { WORDCACHE_PAD = 32, WORDCACHE_IDS = 7 };

struct wordcache;

struct wordcache *wordcache_new(void);
void wordcache_free(struct wordcache *);
/* Whether it is ours now, until it is given back. */
bool wordcache_take(struct wordcache *);
void wordcache_give(struct wordcache *);
/*
 * Write the ids of a word to id[*n ..), which has room for WORDCACHE_IDS, and
 * add their count to *n.  False: it is not here.
 */
bool wordcache_find(const struct wordcache *, const char *word, size_t length,
    uint32_t *id, size_t *n);
/* Words that are long or have many ids are not kept. */
void wordcache_keep(struct wordcache *, const char *word, size_t length,
    const uint32_t *id, size_t n);

#endif
