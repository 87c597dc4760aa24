/* SPDX-License-Identifier: MIT */
/*
 * texts: a few texts, such as the values of an option that may be repeated.
 *
 * All zero is none.  They are borrowed.
 */
#ifndef BASE_TEXTS_H
#define BASE_TEXTS_H

#include <stddef.h>

#include "base/err.h"

enum { TEXTS_MOST = 64 };

struct texts {
	const char *text[TEXTS_MOST];
	size_t n;
};

/* Add a text to the struct texts; -1 if it is empty, or one too many. */
must_use int texts_add(const char *text, void *texts);

#endif
