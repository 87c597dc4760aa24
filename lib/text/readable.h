/* SPDX-License-Identifier: MIT */
/*
 * readable: text from anywhere, made fit for a record or a terminal.
 */
#ifndef TEXT_READABLE_H
#define TEXT_READABLE_H

#include <stddef.h>

#include "base/buf.h"

/* Append n bytes; those that are no UTF-8 become U+FFFD. */
void readable_utf8(struct buf *out, const char *, size_t n);
/*
 * Append n bytes; control characters, which a terminal would obey, become '?',
 * those of U+0080 to U+009F too, but newlines and tabs stay.
 */
void readable_safe(struct buf *out, const char *, size_t n);

/* Append the same as readable_utf8 as a string of JSON. */
void readable_json(struct buf *out, const char *, size_t n);

#endif
