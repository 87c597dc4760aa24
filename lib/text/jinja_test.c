/* SPDX-License-Identifier: MIT */
/* Tests: what follows `is`. */
#include <math.h>
#include <string.h>

#include "text/jinja_builtin.h"

#define TEST(name, expression) \
	static int name(struct jrun *r, struct jcall *c, struct jval *out) \
	{ \
		const struct jval *const v = c->self; \
\
		(void)r; \
		*out = jval_bool(expression); \
		return 0; \
	}

TEST(is_defined, v->kind != JUNDEFINED)
TEST(is_undefined, v->kind == JUNDEFINED)
TEST(is_none, v->kind == JNONE)
TEST(is_boolean, v->kind == JBOOL)
TEST(is_true, v->kind == JBOOL && v->u.truth)
TEST(is_false, v->kind == JBOOL && !v->u.truth)
TEST(is_integer, v->kind == JINT)
TEST(is_float, v->kind == JREAL)
TEST(is_number, jval_is_number(v))
TEST(is_string, v->kind == JTEXT)
TEST(is_mapping, v->kind == JMAP)
TEST(is_iterable,
    v->kind == JUNDEFINED || v->kind == JTEXT || v->kind == JLIST ||
	v->kind == JMAP || v->kind == JLOOP)
TEST(is_sequence,
    v->kind == JUNDEFINED || v->kind == JTEXT || v->kind == JMAP ||
	(v->kind == JLIST && v->u.list->form != JFORM_ITERATOR &&
	    v->u.list->form != JFORM_VIEW))
TEST(is_callable,
    v->kind == JUNDEFINED || v->kind == JFUNCTION || v->kind == JLOOP)

static int
parity(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jval divisor = jval_int(2);
	const struct jval *by =
	    strcmp(c->name, "divisibleby") == 0 ? &c->arg[0] : &divisor;
	const double odd = strcmp(c->name, "odd") == 0;

	if (!jval_is_number(c->self))
		return jval_unfit(c->self, "a number");
	if (jrun_math(r, '%', c->self, by, out) != 0)
		return -1;
	*out = jval_bool(jval_number(out) == odd);
	return 0;
}

static int
in(struct jrun *r, struct jcall *c, struct jval *out)
{
	bool found;

	if (jrun_step(r, jval_size(&c->arg[0])) != 0 ||
	    jval_in(r->arena, c->self, &c->arg[0], &found) != 0)
		return -1;
	*out = jval_bool(found);
	return 0;
}

static int
same_case(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *t;
	const struct jbuiltin *method =
	    jstring_method(c->name[0] == 'l' ? "islower" : "isupper");
	const struct jargs none = { 0 };
	struct jval v;

	if (jval_as_text(r->arena, c->self, &t) != 0)
		return -1;
	v = jval_text(t);
	return jbuiltin_call(r, method, &v, &none, out);
}

static int
equal(struct jrun *r, struct jcall *c, struct jval *out)
{
	bool is;

	if (jval_check_compared(c->self, &c->arg[0]) != 0)
		return -1;
	is = jval_equal(c->self, &c->arg[0]);
	*out = jval_bool(is ^ (c->name[0] == 'n' || c->name[0] == '!'));
	return jrun_step(r, jval_size(c->self));
}

/* Whether both are one object: known of what is there once. */
static int
same(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jval *a = c->self, *b = &c->arg[0];

	(void)r;
	if (a->kind == b->kind && a->kind != JNONE && a->kind != JBOOL)
		return fail("sameas: known of none, true and false only");
	*out = jval_bool(a->kind == b->kind && jval_equal(a, b));
	return 0;
}

static int
order(struct jrun *r, struct jcall *c, struct jval *out)
{
	const bool greater = c->name[0] == 'g' || c->name[0] == '>';
	const bool or_equal =
	    strcmp(c->name + 1, "e") == 0 || strcmp(c->name + 1, "=") == 0;
	int o = 0;

	if (c->self->kind == JUNDEFINED || c->arg[0].kind == JUNDEFINED)
		return jval_unfit(c->self->kind == JUNDEFINED ? c->self :
								&c->arg[0],
		    "a value");
	if (jval_order(c->self, &c->arg[0], &o) != 0)
		return -1;
	*out = jval_bool((or_equal && o == 0) || (greater ? o > 0 : o < 0));
	return jrun_step(r, jval_size(c->self));
}

static const struct jbuiltin tests[] = {
	{ "defined", "", 0, is_defined },
	{ "undefined", "", 0, is_undefined },
	{ "none", "", 0, is_none },
	{ "boolean", "", 0, is_boolean },
	{ "true", "", 0, is_true },
	{ "false", "", 0, is_false },
	{ "integer", "", 0, is_integer },
	{ "float", "", 0, is_float },
	{ "number", "", 0, is_number },
	{ "string", "", 0, is_string },
	{ "mapping", "", 0, is_mapping },
	{ "iterable", "", 0, is_iterable },
	{ "sequence", "", 0, is_sequence },
	{ "callable", "", 0, is_callable },
	{ "odd", "", 0, parity },
	{ "even", "", 0, parity },
	{ "divisibleby", "num", 1, parity },
	{ "in", "seq", 1, in },
	{ "lower", "", 0, same_case },
	{ "upper", "", 0, same_case },
	{ "eq", "other", 1, equal },
	{ "equalto", "other", 1, equal },
	{ "==", "other", 1, equal },
	{ "ne", "other", 1, equal },
	{ "!=", "other", 1, equal },
	{ "sameas", "other", 1, same },
	{ "lt", "other", 1, order },
	{ "lessthan", "other", 1, order },
	{ "<", "other", 1, order },
	{ "le", "other", 1, order },
	{ "<=", "other", 1, order },
	{ "gt", "other", 1, order },
	{ "greaterthan", "other", 1, order },
	{ ">", "other", 1, order },
	{ "ge", "other", 1, order },
	{ ">=", "other", 1, order },
};

int
jtest_call(struct jrun *r, const char *name, const struct jval *v,
    const struct jargs *args, bool *out)
{
	const struct jbuiltin *b =
	    jbuiltin_find(tests, sizeof tests / sizeof tests[0], name);
	struct jval is;

	if (b == NULL)
		return fail("the test %.40s is not known", name);
	if (jbuiltin_call(r, b, v, args, &is) != 0)
		return -1;
	*out = is.u.truth;
	return 0;
}
