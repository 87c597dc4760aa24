/* SPDX-License-Identifier: MIT */
/* text % values: %s, %r, %d, %i, %f, %e, %g and %%, and a precision. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/jinja_run.h"

struct format {
	const struct jtext *text;
	const char *p;
	const struct jval *value;
	size_t n, used;
};

static int
put_number(struct jbuild *b, const char *spec, const struct jval *v)
{
	char conversion = spec[strlen(spec) - 1], text[512], made[32];
	int64_t i;

	if (!jval_is_number(v))
		return jval_unfit(v, "a number");
	if (strchr("di", conversion) != NULL) {
		if (!jval_integer(v, &i)) {
			if (!(fabs(jval_number(v)) < 9e18))
				return fail("a number that is too large");
			i = (int64_t)jval_number(v);
		}
		(void)snprintf(made, sizeof made, "%.*s" PRId64,
		    (int)strlen(spec) - 1, spec);
		(void)snprintf(text, sizeof text, made, i);
	} else {
		(void)snprintf(text, sizeof text, spec, jval_number(v));
	}
	jbuild_copy(b, text, strlen(text), v->origin);
	return 0;
}

/* repr: the text of a list of one, without its brackets. */
static int
put_quoted(struct jrun *r, struct jbuild *b, const struct jval *v)
{
	struct jbuild quoted = { .arena = r->arena };
	struct jval list = jval_list(r->arena, JFORM_LIST, 1);

	list.u.list->item[0] = *v;
	if (jval_print(&quoted, &list) != 0 || jbuild_end(&quoted, &list) != 0)
		return -1;
	jbuild_slice(b, list.u.text, 1, list.u.text->n - 1);
	return 0;
}

/* One conversion at p after its '%': its length, or 0 on failure. */
static size_t
convert(struct jrun *r, struct jbuild *b, struct format *f, const char *p)
{
	const size_t n = strspn(p, ".0123456789") + 1;
	const struct jval *v;
	char spec[16];

	if (p[n - 1] == '\0' || strchr("srdifeg", p[n - 1]) == NULL || n > 8 ||
	    (n > 1 && p[0] != '.') ||
	    (n > 1 && strchr("sr", p[n - 1]) != NULL) ||
	    (n > 1 && strtol(p + 1, NULL, 10) > 100)) {
		(void)fail("%%%.8s in a format is not known", p);
		return 0;
	}
	if (f->used == f->n) {
		(void)fail("a format has more conversions than values");
		return 0;
	}
	v = &f->value[f->used++];
	(void)snprintf(spec, sizeof spec, "%%%.*s", (int)n, p);
	if (p[n - 1] == 's')
		return jval_print(b, v) == 0 ? n : 0;
	if (p[n - 1] != 'r')
		return put_number(b, spec, v) == 0 ? n : 0;
	return put_quoted(r, b, v) == 0 ? n : 0;
}

int
jrun_format(struct jrun *r, const struct jtext *t, const struct jval *values,
    struct jval *out)
{
	const bool tuple =
	    values->kind == JLIST && values->u.list->form == JFORM_TUPLE;
	struct format f = { t, jtext_bytes(r->arena, t),
		tuple ? values->u.list->item : values,
		tuple ? values->u.list->n : 1, 0 };
	struct jbuild b = { .arena = r->arena };
	const char *at = f.p, *sign;
	size_t n;

	if (t->safe || strlen(f.p) != t->n)
		return fail("a format that is marked as safe, or with a NUL");
	while ((sign = strchr(at, '%')) != NULL) {
		jbuild_slice(&b, t, (size_t)(at - f.p), (size_t)(sign - f.p));
		n = 1;
		if (sign[1] == '%')
			jbuild_slice(&b, t, (size_t)(sign - f.p),
			    (size_t)(sign + 1 - f.p));
		else if ((n = convert(r, &b, &f, sign + 1)) == 0)
			return -1;
		if (jrun_step(r, 1) != 0)
			return -1;
		at = sign + 1 + n;
	}
	jbuild_slice(&b, t, (size_t)(at - f.p), t->n);
	if (f.used < f.n && !(values->kind == JMAP))
		return fail("a format has fewer conversions than values");
	return jbuild_end(&b, out);
}
