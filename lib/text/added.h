/* SPDX-License-Identifier: MIT */
/*
 * added: the "added_tokens" of a tokenizer.json.
 *
 * Most are searched for in the raw text, before it is normalized.  Those with
 * `normalized` are normalized themselves and searched for in the normalized
 * text between the others.  A search returns the leftmost match, and of
 * several there the longest.
 */
#ifndef TEXT_ADDED_H
#define TEXT_ADDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/json.h"
#include "text/normalize.h"

struct added;

struct added_hit {
	size_t start, end; /* with the blanks that lstrip and rstrip include */
	uint32_t id;
};

/* Tokens to search for in raw text, in normalized text; all, unnormalized. */
enum added_set { ADDED_RAW, ADDED_NORMALIZED, ADDED_ALL, ADDED_SETS };

/* j: the value of "added_tokens", or NULL.  NULL on failure. */
struct added *added_new(const struct json *j, const struct normalizer *);
void added_free(struct added *);
/* Find the first at or after text[from]; special tokens only if `specials`. */
bool added_find(const struct added *, enum added_set, const char *text,
    size_t n, size_t from, bool specials, struct added_hit *);
/* The text (borrowed) of an id; NULL if it is not an added token. */
const char *added_text(const struct added *, uint32_t id, size_t *n,
    bool *special);
/* The same as it is decoded: normalized, if it is searched for so. */
const char *added_decoded(const struct added *, uint32_t id, size_t *n,
    bool *special);
/* The id of a text, or -1. */
int64_t added_id(const struct added *, const char *text);
/* Highest id + 1. */
size_t added_size(const struct added *);

#endif
