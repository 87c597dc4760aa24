/* SPDX-License-Identifier: MIT */
/* What is found is what was kept, whatever was kept between. */
#include "text/wordcache.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "tests/tap.h"

enum { WORDS = 100000, ROOM = 64 + WORDCACHE_PAD };

/* Word i, and what stands for its ids. */
static size_t
word_at(uint32_t i, char *out)
{
	(void)snprintf(out, ROOM, "%u%.*s", i, (int)(i % 40),
	    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
	return strlen(out);
}

static size_t
ids_of(uint32_t i, uint32_t *id)
{
	size_t n = 1 + i % (WORDCACHE_IDS + 1), k;

	for (k = 0; k < n; k++)
		id[k] = i * 31 + (uint32_t)k;
	return n;
}

static void
test_many(void)
{
	struct wordcache *c = wordcache_new();
	uint32_t id[WORDCACHE_IDS + 1], found[2 * WORDCACHE_IDS + 2], i, w;
	struct rng r = rng_at(1, 0, 0, "wordcache", 0);
	char text[ROOM];
	size_t length, n, at;
	int bad = 0, hits = 0, kept_too_long = 0;

	for (i = 0; i < WORDS; i++) {
		w = (uint32_t)rng_below(&r, 30000);
		length = word_at(w, text);
		n = ids_of(w, id);
		at = 3;
		if (!wordcache_find(c, text, length, found, &at)) {
			wordcache_keep(c, text, length, id, n);
			continue;
		}
		hits++;
		kept_too_long += length > WORDCACHE_PAD || n > WORDCACHE_IDS;
		bad += at != 3 + n || memcmp(found + 3, id, n * sizeof *id);
	}
	ok(bad == 0, "%d of %d hits are of another word", bad, hits);
	ok(hits > WORDS / 10 && kept_too_long == 0,
	    "%d of %d words are found, none that is too long", hits, WORDS);
	wordcache_free(c);
}

static void
test_keys(void)
{
	struct wordcache *c = wordcache_new();
	char zeros[WORDCACHE_PAD] = { 0 },
	     text[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	uint32_t id = 9, found[8 * WORDCACHE_IDS];
	size_t n = 0, length;

	for (length = 1; length <= WORDCACHE_PAD; length++)
		if (wordcache_find(c, zeros, length, found, &n))
			break;
	ok(length == WORDCACHE_PAD + 1 && n == 0,
	    "an empty slot matches no word");
	wordcache_keep(c, zeros, 2, &id, 1);
	ok(wordcache_find(c, zeros, 2, found, &n) && n == 1 && found[0] == 9,
	    "a word of two zero bytes is found");
	ok(!wordcache_find(c, zeros, 1, found, &n) &&
		!wordcache_find(c, zeros, 3, found, &n),
	    "zero bytes of another length are not found");
	wordcache_keep(c, text, 32, &id, 1);
	wordcache_keep(c, text, 33, &id, 1);
	n = 0;
	ok(wordcache_find(c, text, 32, found, &n) &&
		!wordcache_find(c, text, 33, found, &n),
	    "a word of 32 bytes is stored");
	text[31] = 'x';
	ok(!wordcache_find(c, text, 32, found, &n),
	    "words that differ in the last byte differ");
	wordcache_keep(c, text, 31, &id, 1);
	text[31] = 'y';
	ok(wordcache_find(c, text, 31, found, &n),
	    "bytes after the word do not matter");
	wordcache_free(c);
}

static void
test_turns(void)
{
	struct wordcache *c = wordcache_new();

	ok(wordcache_take(c) && !wordcache_take(c),
	    "a taken cache cannot be taken");
	wordcache_give(c);
	ok(wordcache_take(c), "a cache that was given back can be taken");
	wordcache_free(c);
}

int
main(void)
{
	test_many();
	test_keys();
	test_turns();
	return tap_done();
}
