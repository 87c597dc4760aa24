/* SPDX-License-Identifier: MIT */
/*
 * normalize: the normalizer of a tokenizer.json: NFC, NFD, NFKC, NFKD,
 * Lowercase, Prepend, Replace, Strip, and Sequence of them (the only user of
 * utf8proc.h).
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

/* j: the value of "normalizer"; null makes one that does nothing. NULL on
 * failure. */
struct normalizer *normalizer_new(const struct json *j);
void normalizer_free(struct normalizer *);
bool normalizer_is_none(const struct normalizer *); /* does nothing */
/*
 * text (valid UTF-8), normalised, in place.  goes_on: it follows text, so
 * nothing is put in front.
 */
must_use int normalize(const struct normalizer *, bool goes_on,
    struct buf *text);

/* Whether a character is of a word: letter, mark, digit or connector. */
bool normalize_is_word(uint32_t code);

#endif
