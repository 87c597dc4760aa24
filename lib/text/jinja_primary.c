/* SPDX-License-Identifier: MIT */
/* Literals, names, and what follows them: attributes, calls, filters, tests. */
#include <string.h>

#include "text/jinja_parse.h"
#include "text/jinja_text.h"

static struct jnode *
constant(struct jparser *p, struct jval value)
{
	struct jnode *n = jnode_new(p->arena, JOP_CONST, p->t->line);

	n->value = value;
	return n;
}

static struct jnode *
parse_strings(struct jparser *p)
{
	struct jbuild b = { .arena = p->arena };
	struct jnode *n = constant(p, jval_none());

	for (; p->t->kind == JTOKEN_STRING; p->t++)
		jbuild_add(&b, p->t->p, p->t->n, 0);
	return jbuild_end(&b, &n->value) == 0 ? n : NULL;
}

static struct jnode *
parse_name(struct jparser *p)
{
	static const struct {
		const char *name;
		enum jkind kind;
		bool truth;
	} words[] = {
		{ "true", JBOOL, true },
		{ "True", JBOOL, true },
		{ "false", JBOOL, false },
		{ "False", JBOOL, false },
		{ "none", JNONE, false },
		{ "None", JNONE, false },
	};
	struct jnode *n;
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (jparse_name(p, words[i].name))
			return constant(p,
			    words[i].kind == JNONE ? jval_none() :
						     jval_bool(words[i].truth));
	n = jnode_new(p->arena, JOP_NAME, p->t->line);
	n->name = p->t++->p;
	return n;
}

/* Items up to a closing bracket; of a map, keys and values in turn. */
static struct jnode *
parse_items(struct jparser *p, enum jop op, int close)
{
	struct jnode *n = jnode_new(p->arena, op, p->t->line), *item;
	struct jnodes list = { 0 };

	while (!jparse_operator(p, close)) {
		if (list.first != NULL) {
			if (!jparse_operator(p, ','))
				return jparse_fail(p, "a comma");
			if (jparse_operator(p, close))
				break;
		}
		if ((item = jparse_expression(p)) == NULL)
			return NULL;
		jnodes_add(&list, item);
		if (op != JOP_DICT)
			continue;
		if (!jparse_operator(p, ':'))
			return jparse_fail(p, "a colon");
		if ((item = jparse_expression(p)) == NULL)
			return NULL;
		jnodes_add(&list, item);
	}
	n->list = list.first;
	return n;
}

struct jnode *
jparse_primary(struct jparser *p)
{
	struct jnode *n;

	switch (p->t->kind) {
	case JTOKEN_NAME:
		return parse_name(p);
	case JTOKEN_STRING:
		return parse_strings(p);
	case JTOKEN_INT:
		return constant(p, jval_int(p->t++->i));
	case JTOKEN_REAL:
		return constant(p, jval_real(p->t++->x));
	default:
		break;
	}
	if (jparse_operator(p, '['))
		return parse_items(p, JOP_LIST, ']');
	if (jparse_operator(p, '{'))
		return parse_items(p, JOP_DICT, '}');
	if (!jparse_operator(p, '('))
		return jparse_fail(p, "an expression");
	if (jparse_operator(p, ')'))
		return jnode_new(p->arena, JOP_TUPLE, p->t->line);
	n = jparse_tuple(p, true);
	if (n != NULL && !jparse_operator(p, ')'))
		return jparse_fail(p, ")");
	return n;
}

int
jparse_arguments(struct jparser *p, struct jnodes *list)
{
	struct jnode *arg;
	bool named = false;

	if (!jparse_operator(p, '('))
		return jparse_fail(p, "(") == NULL ? -1 : 0;
	while (!jparse_operator(p, ')')) {
		if (list->first != NULL) {
			if (!jparse_operator(p, ','))
				return jparse_fail(p, "a comma") == NULL ? -1 :
									   0;
			if (jparse_operator(p, ')'))
				break;
		}
		arg = jnode_new(p->arena, JOP_ARG, p->t->line);
		if (p->t->kind == JTOKEN_NAME &&
		    p->t[1].kind == JTOKEN_OPERATOR && p->t[1].op == '=') {
			arg->name = p->t->p;
			p->t += 2;
			named = true;
		} else if (named) {
			return fail("line %u: an argument without a name after "
				    "one with a name",
			    p->t->line);
		}
		if ((arg->a = jparse_expression(p)) == NULL)
			return -1;
		jnodes_add(list, arg);
	}
	return 0;
}

int
jparse_parameters(struct jparser *p, struct jnodes *list)
{
	struct jnode *arg;
	bool optional = false;

	if (!jparse_operator(p, '('))
		return jparse_fail(p, "(") == NULL ? -1 : 0;
	while (!jparse_operator(p, ')')) {
		if (list->first != NULL && !jparse_operator(p, ','))
			return jparse_fail(p, "a comma") == NULL ? -1 : 0;
		if (p->t->kind != JTOKEN_NAME)
			return jparse_fail(p, "a parameter") == NULL ? -1 : 0;
		arg = jnode_new(p->arena, JOP_ARG, p->t->line);
		arg->name = p->t++->p;
		if (jparse_operator(p, '=')) {
			optional = true;
			if ((arg->a = jparse_expression(p)) == NULL)
				return -1;
		} else if (optional) {
			return fail("line %u: a parameter without a default "
				    "after one with a default",
			    p->t->line);
		}
		jnodes_add(list, arg);
	}
	return 0;
}

/* What stands in brackets: an expression, or a slice. */
static struct jnode *
parse_subscript(struct jparser *p, struct jnode *of)
{
	struct jnode *n = jnode_two(p->arena, JOP_ITEM, p->t->line, of, NULL);
	struct jnode **place[] = { &n->b, &n->c, &n->d };
	size_t i;

	if (!jparse_is_operator(p, ':') &&
	    (n->b = jparse_expression(p)) == NULL)
		return NULL;
	for (i = 1; i < 3 && jparse_operator(p, ':'); i++) {
		n->op = JOP_SLICE;
		if (!jparse_is_operator(p, ':') &&
		    !jparse_is_operator(p, ']') &&
		    (*place[i] = jparse_expression(p)) == NULL)
			return NULL;
	}
	return jparse_operator(p, ']') ? n : jparse_fail(p, "]");
}

static struct jnode *
parse_attribute(struct jparser *p, struct jnode *of)
{
	struct jnode *n = jnode_two(p->arena, JOP_ATTR, p->t->line, of, NULL);

	if (p->t->kind == JTOKEN_INT) {
		n->op = JOP_ITEM;
		n->b = constant(p, jval_int(p->t->i));
	} else if (p->t->kind == JTOKEN_NAME) {
		n->name = p->t->p;
	} else {
		return jparse_fail(p, "a name after the dot");
	}
	p->t++;
	return n;
}

static struct jnode *
parse_call(struct jparser *p, struct jnode *of)
{
	struct jnode *n = jnode_two(p->arena, JOP_CALL, p->t->line, of, NULL);
	struct jnodes list = { 0 };

	if (jparse_arguments(p, &list) != 0)
		return NULL;
	n->list = list.first;
	return n;
}

struct jnode *
jparse_postfix(struct jparser *p, struct jnode *n)
{
	while (n != NULL) {
		if (jparse_operator(p, '.'))
			n = parse_attribute(p, n);
		else if (jparse_operator(p, '['))
			n = parse_subscript(p, n);
		else if (jparse_is_operator(p, '('))
			n = parse_call(p, n);
		else
			return n;
	}
	return NULL;
}
