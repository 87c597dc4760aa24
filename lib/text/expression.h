/* SPDX-License-Identifier: MIT */
/*
 * expression: match a regular expression or a literal text of a tokenizer.json
 * (the only user of pcre2.h).
 *
 * PCRE2 compiles expressions with JIT, in Unicode mode.  A match that takes
 * too much work is an error, not a hang.  For well-known expressions ASCII
 * text is matched by asciiword.h.
 */
#ifndef TEXT_EXPRESSION_H
#define TEXT_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "text/split.h"

struct expression;

/*
 * Compile an expression in the syntax of tokenizer.json (Oniguruma), or with
 * `literal` a text of n > 0 bytes.  NULL on failure.
 */
struct expression *expression_new(const char *, size_t n, bool literal);
void expression_free(struct expression *);

/*
 * Working memory of PCRE2 for one thread, so that threads can share
 * expressions.  Begins as all zero; reused from call to call.
 */
struct matcher {
	void *data, *context, *stack;
};

void matcher_release(struct matcher *);

/* The state of a scan of text[start .. end); begin with { start, end }. */
struct scan {
	size_t start, end;
	size_t at;   /* where to search next, from start */
	size_t done; /* the parts so far end here, from start */
	bool any;    /* a match ends at `done` */
};

/*
 * Append the next matches in text (valid UTF-8) and the gaps between them;
 * stop when there are `enough` parts.  1: there may be more; 0: the end;
 * -1: a match takes too much work.
 */
must_use int expression_parts(const struct expression *, struct matcher *,
    const char *text, struct scan *, size_t enough, struct parts *);

#endif
