/* SPDX-License-Identifier: MIT */
/* Methods of maps and lists.  Those that would change one are refused. */
#include "text/jinja_builtin.h"

static int
map_get(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jmap *m = c->self->u.map;
	const struct jval *v = jmap_get(m, &c->arg[0]);

	*out = v != NULL ? *v : jgiven(&c->arg[1]) ? c->arg[1] : jval_none();
	return jrun_step(r, m->n / 4);
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

const struct jbuiltin *
jcontainer_method(enum jkind kind, const char *name)
{
	static const struct jbuiltin of_maps[] = {
		{ "get", "key default", 1, map_get },
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
		{ "index", "value", 1, list_count },
		{ "count", "value", 1, list_count },
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

	return kind == JMAP ?
	    jbuiltin_find(of_maps, sizeof of_maps / sizeof of_maps[0], name) :
	    jbuiltin_find(of_lists, sizeof of_lists / sizeof of_lists[0], name);
}
