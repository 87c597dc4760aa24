/* SPDX-License-Identifier: MIT */
/*
 * pretokenize: the pre_tokenizer of a tokenizer.json: a text into the words
 * that BPE works on.  Split by an expression or a string, ByteLevel (with
 * GPT-2's expression or none), Digits, Punctuation, Whitespace,
 * WhitespaceSplit, Metaspace, and Sequence of them.
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
 * j: the value of "pre_tokenizer"; null makes one word of all. NULL on failure.
 */
struct pretokenizer *pretokenizer_new(const struct json *j);
void pretokenizer_free(struct pretokenizer *);
/* Whether words are bytes (ByteLevel is in it). */
bool pretokenizer_bytes(const struct pretokenizer *);
/*
 * take(arg, text, words) gets the words of a text (valid UTF-8) in order, some
 * at a time; when it returns no 0, that is the end.  The text may be changed
 * (Metaspace), and PRETOKENIZE_PAD more bytes can be read after it.  first:
 * it begins the document; goes_on: it follows text, so no space is put in
 * front.
 */
must_use int pretokenize(const struct pretokenizer *, struct buf *text,
    bool first, bool goes_on,
    int (*take)(void *arg, const char *text, const struct words *), void *arg);

#endif
