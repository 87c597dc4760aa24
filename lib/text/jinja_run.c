/* SPDX-License-Identifier: MIT */
#include "text/jinja_run.h"

#include <stdio.h>
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
	*v = (struct jvariable){ .name = name,
		.value = value,
		.next = r->scope->variable };
	r->scope->variable = v;
}

const struct jval *
jscope_find(struct jrun *r, const char *name)
{
	const struct jscope *s;
	struct jvariable *v;

	for (s = r->scope; s != NULL; s = s->parent, r->steps++)
		for (v = s->variable; v != NULL; v = v->next, r->steps++)
			if (strcmp(v->name, name) == 0) {
				v->read = true;
				return &v->value;
			}
	return NULL;
}

int
jval_unfit(const struct jval *v, const char *needed)
{
	if (v->kind == JUNDEFINED)
		return fail("%s",
		    v->u.missing != NULL ? v->u.missing :
					   "a value is undefined");
	return fail("expected %s, found %s", needed, jval_kind_name(v));
}

/* Messages are Jinja's, which people search for. */
struct jval
jrun_no_name(struct jrun *r, const char *name)
{
	char text[128], *copy;
	const int n =
	    snprintf(text, sizeof text, "'%.100s' is undefined", name);

	copy = jarena_alloc(r->arena, (size_t)n + 1);
	memcpy(copy, text, (size_t)n);
	return jval_undefined(copy);
}

struct jval
jrun_no_member(struct jrun *r, const struct jval *of, const struct jval *key)
{
	const char *kind = jval_kind_name(of), *object = " object";
	struct jbuild b = { .arena = r->arena };
	struct jval list = jval_list(r->arena, JFORM_LIST, 1), text;
	char head[128];
	int n;

	if (of->kind == JNONE) {
		kind = "None";
		object = "";
	}
	n = snprintf(head, sizeof head,
	    key->kind == JTEXT ? "'%s%s' has no attribute " :
				 "%s%s has no element ",
	    kind, object);
	jbuild_copy(&b, head, (size_t)n, 0);
	list.u.list->item[0] = *key;
	if (jval_print(&b, &list) != 0 || jbuild_end(&b, &text) != 0)
		return jval_undefined("a member is undefined");
	/* the text of the list, without its brackets */
	b = (struct jbuild){ .arena = r->arena };
	jbuild_slice(&b, text.u.text, 0, (size_t)n);
	jbuild_slice(&b, text.u.text, (size_t)n + 1, text.u.text->n - 1);
	if (jbuild_end(&b, &text) != 0)
		return jval_undefined("a member is undefined");
	return jval_undefined(jtext_bytes(r->arena, text.u.text));
}
