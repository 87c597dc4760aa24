/* SPDX-License-Identifier: MIT */
/* Methods of maps and lists.  Those that would change one are refused. */
#include "text/jinja_builtin.h"

static int
map_get(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jmap *m = c->self->u.map;
	const struct jval *v;

	if (jval_check_key(&c->arg[0]) != 0 ||
	    jrun_step(r, m->n / 4 + jval_size(&c->arg[0])) != 0)
		return -1;
	v = jmap_get(m, &c->arg[0]);
	*out = v != NULL ? *v : jgiven(&c->arg[1]) ? c->arg[1] : jval_none();
	return 0;
}

/* items(), keys() and values() by the second letter of the name. */
static int
map_view(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jmap *m = c->self->u.map;
	struct jval pair;
	size_t i;

	if (jrun_step(r, m->n) != 0)
		return -1;
	*out = jval_list(r->arena, JFORM_VIEW, m->n);
	for (i = 0; i < m->n; i++) {
		if (c->name[0] != 'i') {
			out->u.list->item[i] = c->name[0] == 'k' ?
			    m->pair[i].key :
			    m->pair[i].value;
			continue;
		}
		pair = jval_list(r->arena, JFORM_TUPLE, 2);
		pair.u.list->item[0] = m->pair[i].key;
		pair.u.list->item[1] = m->pair[i].value;
		if (jval_nest(&pair) != 0)
			return -1;
		out->u.list->item[i] = pair;
	}
	return 0;
}

static int
copy(struct jrun *r, struct jcall *c, struct jval *out)
{
	(void)r;
	*out = *c->self; /* values do not change */
	return 0;
}

static int
list_count(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jlist *l = c->self->u.list;
	int64_t n = 0;
	size_t i;

	for (i = 0; i < l->n; i++) {
		n += jval_equal(&l->item[i], &c->arg[0]);
		if (n == 1 && c->name[0] == 'i') {
			*out = jval_int((int64_t)i);
			return jrun_step(r, i);
		}
	}
	if (c->name[0] == 'i')
		return fail("index: not in the list");
	*out = jval_int(n);
	return jrun_step(r, l->size);
}

static const struct jbuiltin of_maps[] = {
	{ "get", "/key /default", 1, map_get },
	{ "items", "", 0, map_view },
	{ "keys", "", 0, map_view },
	{ "values", "", 0, map_view },
	{ "copy", "", 0, copy },
	{ "clear", NULL, 0, jbuiltin_refuse },
	{ "fromkeys", NULL, 0, jbuiltin_refuse },
	{ "pop", NULL, 0, jbuiltin_refuse },
	{ "popitem", NULL, 0, jbuiltin_refuse },
	{ "setdefault", NULL, 0, jbuiltin_refuse },
	{ "update", NULL, 0, jbuiltin_refuse },
};
static const struct jbuiltin of_lists[] = {
	{ "index", "/value", 1, list_count },
	{ "count", "/value", 1, list_count },
	{ "copy", "", 0, copy },
	{ "append", NULL, 0, jbuiltin_refuse },
	{ "clear", NULL, 0, jbuiltin_refuse },
	{ "extend", NULL, 0, jbuiltin_refuse },
	{ "insert", NULL, 0, jbuiltin_refuse },
	{ "pop", NULL, 0, jbuiltin_refuse },
	{ "remove", NULL, 0, jbuiltin_refuse },
	{ "reverse", NULL, 0, jbuiltin_refuse },
	{ "sort", NULL, 0, jbuiltin_refuse },
};
static const struct jbuiltin of_views[] = {
	{ "isdisjoint", NULL, 0, jbuiltin_refuse },
	{ "mapping", NULL, 0, jbuiltin_refuse },
};
static const struct jbuiltin of_ranges[] = {
	{ "index", "/value", 1, list_count },
	{ "count", "/value", 1, list_count },
	{ "start", NULL, 0, jbuiltin_refuse },
	{ "stop", NULL, 0, jbuiltin_refuse },
	{ "step", NULL, 0, jbuiltin_refuse },
};

const struct jbuiltin *
jcontainer_method(const struct jval *v, const char *name)
{
	enum { OF_TUPLES = 2 }; /* the first of those of lists */
	const struct {
		const struct jbuiltin *row;
		size_t n;
	} forms[] = {
		[JFORM_LIST] = { of_lists,
		    sizeof of_lists / sizeof of_lists[0] },
		[JFORM_TUPLE] = { of_lists, OF_TUPLES },
		[JFORM_VIEW] = { of_views,
		    sizeof of_views / sizeof of_views[0] },
		[JFORM_RANGE] = { of_ranges,
		    sizeof of_ranges / sizeof of_ranges[0] },
		[JFORM_ITERATOR] = { NULL, 0 },
	};

	return v->kind == JMAP ?
	    jbuiltin_find(of_maps, sizeof of_maps / sizeof of_maps[0], name) :
	    jbuiltin_find(forms[v->u.list->form].row, forms[v->u.list->form].n,
		name);
}

const struct jbuiltin *
jvalue_method(const struct jval *v, const char *name)
{
	static const struct jbuiltin of_numbers[] = {
		{ "real", NULL, 0, jbuiltin_refuse },
		{ "imag", NULL, 0, jbuiltin_refuse },
		{ "numerator", NULL, 0, jbuiltin_refuse },
		{ "denominator", NULL, 0, jbuiltin_refuse },
		{ "conjugate", NULL, 0, jbuiltin_refuse },
		{ "bit_length", NULL, 0, jbuiltin_refuse },
		{ "bit_count", NULL, 0, jbuiltin_refuse },
		{ "to_bytes", NULL, 0, jbuiltin_refuse },
		{ "from_bytes", NULL, 0, jbuiltin_refuse },
		{ "as_integer_ratio", NULL, 0, jbuiltin_refuse },
		{ "is_integer", NULL, 0, jbuiltin_refuse },
		{ "hex", NULL, 0, jbuiltin_refuse },
		{ "fromhex", NULL, 0, jbuiltin_refuse },
	};
	static const struct jbuiltin of_functions[] = {
		{ "name", NULL, 0, jbuiltin_refuse },
		{ "arguments", NULL, 0, jbuiltin_refuse },
		{ "catch_kwargs", NULL, 0, jbuiltin_refuse },
		{ "catch_varargs", NULL, 0, jbuiltin_refuse },
		{ "caller", NULL, 0, jbuiltin_refuse },
		{ "explicit_caller", NULL, 0, jbuiltin_refuse },
	};

	if (jval_is_number(v))
		return jbuiltin_find(of_numbers,
		    sizeof of_numbers / sizeof of_numbers[0], name);
	return v->kind != JFUNCTION ?
	    NULL :
	    jbuiltin_find(of_functions,
		sizeof of_functions / sizeof of_functions[0], name);
}
