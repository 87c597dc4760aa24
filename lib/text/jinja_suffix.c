/* SPDX-License-Identifier: MIT */
/* Filters, tests, and targets of assignments. */
#include <string.h>

#include "text/jinja_parse.h"

/* The name of a filter or test, and its arguments. */
static struct jnode *
parse_named(struct jparser *p, enum jop op, struct jnode *of)
{
	struct jnode *n = jnode_two(p->arena, op, p->t->line, of, NULL);
	struct jnodes list = { 0 };

	if (p->t->kind != JTOKEN_NAME)
		return jparse_fail(p,
		    op == JOP_TEST ? "a test" : "the name of a filter");
	n->name = p->t++->p;
	if (jparse_is_operator(p, '(') && jparse_arguments(p, &list) != 0)
		return NULL;
	n->list = list.first;
	return n;
}

/* Whether a test without parentheses has an argument after its name. */
static bool
begins_argument(const struct jparser *p)
{
	switch (p->t->kind) {
	case JTOKEN_STRING:
	case JTOKEN_INT:
	case JTOKEN_REAL:
		return true;
	case JTOKEN_NAME:
		return !jparse_is_name(p, "else") && !jparse_is_name(p, "or") &&
		    !jparse_is_name(p, "and");
	default:
		return jparse_is_operator(p, '[') || jparse_is_operator(p, '{');
	}
}

static struct jnode *
parse_test(struct jparser *p, struct jnode *of)
{
	const bool negated = jparse_name(p, "not");
	struct jnode *n = parse_named(p, JOP_TEST, of), *arg;

	if (n == NULL)
		return NULL;
	if (n->list == NULL && p->t[-1].kind == JTOKEN_NAME &&
	    begins_argument(p)) {
		if (jparse_is_name(p, "is"))
			return jparse_fail(p, "no second test");
		arg = jparse_primary(p);
		if (arg == NULL || (arg = jparse_postfix(p, arg)) == NULL)
			return NULL;
		n->list = jnode_two(p->arena, JOP_ARG, arg->line, arg, NULL);
	}
	return negated ? jnode_two(p->arena, JOP_NOT, n->line, n, NULL) : n;
}

struct jnode *
jparse_filters(struct jparser *p, struct jnode *n, bool first)
{
	const bool only_filters = n == NULL;
	struct jnodes list = { 0 };
	struct jnode *call;

	do {
		if (first || jparse_operator(p, '|')) {
			first = false;
			n = parse_named(p, JOP_FILTER, n);
		} else if (!only_filters && jparse_name(p, "is")) {
			n = parse_test(p, n);
		} else if (!only_filters && jparse_is_operator(p, '(')) {
			call =
			    jnode_two(p->arena, JOP_CALL, p->t->line, n, NULL);
			list = (struct jnodes){ 0 };
			if (jparse_arguments(p, &list) != 0)
				return NULL;
			call->list = list.first;
			n = call;
		} else {
			return n;
		}
	} while (n != NULL);
	return NULL;
}

static struct jnode *
parse_one_target(struct jparser *p, bool attributes)
{
	struct jnode *n;

	if (p->t->kind != JTOKEN_NAME)
		return jparse_fail(p, "a name");
	n = jnode_new(p->arena, JOP_NAME, p->t->line);
	n->name = p->t++->p;
	if (!attributes || !jparse_operator(p, '.'))
		return n;
	if (p->t->kind != JTOKEN_NAME)
		return jparse_fail(p, "a name after the dot");
	n = jnode_two(p->arena, JOP_NSREF, p->t->line, n, NULL);
	n->name = p->t++->p;
	return n;
}

static struct jnode *
parse_inner_target(struct jparser *p, bool attributes)
{
	struct jnode *n;

	if (!jparse_operator(p, '('))
		return parse_one_target(p, attributes);
	if (++p->depth > JPARSE_DEPTH)
		return jparse_fail(p, "fewer parentheses");
	n = jparse_target(p, attributes);
	p->depth--;
	if (n != NULL && !jparse_operator(p, ')'))
		return jparse_fail(p, ")");
	return n;
}

struct jnode *
jparse_target(struct jparser *p, bool attributes)
{
	struct jnode *n = parse_inner_target(p, attributes), *tuple;
	struct jnodes list = { 0 };

	if (n == NULL || !jparse_is_operator(p, ','))
		return n;
	tuple = jnode_new(p->arena, JOP_TUPLE, n->line);
	jnodes_add(&list, n);
	while (jparse_operator(p, ',')) {
		if (jparse_is_name(p, "in") || jparse_is_operator(p, '=') ||
		    jparse_is_operator(p, ')'))
			break;
		if ((n = parse_inner_target(p, attributes)) == NULL)
			return NULL;
		jnodes_add(&list, n);
	}
	tuple->list = list.first;
	return tuple;
}
