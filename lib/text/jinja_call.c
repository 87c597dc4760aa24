/* SPDX-License-Identifier: MIT */
/* Arguments, and calls of macros. */
#include <string.h>

#include "text/jinja_builtin.h"

int
jargs_read(struct jrun *r, const struct jnode *list, struct jargs *args)
{
	const struct jnode *a;
	size_t n = 0;

	*args = (struct jargs){ 0 };
	if (list == NULL)
		return 0;
	for (a = list; a != NULL; a = a->next)
		n++;
	args->value = jarena_alloc(r->arena, n * sizeof *args->value);
	args->named = jarena_alloc(r->arena, n * sizeof *args->named);
	for (a = list; a != NULL; a = a->next)
		if (a->name == NULL) {
			if (jrun_eval(r, a->a, &args->value[args->n++]) != 0)
				return -1;
		} else {
			args->named[args->names].name = a->name;
			if (jrun_eval(r, a->a,
				&args->named[args->names++].value) != 0)
				return -1;
		}
	return 0;
}

/* Set the parameter to its argument, its default, or undefined. */
static int
set_parameter(struct jrun *r, const struct jnode *parameter, size_t i,
    const struct jargs *args, size_t *named)
{
	struct jval v = { 0 };
	bool given = i < args->n;
	size_t k;

	if (given)
		v = args->value[i];
	for (k = 0; k < args->names; k++) {
		if (strcmp(args->named[k].name, parameter->name) != 0)
			continue;
		if (given)
			return fail("the argument %.40s is given twice",
			    parameter->name);
		given = true;
		v = args->named[k].value;
		*named += 1;
	}
	if (!given && parameter->a != NULL &&
	    jrun_eval(r, parameter->a, &v) != 0)
		return -1;
	if (!given && parameter->a == NULL)
		v = jrun_no_name(r, parameter->name);
	jscope_set(r, parameter->name, v);
	return 0;
}

static int
bind_macro(struct jrun *r, const struct jnode *macro, const struct jargs *args)
{
	const struct jnode *p;
	size_t n = 0, named = 0;

	/* A default sees the parameters, which are not set yet. */
	for (p = macro->list; p != NULL; p = p->next)
		jscope_set(r, p->name, jrun_no_name(r, p->name));
	for (p = macro->list; p != NULL; p = p->next, n++)
		if (set_parameter(r, p, n, args, &named) != 0)
			return -1;
	if (args->n > n)
		return fail("%zu arguments, it takes %zu", args->n, n);
	return named == args->names ? 0 :
				      fail("an argument has a name that "
					   "is not a parameter's");
}

static int
call_macro(struct jrun *r, const struct jfunction *f, const struct jargs *args,
    const struct jval *caller, struct jval *out)
{
	struct jscope *const scope = r->scope;
	int rc;

	r->scope = f->scope;
	jscope_push(r);
	jscope_set(r, "caller",
	    caller != NULL ? *caller : jval_undefined("No caller defined"));
	rc = bind_macro(r, f->macro, args);
	if (rc == 0)
		rc = jrun_capture(r, f->macro->body, out);
	r->scope = scope;
	if (rc != 0 && !r->located)
		return fail_in("%.40s", f->macro->name);
	return rc;
}

int
jcall_value(struct jrun *r, const struct jval *v, const struct jargs *args,
    const struct jval *caller, struct jval *out)
{
	const struct jfunction *f = v->u.function;
	int rc = jrun_enter(r);

	if (rc == 0 && v->kind != JFUNCTION)
		rc = jval_unfit(v, "a function");
	else if (rc == 0 && f->builtin == NULL)
		rc = call_macro(r, f, args, caller, out);
	else if (rc == 0 && caller != NULL)
		rc = fail("a call block of %s, which is no macro",
		    f->builtin->name);
	else if (rc == 0)
		rc = jbuiltin_call(r, f->builtin, &f->self, args, out);
	jrun_leave(r);
	return rc;
}
