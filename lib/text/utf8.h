/* SPDX-License-Identifier: MIT */
/* utf8: decode, encode and validate UTF-8 (RFC 3629: shortest forms, no
 * surrogates). */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The code point at p[0 .. n) and its bytes in *length; UINT32_MAX and 1
 * where it is not UTF-8.  n > 0.
 */
uint32_t utf8_decode(const char *p, size_t n, size_t *length);
/* Bytes written to out[4]. */
size_t utf8_encode(uint32_t code, char *out);
bool utf8_valid(const char *p, size_t n);
/* Where the character before p[at] begins, in valid UTF-8; at > 0. */
size_t utf8_before(const char *p, size_t at);
/* White_Space of Unicode. */
bool utf8_is_space(uint32_t code);

#endif
