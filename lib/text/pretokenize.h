/* SPDX-License-Identifier: MIT */
/*
 * pretokenize: the pre_tokenizer of a tokenizer.json: a text into the words
 * that BPE works on (the only user of pcre2.h).  Split by an expression or a
 * string, ByteLevel (with GPT-2's expression or none), Digits, Punctuation,
 * Whitespace, WhitespaceSplit, Metaspace, and Sequence of them.  Expressions
 * are compiled by PCRE2 with JIT, in Unicode mode; one that explodes on a
 * text is an error, not a hang.
 */
#ifndef TEXT_PRETOKENIZE_H
#define TEXT_PRETOKENIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/json.h"
#include "text/split.h"

/* An expression as tokenizer.json writes it (Oniguruma's), or a plain text. */
struct expression;

/* NULL on failure. */
struct expression *expression_new(const char *, size_t n, bool literal);
void expression_free(struct expression *);
/*
 * Append the matches in text[start .. end) and the gaps between them; what
 * lies outside is not seen.  -1: it gave up.
 */
must_use int expression_parts(const struct expression *, const char *text,
    size_t start, size_t end, struct parts *);

struct pretokenizer;

/* j: the value of "pre_tokenizer"; null makes one word of all. NULL on failure. */
struct pretokenizer *pretokenizer_new(const struct json *j);
void pretokenizer_free(struct pretokenizer *);
/* Whether words are bytes (ByteLevel is in it). */
bool pretokenizer_bytes(const struct pretokenizer *);
/*
 * The words of a text (valid UTF-8), which may be changed (Metaspace). first: the text
 * begins the document; goes_on: it follows text, so no space is put in front. */
must_use int pretokenize(const struct pretokenizer *, struct buf *text,
    bool first, bool goes_on, struct words *);

#endif
