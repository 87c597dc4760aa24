/* SPDX-License-Identifier: MIT */
/*
 * asciiword: a fast path for the pretokenizer expressions of GPT-2, Llama 3
 * and Qwen on ASCII text.
 *
 * A word of ASCII that is followed by ASCII or by the end of the text depends
 * on the classes of its bytes only, so a hand-written matcher finds it about
 * three times as fast as PCRE2.  It stops at the first word that other
 * characters may affect, and the caller continues with PCRE2.  Both give the
 * same words (tests/unit/asciiword.c).
 */
#ifndef TEXT_ASCIIWORD_H
#define TEXT_ASCIIWORD_H

#include <stddef.h>

#include "text/split.h"

struct asciiword;

/* The matcher for an expression of tokenizer.json, or NULL. */
const struct asciiword *asciiword_find(const char *expression, size_t n);
/*
 * Append the matches in text[at .. n), with `base` added to their positions,
 * until there are `enough` parts.  Returns the position where it stopped: n,
 * the end of the last match, or the start of a word for PCRE2.
 */
size_t asciiword_cut(const struct asciiword *, const char *text, size_t base,
    size_t at, size_t n, size_t enough, struct parts *);

#endif
