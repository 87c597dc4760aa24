/* SPDX-License-Identifier: MIT */
#include "text/jinja_print.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/normalize.h"

static void
put(struct jbuild *b, const char *s, uint32_t origin)
{
	jbuild_copy(b, s, strlen(s), origin);
}

/*
 * The fewest digits that bring the number back; in exponent form below 1e-4
 * and from 1e16.
 */
void
jval_real_text(double x, char *out)
{
	char digits[40];
	int precision, exponent, n;

	if (!isfinite(x)) {
		(void)snprintf(out, 64, "%s",
		    isnan(x)  ? "nan" :
			x > 0 ? "inf" :
				"-inf");
		return;
	}
	for (precision = 0; precision < 17; precision++) {
		(void)snprintf(digits, sizeof digits, "%.*e", precision, x);
		if (strtod(digits, NULL) == x)
			break;
	}
	exponent = (int)strtol(strchr(digits, 'e') + 1, NULL, 10);
	if (exponent < -4 || exponent >= 16) {
		(void)snprintf(out, 64, "%s", digits);
		return;
	}
	n = precision - exponent;
	(void)snprintf(out, 64, "%.*f", n > 1 ? n : 1, x);
}

/* ---- repr */

static char
quote_of(const char *p, size_t n)
{
	return memchr(p, '\'', n) != NULL && memchr(p, '"', n) == NULL ? '"' :
									 '\'';
}

/* The escape of a character in repr, or "" if it stands for itself. */
static void
escape(uint32_t c, char quote, char out[12])
{
	static const char special[] = "\\\n\r\t", letters[] = "\\nrt";
	const char *at = c < 128 && c > 0 ? strchr(special, (int)c) : NULL;

	*out = '\0';
	if (at != NULL || c == (uint32_t)quote)
		(void)snprintf(out, 12, "\\%c",
		    at != NULL ? letters[at - special] : quote);
	else if (!normalize_is_printable(c))
		(void)snprintf(out, 12,
		    c < 0x100       ? "\\x%02" PRIx32 :
			c < 0x10000 ? "\\u%04" PRIx32 :
				      "\\U%08" PRIx32,
		    c);
}

static void
put_quoted(struct jbuild *b, const struct jtext *t)
{
	const char *p = jtext_view(b->arena, t);
	char quote[2] = { quote_of(p, t->n), '\0' }, out[12];
	struct jwalk w = { .text = t };

	if (t->safe)
		put(b, "Markup(", 0);
	put(b, quote, jtext_origin(t, 0));
	while (jwalk_next(&w)) {
		escape(w.code, *quote, out);
		if (*out == '\0')
			jbuild_part(b, w.piece);
		else
			put(b, out, w.piece.origin);
	}
	put(b, quote, jtext_origin(t, t->n));
	if (t->safe)
		put(b, ")", 0);
}

static int put_repr(struct jbuild *, const struct jval *);

static int
put_list(struct jbuild *b, const struct jval *v)
{
	const struct jlist *l = v->u.list;
	bool round = l->form == JFORM_TUPLE;
	size_t i;

	if (l->form > JFORM_TUPLE)
		return fail("%s has no text", jval_kind_name(v));
	put(b, round ? "(" : "[", v->origin);
	for (i = 0; i < l->n; i++) {
		if (i > 0)
			put(b, ", ", v->origin);
		if (put_repr(b, &l->item[i]) != 0)
			return -1;
	}
	put(b, !round ? "]" : l->n == 1 ? ",)" : ")", v->origin);
	return 0;
}

static int
put_map(struct jbuild *b, const struct jval *v)
{
	const struct jmap *m = v->u.map;
	size_t i;

	put(b, "{", v->origin);
	for (i = 0; i < m->n; i++) {
		if (i > 0)
			put(b, ", ", v->origin);
		if (put_repr(b, &m->pair[i].key) != 0)
			return -1;
		put(b, ": ", v->origin);
		if (put_repr(b, &m->pair[i].value) != 0)
			return -1;
	}
	put(b, "}", v->origin);
	return 0;
}

static int
put_repr(struct jbuild *b, const struct jval *v)
{
	if (jarena_over(b->arena) || b->long_)
		return fail("too much text");
	if (v->kind == JTEXT) {
		put_quoted(b, v->u.text);
		return 0;
	}
	if (v->kind == JUNDEFINED) {
		put(b, "Undefined", 0);
		return 0;
	}
	return jval_print(b, v);
}

int
jval_print(struct jbuild *b, const struct jval *v)
{
	char text[64];

	switch (v->kind) {
	case JUNDEFINED:
		return 0;
	case JNONE:
		put(b, "None", v->origin);
		return 0;
	case JBOOL:
		put(b, v->u.truth ? "True" : "False", v->origin);
		return 0;
	case JINT:
		(void)snprintf(text, sizeof text, "%" PRId64, v->u.i);
		put(b, text, v->origin);
		return 0;
	case JREAL:
		jval_real_text(v->u.x, text);
		put(b, text, v->origin);
		return 0;
	case JTEXT:
		jbuild_text(b, v->u.text);
		return 0;
	case JLIST:
		return put_list(b, v);
	case JMAP:
		return put_map(b, v);
	default:
		return fail("%s has no text", jval_kind_name(v));
	}
}

int
jval_as_text(struct jarena *a, const struct jval *v, const struct jtext **out)
{
	struct jbuild b = { .arena = a };
	struct jval made = *v;

	if (v->kind != JTEXT &&
	    (jval_print(&b, v) != 0 || jbuild_end(&b, &made) != 0))
		return -1;
	*out = made.u.text;
	return 0;
}
