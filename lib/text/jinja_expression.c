/* SPDX-License-Identifier: MIT */
/* Operators, from `a if b else c` down to unary ones. */
#include <string.h>

#include "text/jinja_parse.h"

bool
jparse_is_operator(const struct jparser *p, int op)
{
	return p->t->kind == JTOKEN_OPERATOR && p->t->op == op;
}

bool
jparse_is_name(const struct jparser *p, const char *name)
{
	return p->t->kind == JTOKEN_NAME && strcmp(p->t->p, name) == 0;
}

bool
jparse_operator(struct jparser *p, int op)
{
	const bool is = jparse_is_operator(p, op);

	p->t += is;
	return is;
}

bool
jparse_name(struct jparser *p, const char *name)
{
	const bool is = jparse_is_name(p, name);

	p->t += is;
	return is;
}

struct jnode *
jparse_fail(const struct jparser *p, const char *expected)
{
	const struct jtoken *t = p->t;
	const int op = t->op > 255 ? t->op >> 8 : t->op;
	static const char *const names[] = { "the end", "text", "{{", "}}",
		"{%", "%}", "", "a string", "a number", "a number", "" };

	if (t->kind == JTOKEN_NAME)
		(void)fail("line %u: expected %s, found %.40s", t->line,
		    expected, t->p);
	else if (t->kind == JTOKEN_OPERATOR)
		(void)fail("line %u: expected %s, found '%c%.1s'", t->line,
		    expected, op,
		    t->op > 255 ? (char[]){ (char)t->op, '\0' } : "");
	else
		(void)fail("line %u: expected %s, found %s", t->line, expected,
		    names[t->kind]);
	return NULL;
}

static struct jnode *
unary(struct jparser *p, bool filters)
{
	const uint32_t line = p->t->line;
	const bool neg = jparse_is_operator(p, '-');
	struct jnode *n;

	if (neg || jparse_is_operator(p, '+')) {
		p->t++;
		if (++p->depth > JPARSE_DEPTH)
			return jparse_fail(p, "fewer signs");
		n = unary(p, false);
		p->depth--;
		if (n != NULL)
			n = jnode_two(p->arena, neg ? JOP_NEG : JOP_POS, line,
			    n, NULL);
	} else {
		n = jparse_primary(p);
	}
	if (n != NULL)
		n = jparse_postfix(p, n);
	return n != NULL && filters ? jparse_filters(p, n, false) : n;
}

/* Operators from left to right: each level calls the one below. */
static struct jnode *math(struct jparser *, int level);

static struct jnode *
concat(struct jparser *p)
{
	struct jnode *n = math(p, 1), *more;
	struct jnodes list = { 0 };

	if (n == NULL || !jparse_is_operator(p, '~'))
		return n;
	more = jnode_new(p->arena, JOP_CONCAT, n->line);
	jnodes_add(&list, n);
	while (jparse_operator(p, '~')) {
		if ((n = math(p, 1)) == NULL)
			return NULL;
		jnodes_add(&list, n);
	}
	more->list = list.first;
	return more;
}

enum { LEVEL_SUM, LEVEL_PRODUCT, LEVEL_POWER, LEVELS };

static struct jnode *
operand(struct jparser *p, int level)
{
	return level == LEVEL_SUM  ? concat(p) :
	    level == LEVEL_PRODUCT ? math(p, LEVEL_POWER) :
				     unary(p, true);
}

static struct jnode *
math(struct jparser *p, int level)
{
	static const int ops[LEVELS][5] = { { '+', '-' },
		{ '*', '/', JTOKEN_TWO('/', '/'), '%' },
		{ JTOKEN_TWO('*', '*') } };
	struct jnode *n = operand(p, level), *right;
	size_t i;

	if (n == NULL)
		return NULL;
	for (;;) {
		for (i = 0; ops[level][i] != 0; i++)
			if (jparse_operator(p, ops[level][i]))
				break;
		if (ops[level][i] == 0)
			return n;
		if ((right = operand(p, level)) == NULL)
			return NULL;
		n = jnode_two(p->arena, JOP_MATH, right->line, n, right);
		n->sign = ops[level][i];
	}
}

