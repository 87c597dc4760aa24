/* SPDX-License-Identifier: MIT */
/*
 * vocab: the pieces of a BPE vocabulary and its merges, in hash tables.
 *
 * Of a byte-level vocabulary the pieces are kept as the raw bytes that they
 * stand for.  merge(left, right) -> (rank, id of the two together).
 */
#ifndef TEXT_VOCAB_H
#define TEXT_VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/json.h"
#include "text/safecuts.h"

enum { VOCAB_NONE = 0xffffffff, VOCAB_IDS = 1 << 24 };

struct vocab;

/* Of the "model" of a tokenizer.json; NULL on failure. */
struct vocab *vocab_new(const struct json *model, bool byte_level);
void vocab_free(struct vocab *);

size_t vocab_size(const struct vocab *); /* highest id + 1 */
/* The id of a piece, or VOCAB_NONE. */
uint32_t vocab_find(const struct vocab *, const char *piece, size_t n);
/* The bytes of an id; NULL where it has none. */
const char *vocab_piece(const struct vocab *, uint32_t id, size_t *n);
/* Rank of a merge, VOCAB_NONE where there is none, and what it makes. */
uint32_t vocab_merge(const struct vocab *, uint32_t left, uint32_t right,
    uint32_t *id);

/* Where no merge joins, of a vocabulary that is not byte-level. */
const struct safecuts *vocab_safecuts(const struct vocab *);

/*
 * The printable characters by which byte-level files write bytes: the code
 * point of a byte; and the byte of a code point, -1 where it is none.
 */
uint32_t vocab_byte_char(unsigned char byte);
int vocab_char_byte(uint32_t code);

#endif
