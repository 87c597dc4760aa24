/* SPDX-License-Identifier: MIT */
/* Statements. */
#include <string.h>

#include "text/jinja_builtin.h"

static int assign_tuple(struct jrun *, const struct jnode *,
    const struct jval *);

static int
assign(struct jrun *r, const struct jnode *to, const struct jval *value)
{
	const struct jval *space;

	if (to->op == JOP_NAME) {
		jscope_set(r, to->name, *value);
		return 0;
	}
	if (to->op == JOP_TUPLE)
		return assign_tuple(r, to, value);
	space = jscope_find(r, to->a->name);
	if (space == NULL || space->kind != JNAMESPACE)
		return fail("%.40s is no namespace", to->a->name);
	if (jrun_step(r, space->u.map->n) != 0)
		return -1;
	jmap_set(r->arena, space->u.map, jval_chars(r->arena, to->name),
	    *value);
	return 0;
}

static int
assign_tuple(struct jrun *r, const struct jnode *to, const struct jval *value)
{
	struct jlist l;
	const struct jnode *one;
	size_t n = 0, i = 0;

	for (one = to->list; one != NULL; one = one->next)
		n++;
	if (jrun_items(r, value, &l) != 0)
		return -1;
	if (l.n != n)
		return fail("%zu values for %zu names", l.n, n);
	for (one = to->list; one != NULL; one = one->next)
		if (assign(r, one, &l.item[i++]) != 0)
			return -1;
	return 0;
}

/* ---- loops */

/* The items that the condition of a loop keeps. */
static int
keep_items(struct jrun *r, const struct jnode *n, struct jlist *l)
{
	struct jscope *const scope = r->scope;
	struct jval kept = jval_list(r->arena, JFORM_LIST, l->n), holds;
	size_t i, k = 0;

	for (i = 0; i < l->n; i++) {
		r->scope = scope;
		jscope_push(r);
		if (assign(r, n->a, &l->item[i]) != 0 ||
		    jrun_eval(r, n->c, &holds) != 0)
			return -1;
		if (jval_truth(&holds))
			kept.u.list->item[k++] = l->item[i];
	}
	r->scope = scope;
	l->item = kept.u.list->item;
	l->n = k;
	return 0;
}

static int
exec_for(struct jrun *r, const struct jnode *n)
{
	struct jscope *const scope = r->scope;
	struct jloop *loop = jarena_alloc(r->arena, sizeof *loop);
	const struct jval value = { .kind = JLOOP, .u.loop = loop };
	struct jval of;
	struct jlist l;
	bool finished = false;
	int rc = 0;

	if (jrun_eval(r, n->b, &of) != 0 || jrun_items(r, &of, &l) != 0 ||
	    (n->c != NULL && keep_items(r, n, &l) != 0))
		return -1;
	loop->item = l.item;
	loop->n = l.n;
	for (; rc >= 0 && rc != JRUN_BREAK && loop->index < l.n;
	     loop->index++) {
		jscope_push(r);
		jscope_set(r, "loop", value);
		rc = assign(r, n->a, &l.item[loop->index]);
		if (rc == 0)
			rc = jrun_exec(r, n->body);
		finished |= rc == 0;
		r->scope = scope;
	}
	/* As in Jinja: a break or continue in each round has the else, too. */
	if (rc >= 0 && !finished) {
		jscope_push(r);
		rc = jrun_exec(r, n->other);
		r->scope = scope;
		return rc;
	}
	return rc < 0 ? -1 : 0;
}

static int
exec_if(struct jrun *r, const struct jnode *n)
{
	const struct jnode *branch;
	struct jval test;

	for (branch = n->list; branch != NULL; branch = branch->next) {
		if (branch->a != NULL) {
			if (jrun_eval(r, branch->a, &test) != 0)
				return -1;
			if (!jval_truth(&test))
				continue;
		}
		return jrun_exec(r, branch->body);
	}
	return 0;
}

/* ---- blocks whose text is kept */

/* A body in a scope of its own: its text, or a jump. */
int
jrun_capture(struct jrun *r, const struct jnode *body, struct jval *out)
{
	struct jbuild *const before = r->out;
	struct jbuild text = { .arena = r->arena };
	struct jscope *const scope = r->scope;
	int rc;

	r->out = &text;
	jscope_push(r);
	rc = jrun_exec(r, body);
	r->scope = scope;
	r->out = before;
	return rc != 0 ? rc : jbuild_end(&text, out);
}