/* The operator of a comparison, consumed, or 0. */
static int
comparison(struct jparser *p)
{
	static const int ops[] = { '<', '>', JTOKEN_TWO('=', '='),
		JTOKEN_TWO('!', '='), JTOKEN_TWO('<', '='),
		JTOKEN_TWO('>', '=') };
	size_t i;

	for (i = 0; i < sizeof ops / sizeof ops[0]; i++)
		if (jparse_operator(p, ops[i]))
			return ops[i];
	if (jparse_name(p, "in"))
		return JOP_IN;
	if (jparse_is_name(p, "not") && p->t[1].kind == JTOKEN_NAME &&
	    strcmp(p->t[1].p, "in") == 0) {
		p->t += 2;
		return JOP_NOT_IN;
	}
	return 0;
}

static struct jnode *
compare(struct jparser *p)
{
	struct jnode *n = math(p, LEVEL_SUM), *more, *next;
	struct jnodes list = { 0 };
	int op;

	if (n == NULL || (op = comparison(p)) == 0)
		return n;
	more = jnode_two(p->arena, JOP_COMPARE, n->line, n, NULL);
	for (; op != 0; op = comparison(p)) {
		if ((n = math(p, LEVEL_SUM)) == NULL)
			return NULL;
		next = jnode_two(p->arena, JOP_OPERAND, n->line, n, NULL);
		next->sign = op;
		jnodes_add(&list, next);
	}
	more->list = list.first;
	return more;
}

static struct jnode *
negation(struct jparser *p)
{
	const uint32_t line = p->t->line;
	struct jnode *n;
	bool odd = false;

	if (!jparse_is_name(p, "not"))
		return compare(p);
	while (jparse_name(p, "not"))
		odd = !odd;
	if ((n = compare(p)) == NULL)
		return NULL;
	n = jnode_two(p->arena, JOP_NOT, line, n, NULL);
	return odd ? n : jnode_two(p->arena, JOP_NOT, line, n, NULL);
}

static struct jnode *
and_or(struct jparser *p, bool either)
{
	struct jnode *n = either ? and_or(p, false) : negation(p), *right;

	while (n != NULL && jparse_name(p, either ? "or" : "and")) {
		right = either ? and_or(p, false) : negation(p);
		if (right == NULL)
			return NULL;
		n = jnode_two(p->arena, either ? JOP_OR : JOP_AND, right->line,
		    n, right);
	}
	return n;
}

static struct jnode *
choice(struct jparser *p)
{
	struct jnode *n = and_or(p, true), *test;

	if (n == NULL)
		return NULL;
	while (jparse_name(p, "if")) {
		if ((test = and_or(p, true)) == NULL)
			return NULL;
		n = jnode_two(p->arena, JOP_CHOICE, test->line, n, test);
		if (!jparse_name(p, "else"))
			continue;
		if ((n->c = jparse_expression(p)) == NULL)
			return NULL;
	}
	return n;
}

/* One expression, one level deeper. */
static struct jnode *
deeper(struct jparser *p, bool with_choice)
{
	struct jnode *n;

	if (++p->depth > JPARSE_DEPTH) {
		(void)fail("line %u: nested deeper than %d", p->t->line,
		    JPARSE_DEPTH);
		return NULL;
	}
	n = with_choice ? choice(p) : and_or(p, true);
	p->depth--;
	return n;
}

struct jnode *
jparse_expression(struct jparser *p)
{
	return deeper(p, true);
}

struct jnode *
jparse_tuple(struct jparser *p, bool with_choice)
{
	struct jnode *n = deeper(p, with_choice), *tuple;
	struct jnodes list = { 0 };

	if (n == NULL || !jparse_is_operator(p, ','))
		return n;
	tuple = jnode_new(p->arena, JOP_TUPLE, n->line);
	jnodes_add(&list, n);
	while (jparse_operator(p, ',')) {
		if (p->t->kind == JTOKEN_PRINT_END ||
		    p->t->kind == JTOKEN_BLOCK_END ||
		    jparse_is_operator(p, ')'))
			break;
		if ((n = deeper(p, with_choice)) == NULL)
			return NULL;
		jnodes_add(&list, n);
	}
	tuple->list = list.first;
	return tuple;
}
