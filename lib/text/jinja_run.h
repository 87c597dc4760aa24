/* SPDX-License-Identifier: MIT */
/*
 * jinja_run: a rendering in progress, and what its files share.
 *
 * Everything that takes time or depth asks jrun_step() or jrun_enter(), so a
 * rendering ends whatever the template is.  Functions return 0, or -1 with a
 * message that the statement at fault prefixes with its line.
 */
#ifndef TEXT_JINJA_RUN_H
#define TEXT_JINJA_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/jinja_compare.h"
#include "text/jinja_print.h"
#include "text/jinja_text.h"
#include "text/jinja_tree.h"
#include "text/jinja_value.h"

enum { JRUN_STEPS = 1 << 26, JRUN_DEPTH = 1000 };

struct jvariable {
	const char *name;
	struct jval value;
	bool read;
	struct jvariable *next;
};

struct jscope {
	struct jscope *parent;
	struct jvariable *variable;
};

struct jrun {
	struct jarena *arena;
	struct jscope *scope;
	struct jbuild *out;
	uint64_t steps;
	unsigned depth;
	bool located; /* the message has a line */
	int64_t now;  /* seconds since 1970, for strftime_now */
};

/* Count the cost of some work; -1: the limit of steps or memory is passed. */
must_use int jrun_step(struct jrun *, size_t cost);
must_use int jrun_enter(struct jrun *);
void jrun_leave(struct jrun *);

void jscope_push(struct jrun *);
void jscope_set(struct jrun *, const char *name, struct jval);
const struct jval *jscope_find(struct jrun *, const char *name);

must_use int jrun_eval(struct jrun *, const struct jnode *, struct jval *);
/* Statements: 0, -1, or JRUN_BREAK and JRUN_CONTINUE to the loop outside. */
enum { JRUN_BREAK = 1, JRUN_CONTINUE = 2 };
must_use int jrun_exec(struct jrun *, const struct jnode *body);
/* The same, with what it writes as a text. */
must_use int jrun_capture(struct jrun *, const struct jnode *body,
    struct jval *out);

must_use int jrun_attribute(struct jrun *, const struct jval *of,
    const char *name, struct jval *out);
must_use int jrun_item(struct jrun *, const struct jval *of,
    const struct jval *key, struct jval *out);
/* bound: start, stop, step; each may be none. */
must_use int jrun_slice(struct jrun *, const struct jval *of,
    const struct jval bound[3], struct jval *out);
must_use int jrun_math(struct jrun *, int sign, const struct jval *,
    const struct jval *, struct jval *out);
/* text % values */
must_use int jrun_format(struct jrun *, const struct jtext *,
    const struct jval *values, struct jval *out);
/* The members that a loop walks: of a text its characters, a map its keys. */
must_use int jrun_items(struct jrun *, const struct jval *, struct jlist *);
must_use int jrun_length(struct jrun *, const struct jval *, size_t *);
/* An undefined name; an attribute or item that a value lacks, by its key. */
struct jval jrun_no_name(struct jrun *, const char *name);
struct jval jrun_no_member(struct jrun *, const struct jval *of,
    const struct jval *key);
/* Fail because a value is undefined or not what is needed; -1. */
int jval_unfit(const struct jval *, const char *needed);
#endif
