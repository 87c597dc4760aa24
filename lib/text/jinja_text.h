/* SPDX-License-Identifier: MIT */
/*
 * jinja_text: texts made of parts.
 *
 * Joining keeps the parts, and a slice shortens them, so each byte keeps its
 * origin.  Positions are in bytes unless the name says characters.  All texts
 * are valid UTF-8.
 */
#ifndef TEXT_JINJA_TEXT_H
#define TEXT_JINJA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/jinja_value.h"

/* A text that grows: all zero but the arena is an empty one. */
struct jbuild {
	struct jarena *arena;
	struct jpart *part;
	size_t parts, cap, n;
	bool long_;  /* passed JTEXT_MAX */
	bool learnt; /* mark what is added */
	bool safe;   /* the text is marked as safe */
};

/* Add borrowed bytes, or a copy of them. */
void jbuild_add(struct jbuild *, const char *, size_t n, uint32_t origin);
void jbuild_copy(struct jbuild *, const char *, size_t n, uint32_t origin);
void jbuild_text(struct jbuild *, const struct jtext *);
/* Bytes from .. to of a text. */
void jbuild_slice(struct jbuild *, const struct jtext *, size_t from,
    size_t to);
void jbuild_part(struct jbuild *, struct jpart);
/* The text; -1: it is longer than JTEXT_MAX, or the arena is full. */
must_use int jbuild_end(struct jbuild *, struct jval *);

struct jval jtext_slice(struct jarena *, const struct jtext *, size_t from,
    size_t to);
/* The characters of a text in turn; all zero but the text is the beginning. */
struct jwalk {
	const struct jtext *text;
	size_t part, at;    /* the next character's part, and place in it */
	struct jpart piece; /* the character, as a part of the text */
	uint32_t code;
};
bool jwalk_next(struct jwalk *); /* false: there is no other */
/* Its bytes in one piece; the second with a NUL after them. */
const char *jtext_view(struct jarena *, const struct jtext *);
const char *jtext_bytes(struct jarena *, const struct jtext *);
/* The origin of the byte at a position, or of the last one. */
uint32_t jtext_origin(const struct jtext *, size_t at);
/* How many characters n bytes have; the position of the k-th character. */
size_t jtext_count(const char *, size_t n);
size_t jtext_at(const char *, size_t n, size_t k);
bool jtext_equal(const struct jtext *, const struct jtext *);
/* < 0, 0, > 0 by code points. */
int jtext_order(const struct jtext *, const struct jtext *);

#endif
