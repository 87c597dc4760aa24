/* SPDX-License-Identifier: MIT */
/* Functions that every template can call. */
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "text/jinja_builtin.h"

enum { RANGE_MAX = 100000 }; /* as in Jinja's sandbox */

static int
range(struct jrun *r, struct jcall *c, struct jval *out)
{
	int64_t from, to, step, n;
	size_t i;

	if (jcall_int(c, 0, 0, &from) != 0 || jcall_int(c, 1, 0, &to) != 0 ||
	    jcall_int(c, 2, 1, &step) != 0)
		return -1;
	if (!jgiven(&c->arg[1])) {
		to = from;
		from = 0;
	}
	if (step == 0)
		return fail("range: a step of 0");
	if (from < -INT32_MAX || from > INT32_MAX || to < -INT32_MAX ||
	    to > INT32_MAX || step < -INT32_MAX || step > INT32_MAX)
		return fail("range: a bound of more than 31 bits");
	n = step > 0 ? (to - from + step - 1) / step :
		       (from - to - step - 1) / -step;
	n = n > 0 ? n : 0;
	if (n > RANGE_MAX)
		return fail("range: more than %d numbers", RANGE_MAX);
	if (jrun_step(r, (size_t)n / 8) != 0)
		return -1;
	*out = jval_list(r->arena, JFORM_RANGE, (size_t)n);
	for (i = 0; i < (size_t)n; i++, from += step)
		out->u.list->item[i] = jval_int(from);
	return 0;
}

/* A new map of another one, or none, and the named arguments. */
static int
fill_map(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jargs *args = c->args;
	const struct jmap *first;
	size_t i;

	*out = jval_map(r->arena, args->names);
	if (args->n > 1 || (args->n == 1 && args->value[0].kind != JMAP))
		return fail("%s: expected a map and named values", c->name);
	if (args->n == 1) {
		first = args->value[0].u.map;
		if (jrun_step(r, first->n) != 0)
			return -1;
		for (i = 0; i < first->n; i++)
			jmap_add(r->arena, out->u.map, first->pair[i].key,
			    first->pair[i].value);
	}
	for (i = 0; i < args->names; i++) {
		if (jrun_step(r, out->u.map->n) != 0)
			return -1;
		jmap_set(r->arena, out->u.map,
		    jval_chars(r->arena, args->named[i].name),
		    args->named[i].value);
	}
	return 0;
}

static int namespace(struct jrun *r, struct jcall *c, struct jval *out)
{
	if (fill_map(r, c, out) != 0)
		return -1;
	out->kind = JNAMESPACE;
	return 0;
}

static int
raise_exception(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *words;

	(void)out;
	if (jval_as_text(r->arena, &c->arg[0], &words) != 0)
		return -1;
	r->located = true; /* the words say what is wrong */
	return fail("the template refuses this: %s",
	    jtext_bytes(r->arena, words));
}

/*
 * A format without %z and %Z, which a datetime without a zone has as nothing;
 * NULL: it asks for parts of a second.
 */
static char *
without_zone(struct jarena *a, const char *form, size_t n)
{
	char *plain = jarena_alloc(a, n + 1), *to = plain;

	for (; *form != '\0'; form++) {
		if (*form != '%' || form[1] == '\0') {
			*to++ = *form;
			continue;
		}
		form++;
		if (*form == 'f')
			return NULL;
		if (*form == 'z' || *form == 'Z')
			continue;
		*to++ = '%';
		*to++ = *form;
	}
	return plain;
}

/* The time in UTC, so that the same input gives the same output anywhere. */
static int
strftime_now(struct jrun *r, struct jcall *c, struct jval *out)
{
	enum { MOST = 1024 };
	struct jbuild b = { .arena = r->arena };
	const struct jtext *t;
	const time_t now = (time_t)r->now;
	const char *form;
	struct tm tm;
	char text[MOST];
	size_t n;

	if (jcall_text(c, 0, &t) != 0)
		return -1;
	if (gmtime_r(&now, &tm) == NULL)
		return fail("%s: no such time", c->name);
	form = jtext_bytes(r->arena, t);
	if (strlen(form) != t->n ||
	    (form = without_zone(r->arena, form, t->n)) == NULL)
		return fail("%s: a NUL or %%f in a format is not known",
		    c->name);
	n = strftime(text, sizeof text, form, &tm);
	if ((n == 0 && *form != '\0') || !utf8_valid(text, n))
		return fail("%s: bad format", c->name);
	jbuild_copy(&b, text, n, 0);
	return jbuild_end(&b, out);
}

static const struct jbuiltin globals[] = {
	{ "range", "/start /stop /step", 1, range },
	{ "dict", NULL, 0, fill_map },
	{ "namespace", NULL, 0, namespace },
	{ "raise_exception", "message", 1, raise_exception },
	{ "strftime_now", "format", 1, strftime_now },
};

int
jglobal_find(struct jrun *r, const char *name, struct jval *out)
{
	/* Jinja has these, so they are not undefined. */
	static const char *const others[] = { "lipsum", "cycler", "joiner",
		"self", "super", "varargs", "kwargs" };
	const struct jbuiltin *b =
	    jbuiltin_find(globals, sizeof globals / sizeof globals[0], name);
	size_t i;

	if (b != NULL) {
		*out = jfunction_new(r, b, NULL);
		return 1;
	}
	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(others[i], name) == 0)
			return fail("%s is not known here", name);
	return 0;
}
