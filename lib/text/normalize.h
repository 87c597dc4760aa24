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
/* Whether Python's repr() shows it: no control, format or blank but the space.
 */
bool normalize_is_printable(uint32_t code);
/* Whether it is a letter; a decimal digit. */
bool normalize_is_letter(uint32_t code);
bool normalize_is_digit(uint32_t code);
/* Whether it is a number of any kind, such as a fraction or a Roman one. */
bool normalize_is_number(uint32_t code);
/* Whether it is in upper or in lower case; in one of them or title case. */
bool normalize_has_case(uint32_t code, bool upper);
bool normalize_is_cased(uint32_t code);
/* Whether it has a title case that is not its upper case. */
bool normalize_has_title(uint32_t code);
/*
 * The character in upper or lower case; UINT32_MAX if that is more than one
 * character, or depends on its neighbors.
 */
uint32_t normalize_upper(uint32_t code);
uint32_t normalize_lower(uint32_t code);

#endif
