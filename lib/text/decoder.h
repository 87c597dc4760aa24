/* SPDX-License-Identifier: MIT */
/*
 * decoder: pieces of a vocabulary to text.
 *
 * The text of a piece follows from the model: raw bytes, byte pieces <0xXX>,
 * and U+2581 for a space (SentencePiece).  The "decoder" of a tokenizer.json
 * only decides whether a space at the start of a text is removed; decoders of
 * types with another meaning are refused.
 */
#ifndef TEXT_DECODER_H
#define TEXT_DECODER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/json.h"

struct decoder {
	bool bytes;       /* pieces are raw bytes */
	bool byte_pieces; /* a piece <0xXX> stands for that byte */
	bool strip;       /* remove a space at the start of the text */
};

/* Set strip from the value of "decoder", which may be NULL. */
must_use int decoder_read(struct decoder *, const struct json *j);
/* Append the text of a piece, which may be part of a character. */
void decoder_piece(const struct decoder *, const char *, size_t n,
    struct buf *out);

#endif
