/* SPDX-License-Identifier: MIT */
/* nearest: "did you mean ...?": the known name nearest to what was typed. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

/*
 * How far the name is from the n typed bytes, in edits: 1 for a name that
 * begins with them, SIZE_MAX where nobody would mean it (three edits or more,
 * or as many as there are bytes).
 */
size_t name_distance(const char *typed, size_t n, const char *name);
/*
 * Of words separated by blanks the nearest, borrowed, its length in *length;
 * NULL where none is near.  A word ends at a colon: "jsd:B" is jsd.
 */
const char *nearest_word(const char *words, const char *typed, size_t n,
    size_t *length);

#endif
