/* SPDX-License-Identifier: MIT */
#include "text/jinja_run.h"

#include <string.h>

int
jrun_step(struct jrun *r, size_t cost)
{
	r->steps += 1 + cost;
	if (r->steps > JRUN_STEPS)
		return fail("more than %d steps", JRUN_STEPS);
	if (jarena_over(r->arena))
		return fail("more than %zu MiB of memory",
		    r->arena->limit >> 20);
	return 0;
}

int
jrun_enter(struct jrun *r)
{
	if (++r->depth > JRUN_DEPTH)
		return fail("nested deeper than %d", JRUN_DEPTH);
	return jrun_step(r, 0);
}

void
jrun_leave(struct jrun *r)
{
	r->depth--;
}

void
jscope_push(struct jrun *r)
{
	struct jscope *s = jarena_alloc(r->arena, sizeof *s);

	s->parent = r->scope;
	r->scope = s;
}

void
jscope_set(struct jrun *r, const char *name, struct jval value)
{
	struct jvariable *v;

	for (v = r->scope->variable; v != NULL; v = v->next, r->steps++)
		if (strcmp(v->name, name) == 0) {
			v->value = value;
			return;
		}
	v = jarena_alloc(r->arena, sizeof *v);
	*v = (struct jvariable){ name, value, r->scope->variable };
	r->scope->variable = v;
}

const struct jval *
jscope_find(struct jrun *r, const char *name)
{
	const struct jscope *s;
	const struct jvariable *v;

	for (s = r->scope; s != NULL; s = s->parent, r->steps++)
		for (v = s->variable; v != NULL; v = v->next, r->steps++)
			if (strcmp(v->name, name) == 0)
				return &v->value;
	return NULL;
}

int
jval_unfit(const struct jval *v, const char *needed)
{
	if (v->kind == JUNDEFINED)
		return fail("%.60s is undefined",
		    v->u.missing != NULL ? v->u.missing : "a value");
	return fail("expected %s, found %s", needed, jval_kind_name(v));
}
