/* SPDX-License-Identifier: MIT */
/*
 * utf8: decode, encode and validate UTF-8 (RFC 3629: shortest forms, no
 * surrogates).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decode the code point at p[0 .. n), n > 0, and store its length in bytes in
 * *length.  Bytes that are not UTF-8: UINT32_MAX, with a length of 1.
 */
uint32_t utf8_decode(const char *p, size_t n, size_t *length);
/* Write a code point to out[4] and return its length in bytes. */
size_t utf8_encode(uint32_t code, char *out);
bool utf8_valid(const char *p, size_t n);
/* How many bytes are left without a character at the end whose rest is missing.
 */
size_t utf8_whole(const char *p, size_t n);
/* In valid UTF-8, the start of the character that ends before p[at]; at > 0. */
size_t utf8_before(const char *p, size_t at);
/* Whether Unicode gives the code point the property White_Space. */
bool utf8_is_space(uint32_t code);
/*
 * Whether it shows nothing itself, or changes how others are shown: controls
 * beyond ASCII, marks of direction, separators of lines, private tags, and what
 * is not a character.  Joiners are not among them.
 */
bool utf8_is_unseen(uint32_t code);

#endif
