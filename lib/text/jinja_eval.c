/* SPDX-License-Identifier: MIT */
/* Expressions. */
#include <string.h>

#include "text/jinja_builtin.h"

static int
eval_name(struct jrun *r, const struct jnode *n, struct jval *out)
{
	const struct jval *v = jscope_find(r, n->name);
	int rc;

	if (v != NULL) {
		*out = *v;
		return 0;
	}
	rc = jglobal_find(r, n->name, out);
	if (rc == 0)
		*out = jrun_no_name(r, n->name);
	return rc < 0 ? -1 : 0;
}

static int
eval_list(struct jrun *r, const struct jnode *n, enum jform form,
    struct jval *out)
{
	const struct jnode *item;
	size_t count = 0;

	for (item = n->list; item != NULL; item = item->next)
		count++;
	*out = jval_list(r->arena, form, count);
	count = 0;
	for (item = n->list; item != NULL; item = item->next)
		if (jrun_eval(r, item, &out->u.list->item[count++]) != 0)
			return -1;
	return jval_nest(out);
}

static int
eval_dict(struct jrun *r, const struct jnode *n, struct jval *out)
{
	const struct jnode *item;
	struct jval key, value;

	*out = jval_map(r->arena, 0);
	for (item = n->list; item != NULL; item = item->next->next) {
		if (jrun_eval(r, item, &key) != 0 ||
		    jrun_eval(r, item->next, &value) != 0)
			return -1;
		if (key.kind >= JLIST || key.kind == JUNDEFINED)
			return jval_unfit(&key, "a key");
		if (jrun_step(r, out->u.map->n + jval_size(&key)) != 0)
			return -1;
		jmap_set(r->arena, out->u.map, key, value);
	}
	return jval_nest(out);
}

static int
eval_concat(struct jrun *r, const struct jnode *n, struct jval *out)
{
	struct jbuild b = { .arena = r->arena };
	const struct jnode *item;
	struct jval v;

	for (item = n->list; item != NULL; item = item->next)
		if (jrun_eval(r, item, &v) != 0 || jval_print(&b, &v) != 0 ||
		    jrun_step(r, b.parts / 16) != 0)
			return -1;
	return jbuild_end(&b, out);
}

static int
compare_two(struct jrun *r, int sign, const struct jval *a,
    const struct jval *b, bool *out)
{
	int order = 0;

	if (sign != JOP_IN && sign != JOP_NOT_IN && jval_check_compared(a, b))
		return -1;
	if (jrun_step(r, jval_size(a) + jval_size(b)) != 0)
		return -1;
	switch (sign) {
	case '=' << 8 | '=':
		*out = jval_equal(a, b);
		return 0;
	case '!' << 8 | '=':
		*out = !jval_equal(a, b);
		return 0;
	case JOP_IN:
	case JOP_NOT_IN:
		if (jval_in(r->arena, a, b, out) != 0)
			return -1;
		*out ^= sign == JOP_NOT_IN;
		return 0;
	default:
		break;
	}
	if (a->kind == JUNDEFINED || b->kind == JUNDEFINED)
		return jval_unfit(a->kind == JUNDEFINED ? a : b, "a value");
	if (jval_order(a, b, &order) != 0)
		return -1;
	*out = sign == '<'   ? order < 0 :
	    sign == '>'      ? order > 0 :
	    sign >> 8 == '<' ? order <= 0 :
			       order >= 0;
	return 0;
}

/* a < b < c: all of them hold; each is evaluated once. */
static int
eval_compare(struct jrun *r, const struct jnode *n, struct jval *out)
{
	const struct jnode *next;
	struct jval left, right;
	bool holds = true;

	if (jrun_eval(r, n->a, &left) != 0)
		return -1;
	for (next = n->list; next != NULL && holds; next = next->next) {
		if (jrun_eval(r, next->a, &right) != 0 ||
		    compare_two(r, next->sign, &left, &right, &holds) != 0)
			return -1;
		left = right;
	}
	*out = jval_bool(holds);
	return 0;
}

