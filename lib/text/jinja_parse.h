/* SPDX-License-Identifier: MIT */
/*
 * jinja_parse: tokens to a tree.
 *
 * parse_template() reads the statements, and calls jparse_expression() for
 * what stands in them.  NULL is failure, with the line.
 */
#ifndef TEXT_JINJA_PARSE_H
#define TEXT_JINJA_PARSE_H

#include <stdbool.h>

#include "base/err.h"
#include "text/jinja_scan.h"
#include "text/jinja_tree.h"

struct jparser {
	struct jarena *arena;
	const struct jtoken *t; /* the next token */
	unsigned depth;
	unsigned loops;  /* that a break would leave */
	bool generation; /* a generation block was read */
};

enum { JPARSE_DEPTH = 100 };

/* The next token's kind, and whether it is this operator or name. */
bool jparse_is_operator(const struct jparser *, int op);
bool jparse_is_name(const struct jparser *, const char *);
/* The same, and consume it. */
bool jparse_operator(struct jparser *, int op);
bool jparse_name(struct jparser *, const char *);
/* A message about the next token; NULL. */
struct jnode *jparse_fail(const struct jparser *, const char *expected);

struct jnode *jparse_expression(struct jparser *);
/* One expression, or several with commas as a tuple; no: without `a if b`. */
struct jnode *jparse_tuple(struct jparser *, bool choice);
/* A name, ns.attr, or several of them in a tuple. */
struct jnode *jparse_target(struct jparser *, bool attributes);
/* Filters after `|`, of node, which may be NULL; first: `|` was read. */
struct jnode *jparse_filters(struct jparser *, struct jnode *, bool first);
/* "(" arguments ")" */
must_use int jparse_arguments(struct jparser *, struct jnodes *);
/* "(" parameters ")" of a macro */
must_use int jparse_parameters(struct jparser *, struct jnodes *);
struct jnode *jparse_primary(struct jparser *);
struct jnode *jparse_postfix(struct jparser *, struct jnode *);

/* A whole template: its statements, or NULL with *rc = -1. */
struct jnode *jparse_template(struct jparser *, int *rc);

#endif
