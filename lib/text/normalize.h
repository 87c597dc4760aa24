/* SPDX-License-Identifier: MIT */
/*
 * normalize: the "normalizer" of a tokenizer.json (the only user of
 * utf8proc.h).  Types: NFC, NFD, NFKC, NFKD, Lowercase, Prepend, Replace,
 * Strip, and Sequence of them.
 */
#ifndef TEXT_NORMALIZE_H
#define TEXT_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/json.h"

struct normalizer;

/*
 * j: the value of "normalizer"; NULL or null makes one that does nothing.
 * NULL on failure.
 */
struct normalizer *normalizer_new(const struct json *j);
void normalizer_free(struct normalizer *);
bool normalizer_is_none(const struct normalizer *); /* does nothing */
/*
 * Normalize text (valid UTF-8) in place.  after_text: it continues other text,
 * so Prepend does nothing.  -1: the text grows too much.
 */
must_use int normalize(const struct normalizer *, bool after_text,
    struct buf *text);

/* Whether a character is a letter, mark, digit or connector. */
bool normalize_is_word(uint32_t code);

#endif
