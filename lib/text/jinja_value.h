/* SPDX-License-Identifier: MIT */
/*
 * jinja_value: the values of a template.
 *
 * Values do not change once they are made, except for namespaces.  All memory
 * is in an arena.
 *
 * A text is a list of parts, each with an origin: 0 for the template's own
 * text, other numbers as the caller gave them to jval_json().
 */
#ifndef TEXT_JINJA_VALUE_H
#define TEXT_JINJA_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/json.h"
#include "text/jinja_arena.h"

enum { JTEXT_MAX = 64 << 20, JLIST_MAX = 4 << 20, JVAL_DEPTH = 200 };

enum jkind {
	JUNDEFINED, /* and the message that says so */
	JNONE,
	JBOOL,
	JINT,
	JREAL,
	JTEXT,
	JLIST,
	JMAP,
	JNAMESPACE,
	JLOOP,
	JFUNCTION
};

struct jpart {
	const char *p;
	size_t n;
	uint32_t origin;
	bool learnt; /* written inside a generation block */
};

struct jtext {
	size_t n, parts; /* bytes; parts, none of which is empty */
	bool safe;       /* went through the filter `safe` */
	struct jpart part[];
};

/* What else than a list in brackets; an iterator can be walked once. */
enum jform { JFORM_LIST, JFORM_TUPLE, JFORM_VIEW, JFORM_RANGE, JFORM_ITERATOR };

struct jval {
	enum jkind kind;
	uint32_t origin; /* of what is not text; text has it in its parts */
	union {
		const char *missing;
		bool truth;
		int64_t i;
		double x;
		const struct jtext *text;
		struct jlist *list;
		struct jmap *map; /* of a map and of a namespace */
		struct jloop *loop;
		const struct jfunction *function;
	} u;
};

struct jlist {
	enum jform form;
	bool used; /* an iterator that was walked */
	unsigned depth;
	size_t size; /* all members of members, counted where they occur */
	size_t n;
	struct jval *item;
};

struct jpair {
	struct jval key, value;
};

struct jmap {
	unsigned depth;
	size_t size;
	size_t n, cap;
	struct jpair *pair;
};

struct jval jval_none(void);
struct jval jval_bool(bool);
struct jval jval_int(int64_t);
struct jval jval_real(double);
/* message: borrowed; NULL: an argument that is not given. */
struct jval jval_undefined(const char *message);
struct jval jval_text(const struct jtext *);
/* The template's own text, borrowed: a NUL ends it. */
struct jval jval_chars(struct jarena *, const char *);
/* n bytes of it, borrowed; or of another origin. */
struct jval jval_bytes(struct jarena *, const char *, size_t n);
struct jval jval_piece(struct jarena *, struct jpart);
struct jval jval_part(struct jarena *, const char *, size_t n, uint32_t origin);
/* A new list of n items, which the caller fills. */
struct jval jval_list(struct jarena *, enum jform, size_t n);
struct jval jval_map(struct jarena *, size_t cap);
/* Add a key that is not there yet. */
void jmap_add(struct jarena *, struct jmap *, struct jval key, struct jval);
/* The value of a key, or NULL. */
const struct jval *jmap_find(const struct jmap *, const char *key);
/*
 * Compute depth and size of a list or map from those of its members; the
 * caller has filled it.  -1: nested deeper than JVAL_DEPTH, or larger than
 * JLIST_MAX.  So a walk of a value neither recurses nor lasts too long.
 */
must_use int jval_nest(const struct jval *);
/* Whether it is a list or map that has no depth yet. */
bool jval_is_new(const struct jval *);
/* What a walk of the value takes: members, or some bytes of text. */
size_t jval_size(const struct jval *);

/* A JSON value; all its parts have this origin.  Borrows the texts. */
struct jval jval_json(struct jarena *, const struct json *, uint32_t origin);

bool jval_is_number(const struct jval *); /* also true and false */
bool jval_is_text(const struct jval *, const char *);
/* As Python: "str", "int", "dict", ... */
const char *jval_kind_name(const struct jval *);

#endif
