/* SPDX-License-Identifier: MIT */
#include "text/jinja_compare.h"

#include <math.h>
#include <string.h>

#include "text/jinja_text.h"

bool
jval_truth(const struct jval *v)
{
	switch (v->kind) {
	case JUNDEFINED:
	case JNONE:
		return false;
	case JBOOL:
		return v->u.truth;
	case JINT:
		return v->u.i != 0;
	case JREAL:
		return v->u.x != 0.0;
	case JTEXT:
		return v->u.text->n > 0;
	case JLIST:
		return v->u.list->n > 0 || v->u.list->form == JFORM_ITERATOR;
	case JMAP:
		return v->u.map->n > 0;
	default:
		return true;
	}
}

double
jval_number(const struct jval *v)
{
	return v->kind == JREAL ? v->u.x :
	    v->kind == JINT     ? (double)v->u.i :
	    v->kind == JBOOL    ? (double)v->u.truth :
				  0.0;
}

bool
jval_integer(const struct jval *v, int64_t *i)
{
	if (v->kind == JINT)
		*i = v->u.i;
	else if (v->kind == JBOOL)
		*i = v->u.truth;
	else
		return false;
	return true;
}

int
jval_check_key(const struct jval *v)
{
	size_t i;

	if (v->kind == JMAP ||
	    (v->kind == JLIST && v->u.list->form == JFORM_LIST))
		return fail("a %s is no key", jval_kind_name(v));
	for (i = 0; v->kind == JLIST && v->u.list->form == JFORM_TUPLE &&
	     i < v->u.list->n;
	     i++)
		if (jval_check_key(&v->u.list->item[i]) != 0)
			return -1;
	return 0;
}

/* < 0, 0, > 0: of numbers that are not both whole, exactly. */
static int
order_numbers(const struct jval *a, const struct jval *b)
{
	const double x = jval_number(a), y = jval_number(b);
	int64_t i, k;

	if (jval_integer(b, &k) && fabs(x) < 0x1p63 && x == y) {
		i = (int64_t)x;
		return (i > k) - (i < k);
	}
	if (jval_integer(a, &i) && fabs(y) < 0x1p63 && x == y) {
		k = (int64_t)y;
		return (i > k) - (i < k);
	}
	/* 2^63 is not below the largest whole number's double, but larger */
	if (x == y && fabs(x) >= 0x1p63 && (a->kind != b->kind))
		return (a->kind == JREAL) == (x > 0) ? 1 : -1;
	return (x > y) - (x < y);
}

const struct jval *
jmap_get(const struct jmap *m, const struct jval *key)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (jval_equal(&m->pair[i].key, key))
			return &m->pair[i].value;
	return NULL;
}

void
jmap_set(struct jarena *a, struct jmap *m, struct jval key, struct jval value)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (jval_equal(&m->pair[i].key, &key)) {
			m->pair[i].value = value;
			return;
		}
	jmap_add(a, m, key, value);
}

int
jval_check_compared(const struct jval *a, const struct jval *b)
{
	return a->kind == JLIST && a->u.list->form == JFORM_VIEW &&
		b->kind == JLIST && b->u.list->form == JFORM_VIEW ?
	    fail("views of maps are not compared here") :
	    0;
}

static bool
equal_lists(const struct jlist *a, const struct jlist *b)
{
	size_t i;

	if (a->form != b->form || a->form == JFORM_ITERATOR)
		return a == b;
	for (i = 0; i < a->n && a->n == b->n; i++)
		if (!jval_equal(&a->item[i], &b->item[i]))
			return false;
	return a->n == b->n;
}

static bool
equal_maps(const struct jmap *a, const struct jmap *b)
{
	const struct jval *v;
	size_t i;

	for (i = 0; i < a->n && a->n == b->n; i++) {
		v = jmap_get(b, &a->pair[i].key);
		if (v == NULL || !jval_equal(v, &a->pair[i].value))
			return false;
	}
	return a->n == b->n;
}

bool
jval_equal(const struct jval *a, const struct jval *b)
{
	int64_t i, k;

	if (jval_integer(a, &i) && jval_integer(b, &k))
		return i == k;
	if (jval_is_number(a) && jval_is_number(b))
		return order_numbers(a, b) == 0;
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case JTEXT:
		return jtext_equal(a->u.text, b->u.text);
	case JLIST:
		return equal_lists(a->u.list, b->u.list);
	case JMAP:
		return equal_maps(a->u.map, b->u.map);
	case JUNDEFINED:
	case JNONE:
		return true;
	default:
		return a->u.map == b->u.map;
	}
}

static int
order_lists(const struct jlist *a, const struct jlist *b, int *order)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (!jval_equal(&a->item[i], &b->item[i]))
			return jval_order(&a->item[i], &b->item[i], order);
	*order = (a->n > b->n) - (a->n < b->n);
	return 0;
}

int
jval_order(const struct jval *a, const struct jval *b, int *order)
{
	int64_t i, k;

	if (jval_integer(a, &i) && jval_integer(b, &k)) {
		*order = (i > k) - (i < k);
		return 0;
	}
	if (jval_is_number(a) && jval_is_number(b)) {
		*order = order_numbers(a, b);
		return 0;
	}
	if (a->kind == JTEXT && b->kind == JTEXT) {
		*order = jtext_order(a->u.text, b->u.text);
		return 0;
	}
	if (a->kind == JLIST && b->kind == JLIST &&
	    a->u.list->form == b->u.list->form &&
	    a->u.list->form <= JFORM_TUPLE)
		return order_lists(a->u.list, b->u.list, order);
	return fail("%s and %s have no order", jval_kind_name(a),
	    jval_kind_name(b));
}

static int
in_list(const struct jval *value, struct jlist *l, bool *found)
{
	size_t i;

	if (l->used)
		return fail("an iterator is used twice");
	l->used = l->form == JFORM_ITERATOR;
	*found = false;
	for (i = 0; i < l->n && !*found; i++)
		*found = jval_equal(value, &l->item[i]);
	return 0;
}

int
jval_in(struct jarena *a, const struct jval *value,
    const struct jval *container, bool *found)
{
	switch (container->kind) {
	case JUNDEFINED:
		*found = false;
		return 0;
	case JTEXT:
		if (value->kind != JTEXT)
			return fail("in: a text has no %s in it",
			    jval_kind_name(value));
		*found = memmem(jtext_view(a, container->u.text),
			     container->u.text->n, jtext_view(a, value->u.text),
			     value->u.text->n) != NULL;
		return 0;
	case JLIST:
		return in_list(value, container->u.list, found);
	case JMAP:
		if (jval_check_key(value) != 0)
			return -1;
		*found = jmap_get(container->u.map, value) != NULL;
		return 0;
	default:
		return fail("in: %s is no container",
		    jval_kind_name(container));
	}
}
