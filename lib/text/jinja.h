/* SPDX-License-Identifier: MIT */
/*
 * jinja: render a template in the subset of Jinja that chat templates use.
 *
 * Syntax and values are those of Jinja2 with the options of the transformers
 * library: trim_blocks, lstrip_blocks, loop controls, generation blocks,
 * tojson without HTML escapes, raise_exception and strftime_now (in UTC).
 * Whatever else a template names is an error with its name and line, and not
 * undefined.  Use:
 *
 *	t = jinja_new(text, n);
 *	jinja_begin(&v);
 *	jinja_set(&v, "messages", messages, origin);
 *	rc = jinja_render(t, &v, now);		// v.part[0 .. v.parts)
 *	jinja_end(&v);
 *	jinja_free(t);
 *
 * Each part of the result has an origin: 0 for the template's text, and what
 * jinja_set gave for that of a value.
 *
 * A template is not trusted: steps, depth and memory are bounded, values do
 * not change, and nothing outside of the arguments is read.
 */
#ifndef TEXT_JINJA_H
#define TEXT_JINJA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/jinja_value.h"

struct jinja;

/* NULL: it is not UTF-8, or its syntax is not known; the message has a line. */
struct jinja *jinja_new(const char *text, size_t n);
void jinja_free(struct jinja *);
/* Whether it marks what is learnt by generation blocks. */
bool jinja_marks(const struct jinja *);

/* The variables of one rendering, and then its result. */
struct jinja_run {
	struct jarena arena;
	struct jscope *scope;
	const struct jpart *part; /* valid until jinja_end */
	size_t parts, n;          /* parts; bytes */
};

void jinja_begin(struct jinja_run *);
/* The name is borrowed; jval_json and others make values in v->arena. */
void jinja_set(struct jinja_run *v, const char *name, struct jval);
/* now: the time for strftime_now, in seconds since 1970. */
must_use int jinja_render(const struct jinja *, struct jinja_run *,
    int64_t now);
/* Whether the template asked for a variable that jinja_set has set. */
bool jinja_asked(const struct jinja_run *, const char *name);
void jinja_end(struct jinja_run *);

#endif