static int
eval_sign(struct jrun *r, const struct jnode *n, struct jval *out)
{
	const struct jval zero = jval_int(0);
	struct jval v;

	if (jrun_eval(r, n->a, &v) != 0)
		return -1;
	if (!jval_is_number(&v))
		return jval_unfit(&v, "a number");
	if (v.kind == JREAL) {
		*out = jval_real(n->op == JOP_NEG ? -v.u.x : v.u.x);
		return 0;
	}
	return jrun_math(r, n->op == JOP_NEG ? '-' : '+', &zero, &v, out);
}

static int
eval_choice(struct jrun *r, const struct jnode *n, struct jval *out)
{
	struct jval test;

	if (jrun_eval(r, n->b, &test) != 0)
		return -1;
	if (jval_truth(&test))
		return jrun_eval(r, n->a, out);
	if (n->c != NULL)
		return jrun_eval(r, n->c, out);
	*out = jval_undefined("the inline if-expression evaluated to false and "
			      "no else section was defined");
	return 0;
}

static int
eval_slice(struct jrun *r, const struct jnode *n, struct jval *out)
{
	const struct jnode *const place[] = { n->b, n->c, n->d };
	struct jval of, bound[3];
	size_t i;

	if (jrun_eval(r, n->a, &of) != 0)
		return -1;
	for (i = 0; i < 3; i++) {
		bound[i] = jval_none();
		if (place[i] != NULL && jrun_eval(r, place[i], &bound[i]) != 0)
			return -1;
	}
	return jrun_slice(r, &of, bound, out);
}

/* Call, filter and test: an operand and arguments. */
static int
eval_call(struct jrun *r, const struct jnode *n, struct jval *out)
{
	struct jargs args;
	struct jval of;
	bool is;

	if (jrun_eval(r, n->a, &of) != 0 || jargs_read(r, n->list, &args) != 0)
		return -1;
	if (n->op == JOP_CALL)
		return jcall_value(r, &of, &args, NULL, out);
	if (n->op == JOP_FILTER)
		return jfilter_call(r, n->name, &of, &args, out);
	if (jtest_call(r, n->name, &of, &args, &is) != 0)
		return -1;
	*out = jval_bool(is);
	return 0;
}

/* Nodes whose operands a and b are both evaluated, or a first. */
static int
eval_two(struct jrun *r, const struct jnode *n, struct jval *out)
{
	struct jval a, b;

	if (jrun_eval(r, n->a, &a) != 0)
		return -1;
	if (n->op == JOP_NOT) {
		*out = jval_bool(!jval_truth(&a));
		return 0;
	}
	if (n->op == JOP_ATTR)
		return jrun_attribute(r, &a, n->name, out);
	if ((n->op == JOP_AND || n->op == JOP_OR) &&
	    jval_truth(&a) == (n->op == JOP_OR)) {
		*out = a;
		return 0;
	}
	if (jrun_eval(r, n->b, &b) != 0)
		return -1;
	if (n->op == JOP_ITEM)
		return jrun_item(r, &a, &b, out);
	if (n->op == JOP_MATH)
		return jrun_math(r, n->sign, &a, &b, out);
	*out = b;
	return 0;
}

static int
eval(struct jrun *r, const struct jnode *n, struct jval *out)
{
	switch (n->op) {
	case JOP_CONST:
		*out = n->value;
		return 0;
	case JOP_NAME:
		return eval_name(r, n, out);
	case JOP_LIST:
		return eval_list(r, n, JFORM_LIST, out);
	case JOP_TUPLE:
		return eval_list(r, n, JFORM_TUPLE, out);
	case JOP_DICT:
		return eval_dict(r, n, out);
	case JOP_SLICE:
		return eval_slice(r, n, out);
	case JOP_CALL:
	case JOP_FILTER:
	case JOP_TEST:
		return eval_call(r, n, out);
	case JOP_NEG:
	case JOP_POS:
		return eval_sign(r, n, out);
	case JOP_CONCAT:
		return eval_concat(r, n, out);
	case JOP_COMPARE:
		return eval_compare(r, n, out);
	case JOP_CHOICE:
		return eval_choice(r, n, out);
	default:
		return eval_two(r, n, out);
	}
}

int
jrun_eval(struct jrun *r, const struct jnode *n, struct jval *out)
{
	int rc = jrun_enter(r);

	if (rc == 0)
		rc = eval(r, n, out);
	jrun_leave(r);
	return rc;
}
