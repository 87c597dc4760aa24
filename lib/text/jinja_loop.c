/* SPDX-License-Identifier: MIT */
/* The variable `loop`. */
#include <string.h>

#include "text/jinja_builtin.h"

static struct jval
at(const struct jloop *l, size_t i, const char *name)
{
	return i < l->n ? l->item[i] : jval_undefined(name);
}

static int
cycle(struct jrun *r, struct jcall *c, struct jval *out)
{
	(void)r;
	if (c->args->n == 0)
		return fail("loop.cycle: no values");
	*out = c->args->value[c->self->u.loop->index % c->args->n];
	return 0;
}

static int
changed(struct jrun *r, struct jcall *c, struct jval *out)
{
	struct jloop *l = c->self->u.loop;
	struct jval now = jval_list(r->arena, JFORM_TUPLE, c->args->n);
	size_t i;

	for (i = 0; i < c->args->n; i++)
		now.u.list->item[i] = c->args->value[i];
	if (jval_nest(&now) != 0)
		return -1;
	*out = jval_bool(!l->changed || !jval_equal(&l->last, &now));
	l->changed = true;
	l->last = now;
	return jrun_step(r, jval_size(&now));
}

int
jloop_attribute(struct jrun *r, const struct jval *loop, const char *name,
    struct jval *out)
{
	static const struct jbuiltin methods[] = { { "cycle", NULL, 0, cycle },
		{ "changed", NULL, 0, changed } };
	const struct jloop *l = loop->u.loop;
	const struct {
		const char *name;
		struct jval value;
	} values[] = {
		{ "index", jval_int((int64_t)l->index + 1) },
		{ "index0", jval_int((int64_t)l->index) },
		{ "revindex", jval_int((int64_t)(l->n - l->index)) },
		{ "revindex0", jval_int((int64_t)(l->n - l->index) - 1) },
		{ "first", jval_bool(l->index == 0) },
		{ "last", jval_bool(l->index + 1 == l->n) },
		{ "length", jval_int((int64_t)l->n) },
		{ "depth", jval_int(1) },
		{ "depth0", jval_int(0) },
		{ "previtem", at(l, l->index - 1, "loop.previtem") },
		{ "nextitem", at(l, l->index + 1, "loop.nextitem") },
	};
	const struct jbuiltin *method;
	size_t i;

	for (i = 0; i < sizeof values / sizeof values[0]; i++)
		if (strcmp(values[i].name, name) == 0) {
			*out = values[i].value;
			return 0;
		}
	method = jbuiltin_find(methods, 2, name);
	*out = method != NULL ? jfunction_new(r, method, loop) :
				jrun_no_name(r, name);
	return 0;
}
