/* SPDX-License-Identifier: MIT */
/*
 * bpemodel: the "model" of a tokenizer.json: a word to its ids.
 *
 * A word is merged from its smallest pieces: bytes for a byte-level
 * vocabulary, otherwise characters, where one that the vocabulary lacks
 * becomes its bytes <0xXX> (byte fallback) or <unk>.
 */
#ifndef TEXT_BPEMODEL_H
#define TEXT_BPEMODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/json.h"
#include "text/split.h"
#include "text/vocab.h"
#include "text/wordcache.h"

struct bpemodel;

struct ids {
	uint32_t *id;
	size_t n, cap;
};

void ids_add(struct ids *, uint32_t);

/* byte_level: words are bytes.  NULL on failure. */
struct bpemodel *bpemodel_new(const struct json *, bool byte_level);
void bpemodel_free(struct bpemodel *);
const struct vocab *bpemodel_vocab(const struct bpemodel *);
/* Whether <0xXX> are bytes. */
bool bpemodel_fallback(const struct bpemodel *);
/*
 * Append the ids of words of a text (valid UTF-8) after which WORDCACHE_PAD
 * more bytes can be read.  cache: one that the caller has taken, or NULL.
 * -1: there is what the vocabulary lacks.
 */
must_use int bpemodel_encode(const struct bpemodel *, struct wordcache *,
    const char *text, const struct words *, struct ids *);

#endif
