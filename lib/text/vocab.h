/* SPDX-License-Identifier: MIT */
/*
 * vocab: the pieces of a vocabulary, and the merges of BPE, in hash tables.
 *
 * The pieces of a byte-level vocabulary are stored as the raw bytes that they
 * stand for.
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

/*
 * Read "vocab" of the model of a tokenizer.json, an object of pieces and their
 * ids; NULL on failure.
 */
struct vocab *vocab_new(const struct json *model, bool byte_level);
/* Read "merges" of the same model; call it once, before vocab_merge. */
must_use int vocab_read_merges(struct vocab *, const struct json *model,
    bool byte_level);
void vocab_free(struct vocab *);

size_t vocab_size(const struct vocab *); /* highest id + 1 */
/* The id of a piece, or VOCAB_NONE. */
uint32_t vocab_find(const struct vocab *, const char *piece, size_t n);
/* The bytes of an id (borrowed), or NULL. */
const char *vocab_piece(const struct vocab *, uint32_t id, size_t *n);
/* The rank of a merge, or VOCAB_NONE; *id is the piece that it makes. */
uint32_t vocab_merge(const struct vocab *, uint32_t left, uint32_t right,
    uint32_t *id);

/* Positions that no merge joins; not for byte-level vocabularies. */
const struct safecuts *vocab_safecuts(const struct vocab *);

/*
 * Byte-level files write each byte as a printable character: the code point
 * of a byte, and the byte of a code point or -1.
 */
uint32_t vocab_byte_char(unsigned char byte);
int vocab_char_byte(uint32_t code);

#endif
