/* SPDX-License-Identifier: MIT */
/*
 * oniguruma_parts: declarations that the files of oniguruma share.
 */
#ifndef TEXT_ONIGURUMA_PARTS_H
#define TEXT_ONIGURUMA_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "text/oniguruma.h"

enum { ONIGURUMA_GROUPS = 256 };

struct oniguruma {
	struct buf *out;
	const char *p, *end;
	size_t depth; /* of classes */
	size_t class; /* where the outermost one begins in out */
	bool negated; /* whether that begins with ^ */
	bool no_word; /* it has \W */
	size_t atom;  /* where what a quantifier repeats begins */
	size_t group[ONIGURUMA_GROUPS], groups;
};

static inline size_t
oniguruma_left(const struct oniguruma *t)
{
	return (size_t)(t->end - t->p);
}

/* Translate what begins at t->p, and move behind it. */
must_use int oniguruma_escape(struct oniguruma *);
must_use int oniguruma_open_class(struct oniguruma *);
must_use int oniguruma_in_class(struct oniguruma *);

#endif
