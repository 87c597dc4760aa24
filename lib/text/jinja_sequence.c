/* SPDX-License-Identifier: MIT */
/* Filters of several values. */
#include <stdlib.h>
#include <string.h>

#include "text/jinja_builtin.h"

/* ---- attributes: "a.b.0" */

static int
attribute(struct jrun *r, const struct jval *of, const char *path,
    const struct jval *otherwise, struct jval *out)
{
	struct jval key, of_now = *of;
	size_t n;

	for (;; path += n + 1) {
		n = strcspn(path, ".");
		if (n > 0 && strspn(path, "0123456789") == n && n < 10)
			key = jval_int(strtol(path, NULL, 10));
		else
			key = jval_bytes(r->arena, path, n);
		if (jrun_item(r, &of_now, &key, out) != 0)
			return -1;
		if (out->kind == JUNDEFINED && otherwise != NULL)
			*out = *otherwise;
		if (path[n] == '\0')
			return 0;
		of_now = *out;
	}
}

/* The attribute, or what is there instead of each part that is undefined. */
static int
by(struct jrun *r, const struct jval *v, const struct jval *path,
    const struct jval *otherwise, struct jval *out)
{
	*out = *v;
	if (path->kind == JTEXT)
		return attribute(r, v, jtext_bytes(r->arena, path->u.text),
		    otherwise, out);
	if (path->kind == JINT) {
		if (jrun_item(r, v, path, out) != 0)
			return -1;
		if (out->kind == JUNDEFINED && otherwise != NULL)
			*out = *otherwise;
		return 0;
	}
	return jgiven(path) && path->kind != JNONE ?
	    jval_unfit(path, "the name of an attribute") :
	    0;
}

int
jsequence_by(struct jrun *r, const struct jval *v, const struct jval *path,
    bool fold, struct jval *out)
{
	if (by(r, v, path, NULL, out) != 0)
		return -1;
	return fold && out->kind == JTEXT ?
	    jstring_case(r, out->u.text, JCASE_LOWER, out) :
	    0;
}

/* ---- map, select, reject, selectattr, rejectattr */

/* The arguments after the first k. */
static struct jargs
rest(const struct jargs *args, size_t k)
{
	struct jargs a = *args;

	a.n = a.n > k ? a.n - k : 0;
	a.value += args->n > k ? k : args->n;
	return a;
}

static const struct jval *
named(const struct jargs *args, const char *name)
{
	size_t i;

	for (i = 0; i < args->names; i++)
		if (strcmp(args->named[i].name, name) == 0)
			return &args->named[i].value;
	return NULL;
}

static int
map_one(struct jrun *r, const struct jargs *args, const struct jval *v,
    struct jval *out)
{
	const struct jval *path = named(args, "attribute"),
			  *otherwise = named(args, "default");
	struct jargs more;

	if (args->n == 0 && path != NULL &&
	    args->names == 1 + (size_t)(otherwise != NULL))
		return by(r, v, path,
		    otherwise != NULL && otherwise->kind != JNONE ? otherwise :
								    NULL,
		    out);
	if (args->n == 0 || args->value[0].kind != JTEXT)
		return fail("map: expected the name of a filter, or attribute");
	more = rest(args, 1);
	return jfilter_call(r, jtext_bytes(r->arena, args->value[0].u.text), v,
	    &more, out);
}

static int
map(struct jrun *r, struct jcall *c, struct jval *out)
{
	struct jlist l;
	size_t i;

	if (jrun_items(r, c->self, &l) != 0)
		return -1;
	*out = jval_list(r->arena, JFORM_ITERATOR, l.n);
	for (i = 0; i < l.n; i++)
		if (map_one(r, c->args, &l.item[i], &out->u.list->item[i]) != 0)
			return -1;
	return 0;
}

static int
holds(struct jrun *r, const struct jcall *c, const struct jval *v, bool *is)
{
	const bool attr = strstr(c->name, "attr") != NULL;
	struct jval of = *v;
	struct jargs args = rest(c->args, attr);

	if (attr && c->args->n == 0)
		return fail("%s: expected the name of an attribute", c->name);
	if (attr && jsequence_by(r, v, &c->args->value[0], false, &of) != 0)
		return -1;
	if (args.n == 0) {
		*is = jval_truth(&of);
		return 0;
	}
	if (args.value[0].kind != JTEXT)
		return fail("%s: expected the name of a test", c->name);
	v = &args.value[0];
	args = rest(&args, 1);
	return jtest_call(r, jtext_bytes(r->arena, v->u.text), &of, &args, is);
}

static int
choose(struct jrun *r, struct jcall *c, struct jval *out)
{
	const bool reject = c->name[0] == 'r';
	struct jlist l;
	size_t i, n = 0;
	bool is;

	if (jrun_items(r, c->self, &l) != 0)
		return -1;
	*out = jval_list(r->arena, JFORM_ITERATOR, l.n);
	for (i = 0; i < l.n; i++) {
		if (holds(r, c, &l.item[i], &is) != 0)
			return -1;
		if (is != reject)
			out->u.list->item[n++] = l.item[i];
	}
	out->u.list->n = n;
	return 0;
}

