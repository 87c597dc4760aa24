/* SPDX-License-Identifier: MIT */
/*
 * oniguruma: the expressions of tokenizer.json are written for Oniguruma,
 * which differs from PCRE2 in ways that real files show.  \s is White_Space,
 * where PCRE2 takes in U+180E too.  A class may hold another.
 */
#ifndef TEXT_ONIGURUMA_H
#define TEXT_ONIGURUMA_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Append the expression as PCRE2 writes it; ^ and $ then stand at every
 * line if PCRE2_MULTILINE is said.  -1: it has what has no translation.
 */
must_use int oniguruma_translate(const char *, size_t n, struct buf *out);

#endif
