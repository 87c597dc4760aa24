/* SPDX-License-Identifier: MIT */
/*
 * stops: texts that end a response where it has said one of them.
 *
 * They are compared by bytes.  All zero is a set without texts.
 */
#ifndef TEXT_STOPS_H
#define TEXT_STOPS_H

#include <stddef.h>

#include "base/err.h"

struct stop_text {
	const char *p; /* borrowed */
	size_t n;
};

struct stops {
	struct stop_text *text;
	size_t n, cap;
	size_t longest; /* bytes of the longest text */
};

/* Add a text, which is borrowed, to the struct stops; -1 if it is empty. */
must_use int stops_add(const char *text, void *stops);
void stops_release(struct stops *);
/* Where the first of the texts begins in p[0 .. n); n if none is there.  NULL
 * is a set without texts. */
size_t stops_find(const struct stops *, const char *p, size_t n);
/* How many of the last bytes of p[0 .. n) may be the beginning of a text. */
size_t stops_begun(const struct stops *, const char *p, size_t n);

#endif
