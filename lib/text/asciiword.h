/* SPDX-License-Identifier: MIT */
/*
 * asciiword: the words of well-known expressions, cut by hand where the text
 * is ASCII.
 *
 * A tokenizer.json brings its own expression, and what it means is what
 * PCRE2 says.  But nearly all of them are one of a few, and a word of ASCII
 * that ends at ASCII (or at the end of the text) is told by the classes of
 * its bytes alone, in a fraction of the time.  At the first word that other
 * characters may have a part in the cutting stops, and PCRE2 goes on.
 */
#ifndef TEXT_ASCIIWORD_H
#define TEXT_ASCIIWORD_H

#include <stddef.h>

#include "text/split.h"

struct asciiword;

/* What cuts as an expression (as tokenizer.json writes it) does, or NULL. */
const struct asciiword *asciiword_find(const char *expression, size_t n);
/*
 * Append the matches in text[at .. n), base added to each, until there are
 * `enough` parts; where they end: there, at n, or where PCRE2 must look.
 */
size_t asciiword_cut(const struct asciiword *, const char *text, size_t base,
    size_t at, size_t n, size_t enough, struct parts *);

#endif
