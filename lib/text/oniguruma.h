/* SPDX-License-Identifier: MIT */
/*
 * oniguruma: translate expressions of tokenizer.json, which have the syntax of
 * Oniguruma, to PCRE2.  They differ in \s, which in PCRE2 includes U+180E, and
 * in classes inside of classes.
 */
#ifndef TEXT_ONIGURUMA_H
#define TEXT_ONIGURUMA_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Append the expression in the syntax of PCRE2, to be compiled with
 * PCRE2_MULTILINE.  -1: it uses something that has no translation.
 */
must_use int oniguruma_translate(const char *, size_t n, struct buf *out);

#endif
