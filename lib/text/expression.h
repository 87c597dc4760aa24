/* SPDX-License-Identifier: MIT */
/*
 * expression: what a tokenizer.json looks for in a text, an expression or a
 * plain text (the only user of pcre2.h).  Expressions are compiled by PCRE2
 * with JIT, in Unicode mode; one that explodes on a text is an error, not a
 * hang.  Well-known ones are cut by hand where the text is ASCII
 * (asciiword.h).
 */
#ifndef TEXT_EXPRESSION_H
#define TEXT_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "text/split.h"

struct expression;

/* As tokenizer.json writes it (Oniguruma's), or a plain text of n > 0; NULL on
 * failure. */
struct expression *expression_new(const char *, size_t n, bool literal);
void expression_free(struct expression *);

/*
 * What matching needs, of one caller, so that threads may share expressions.
 * All zero is ready; kept from call to call.
 */
struct matcher {
	void *data, *context, *stack;
};

void matcher_release(struct matcher *);

/* How far a text has been looked through; { start, end } begins. */
struct scan {
	size_t start, end; /* what lies outside is not seen */
	size_t at, told;   /* from start: where to look, what parts tell of */
	bool any;          /* a match ends at `told` */
};

/*
 * Append to parts the next matches in text (valid UTF-8) and the gaps
 * between them: all, or, from `enough` parts on, some.  1: there may be
 * more, 0: there is no more, -1: the expression gave up.
 */
must_use int expression_parts(const struct expression *, struct matcher *,
    const char *text, struct scan *, size_t enough, struct parts *);

#endif