/* Filters from the innermost, which has no operand, to the outermost. */
static int
apply_filters(struct jrun *r, const struct jnode *f, struct jval *v)
{
	struct jargs args;
	struct jval of = *v;

	if (f->a != NULL && apply_filters(r, f->a, &of) != 0)
		return -1;
	if (jargs_read(r, f->list, &args) != 0)
		return -1;
	return jfilter_call(r, f->name, &of, &args, v);
}

static int
exec_block(struct jrun *r, const struct jnode *n)
{
	const struct jnode *filters = n->op == JOP_SET_BLOCK ? n->b : n->a;
	struct jval text;
	int rc = jrun_capture(r, n->body, &text);

	if (rc != 0)
		return rc;
	if (filters != NULL && apply_filters(r, filters, &text) != 0)
		return -1;
	return n->op == JOP_SET_BLOCK ? assign(r, n->a, &text) :
					jval_print(r->out, &text);
}

static int
exec_generation(struct jrun *r, const struct jnode *n)
{
	const bool before = r->out->learnt;
	struct jval text;

	if (jrun_capture(r, n->body, &text) != 0)
		return -1;
	r->out->learnt = true;
	jbuild_text(r->out, text.u.text);
	r->out->learnt = before;
	return 0;
}

static int
exec_with(struct jrun *r, const struct jnode *n)
{
	struct jscope *const outer = r->scope;
	struct jscope *inner;
	const struct jnode *target;
	struct jval value;
	int rc = 0;

	jscope_push(r);
	inner = r->scope;
	for (target = n->list; rc == 0 && target != NULL;
	     target = target->next->next) {
		r->scope = outer; /* values do not see the new names */
		rc = jrun_eval(r, target->next, &value);
		r->scope = inner;
		if (rc == 0)
			rc = assign(r, target, &value);
	}
	if (rc == 0)
		rc = jrun_exec(r, n->body);
	r->scope = outer;
	return rc;
}

static struct jval
macro_of(struct jrun *r, const struct jnode *n)
{
	struct jfunction *f = jarena_alloc(r->arena, sizeof *f);

	f->macro = n;
	f->scope = r->scope;
	return (struct jval){ .kind = JFUNCTION, .u.function = f };
}

static int
exec_call_block(struct jrun *r, const struct jnode *n)
{
	const struct jval caller = macro_of(r, n);
	struct jargs args;
	struct jval of, out;

	if (jrun_eval(r, n->a->a, &of) != 0 ||
	    jargs_read(r, n->a->list, &args) != 0 ||
	    jcall_value(r, &of, &args, &caller, &out) != 0)
		return -1;
	return jval_print(r->out, &out);
}

static int
exec_one(struct jrun *r, const struct jnode *n)
{
	struct jval v;

	switch (n->op) {
	case JOP_DATA:
		jbuild_text(r->out, n->value.u.text);
		return 0;
	case JOP_PRINT:
		return jrun_eval(r, n->a, &v) != 0 ? -1 :
						     jval_print(r->out, &v);
	case JOP_FOR:
		return exec_for(r, n);
	case JOP_IF:
		return exec_if(r, n);
	case JOP_SET:
		return jrun_eval(r, n->b, &v) != 0 ? -1 : assign(r, n->a, &v);
	case JOP_SET_BLOCK:
	case JOP_FILTER_BLOCK:
		return exec_block(r, n);
	case JOP_MACRO:
		jscope_set(r, n->name, macro_of(r, n));
		return 0;
	case JOP_CALL_BLOCK:
		return exec_call_block(r, n);
	case JOP_WITH:
		return exec_with(r, n);
	case JOP_GENERATION:
		return exec_generation(r, n);
	case JOP_BREAK:
		return JRUN_BREAK;
	default:
		return JRUN_CONTINUE;
	}
}

int
jrun_exec(struct jrun *r, const struct jnode *body)
{
	const struct jnode *n;
	int rc = jrun_enter(r);

	for (n = body; rc == 0 && n != NULL; n = n->next) {
		rc = jrun_step(r, 0);
		if (rc == 0)
			rc = exec_one(r, n);
		if (rc < 0 && !r->located) {
			r->located = true;
			rc = fail_in("line %u", n->line);
		}
	}
	jrun_leave(r);
	return rc;
}
