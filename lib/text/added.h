/* SPDX-License-Identifier: MIT */
/*
 * added: the added tokens of a tokenizer.json.  Most are found in a text
 * before anything else is done to it; those that are `normalized`, in their
 * normalised form, in the normalised text between the others.  Found is the
 * leftmost and of those the longest; special ones only where the caller
 * wants them.
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
	size_t start, end; /* with the blanks that it takes in */
	uint32_t id;
};

/* Which tokens: before and after normalising; all of them as they are spelt. */
enum added_set { ADDED_RAW, ADDED_NORMALIZED, ADDED_SPELT, ADDED_SETS };

/* j: the value of "added_tokens", or NULL.  NULL on failure. */
struct added *added_new(const struct json *j, const struct normalizer *);
void added_free(struct added *);
/* The first at or after `from`. */
bool added_find(const struct added *, enum added_set, const char *text,
    size_t n, size_t from, bool specials, struct added_hit *);
/* The text of an id, NULL where it is none of them. */
const char *added_text(const struct added *, uint32_t id, size_t *n,
    bool *special);
/* The id of a text, -1. */
int64_t added_id(const struct added *, const char *text);
/* Highest id + 1. */
size_t added_size(const struct added *);

#endif
