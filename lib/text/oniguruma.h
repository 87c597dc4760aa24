/* SPDX-License-Identifier: MIT */
/*
 * oniguruma: translate expressions of tokenizer.json, which have the syntax of
 * Oniguruma, to PCRE2.  They differ in what characters \w, \h, \s, [:alpha:]
 * and others mean, in \b, in scripts, in classes inside of classes, in the
 * option m and in what follows an interval.  Both know the characters of their
 * own version of Unicode.
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
