/* SPDX-License-Identifier: MIT */
/*
 * decoder: pieces of a vocabulary back to text.  What a piece says follows
 * from the model (bytes, byte fallback, SentencePiece's mark for a space);
 * the decoder of a tokenizer.json is read for whether the first space is
 * taken away, and refused where it has a type that says something else.
 */
#ifndef TEXT_DECODER_H
#define TEXT_DECODER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/json.h"

struct decoder {
	bool bytes;    /* pieces are bytes */
	bool fallback; /* a piece <0xXX> is a byte */
	bool strip;    /* a space at the start of the text goes */
};

/* Sets strip; j may be NULL. */
must_use int decoder_read(struct decoder *, const struct json *j);
/* Append what a piece says; it may be a part of a character only. */
void decoder_piece(const struct decoder *, const char *, size_t n,
    struct buf *out);

#endif