/* ---- one value of several */

static int
sum(struct jrun *r, struct jcall *c, struct jval *out)
{
	struct jval total = jgiven(&c->arg[1]) ? c->arg[1] : jval_int(0), v;
	struct jlist l;
	size_t i;

	if (total.kind == JTEXT)
		return fail("sum: no texts");
	if (jrun_items(r, c->self, &l) != 0)
		return -1;
	for (i = 0; i < l.n; i++) {
		if (jsequence_by(r, &l.item[i], &c->arg[0], false, &v) != 0)
			return -1;
		/* Versions of Python differ in how they round. */
		if (i > 1 && (v.kind == JREAL || total.kind == JREAL))
			return fail("sum: of more than two numbers, which are "
				    "not whole");
		if (jrun_math(r, '+', &total, &v, &total) != 0)
			return -1;
	}
	*out = total;
	return 0;
}

static int
first_or_last(struct jrun *r, struct jcall *c, struct jval *out)
{
	const bool first = c->name[0] == 'f';
	struct jlist l;

	if (!first && c->self->kind == JLIST &&
	    c->self->u.list->form == JFORM_ITERATOR)
		return fail("last: an iterator has no last member");
	if (!first && c->self->kind == JTEXT && c->self->u.text->safe)
		return fail("last: of a text that is marked as safe");
	if (jrun_items(r, c->self, &l) != 0)
		return -1;
	*out = l.n == 0 ?
	    jval_undefined("No first or last item, sequence was empty.") :
	    first ? l.item[0] :
		    l.item[l.n - 1];
	return 0;
}

static int
join(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *between;
	struct jval list, empty = jval_chars(r->arena, "");
	struct jlist l;
	size_t i;

	if (jrun_items(r, c->self, &l) != 0 ||
	    jval_as_text(r->arena, jgiven(&c->arg[0]) ? &c->arg[0] : &empty,
		&between) != 0)
		return -1;
	list = jval_list(r->arena, JFORM_LIST, l.n);
	for (i = 0; i < l.n; i++)
		if (jsequence_by(r, &l.item[i], &c->arg[1], false,
			&list.u.list->item[i]) != 0)
			return -1;
	return jrun_join_all(r, list.u.list, between, out);
}

/* ---- other forms */

static int
list(struct jrun *r, struct jcall *c, struct jval *out)
{
	struct jlist l;

	if (jrun_items(r, c->self, &l) != 0)
		return -1;
	*out = jval_list(r->arena, JFORM_LIST, 0);
	out->u.list->n = l.n;
	out->u.list->item = l.item;
	return 0;
}

static int
reverse(struct jrun *r, struct jcall *c, struct jval *out)
{
	struct jlist l;
	size_t i;

	if (c->self->kind == JLIST && c->self->u.list->form == JFORM_ITERATOR)
		return fail("reverse: an iterator");
	if (c->self->kind == JTEXT && c->self->u.text->safe)
		return fail("reverse: a text that is marked as safe");
	if (jrun_items(r, c->self, &l) != 0)
		return -1;
	*out = jval_list(r->arena, JFORM_ITERATOR, l.n);
	for (i = 0; i < l.n; i++)
		out->u.list->item[i] = l.item[l.n - 1 - i];
	if (c->self->kind != JTEXT)
		return 0;
	return jrun_join_all(r, out->u.list, jval_chars(r->arena, "").u.text,
	    out);
}

int
jsequence_pairs(struct jrun *r, const struct jval *v, struct jval *out)
{
	const struct jargs none = { 0 };

	if (v->kind != JMAP)
		return jval_unfit(v, "a map");
	return jbuiltin_call(r, jcontainer_method(v, "items"), v, &none, out);
}

static int
items(struct jrun *r, struct jcall *c, struct jval *out)
{
	if (c->self->kind == JUNDEFINED)
		*out = jval_list(r->arena, JFORM_ITERATOR, 0);
	else if (jsequence_pairs(r, c->self, out) != 0)
		return -1;
	out->u.list->form = JFORM_ITERATOR;
	return 0;
}

const struct jbuiltin *
jsequence_filter(const char *name)
{
	static const struct jbuiltin rows[] = {
		{ "map", NULL, 0, map },
		{ "select", NULL, 0, choose },
		{ "reject", NULL, 0, choose },
		{ "selectattr", NULL, 0, choose },
		{ "rejectattr", NULL, 0, choose },
		{ "sort", "reverse case_sensitive attribute", 0, jorder_sort },
		{ "dictsort", "case_sensitive by reverse", 0, jorder_map },
		{ "min", "case_sensitive attribute", 0, jorder_extreme },
		{ "max", "case_sensitive attribute", 0, jorder_extreme },
		{ "unique", "case_sensitive attribute", 0, jorder_unique },
		{ "sum", "attribute start", 0, sum },
		{ "first", "", 0, first_or_last },
		{ "last", "", 0, first_or_last },
		{ "join", "d attribute", 0, join },
		{ "list", "", 0, list },
		{ "reverse", "", 0, reverse },
		{ "items", "", 0, items },
	};

	return jbuiltin_find(rows, sizeof rows / sizeof rows[0], name);
}
