/* SPDX-License-Identifier: MIT */
/*
 * pretokenize: the "pre_tokenizer" of a tokenizer.json, which cuts a text into
 * words for the model.  Types: Split, ByteLevel, Digits, Punctuation,
 * Whitespace, WhitespaceSplit, Metaspace, and Sequence of them.
 */
#ifndef TEXT_PRETOKENIZE_H
#define TEXT_PRETOKENIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/json.h"
#include "text/split.h"

enum { PRETOKENIZE_PAD = 32 };

struct pretokenizer;

/*
 * j: the value of "pre_tokenizer"; with NULL or null a text is one word.  NULL
 * on failure.
 */
struct pretokenizer *pretokenizer_new(const struct json *j);
void pretokenizer_free(struct pretokenizer *);
/* Whether words are raw bytes (one of the types is ByteLevel). */
bool pretokenizer_bytes(const struct pretokenizer *);
/*
 * Call take(arg, text, words) with the words of a text (valid UTF-8) in order,
 * a batch at a time, until there are no more or it returns other than 0.  The
 * text may be changed (Metaspace); PRETOKENIZE_PAD bytes after it can be read.
 * first: the text begins the document; after_text: it continues other text, so
 * no prefix space is added.  -1: an expression takes too much work, or take
 * failed.
 */
must_use int pretokenize(const struct pretokenizer *, struct buf *text,
    bool first, bool after_text,
    int (*take)(void *arg, const char *text, const struct words *), void *arg);

#endif
