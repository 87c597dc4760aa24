/* SPDX-License-Identifier: MIT */
/* Filters of one value.  Those of lists are in jinja_sequence.c. */
#include <string.h>

#include "text/jinja_builtin.h"
#include "text/normalize.h"

/* The filtered value as a text. */
static int
text_of(struct jrun *r, const struct jcall *c, const struct jtext **t)
{
	return jval_as_text(r->arena, c->self, t);
}

static int
trim(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *t, *chars = NULL;

	if (text_of(r, c, &t) != 0 ||
	    (jgiven(&c->arg[0]) && c->arg[0].kind != JNONE &&
		jcall_text(c, 0, &chars) != 0))
		return -1;
	return jstring_strip(r, t, chars, true, true, out);
}

static int
change_case(struct jrun *r, struct jcall *c, struct jval *out)
{
	const enum jcase how = c->name[0] == 'u' ? JCASE_UPPER :
	    c->name[0] == 'l'                    ? JCASE_LOWER :
						   JCASE_CAPITALIZE;
	const struct jtext *t;

	return text_of(r, c, &t) != 0 ? -1 : jstring_case(r, t, how, out);
}

/* The filter's words end at blanks, dashes and opening brackets. */
static int
title(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *t;

	return text_of(r, c, &t) != 0 ? -1 :
					jstring_case(r, t, JCASE_WORDS, out);
}

static int
replace(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *t, *from, *to;
	int64_t most = -1;

	if (text_of(r, c, &t) != 0 ||
	    jval_as_text(r->arena, &c->arg[0], &from) != 0 ||
	    jval_as_text(r->arena, &c->arg[1], &to) != 0 ||
	    (c->arg[2].kind != JNONE && jcall_int(c, 2, -1, &most) != 0))
		return -1;
	return jstring_replace(r, t, from, to, most, out);
}

static int
otherwise(struct jrun *r, struct jcall *c, struct jval *out)
{
	const bool empty = jcall_truth(c, 1, false);

	*out = *c->self;
	if (out->kind == JUNDEFINED || (empty && !jval_truth(out)))
		*out =
		    jgiven(&c->arg[0]) ? c->arg[0] : jval_chars(r->arena, "");
	return 0;
}

static int
length(struct jrun *r, struct jcall *c, struct jval *out)
{
	size_t n;

	if (jrun_length(r, c->self, &n) != 0)
		return -1;
	*out = jval_int((int64_t)n);
	return 0;
}

static int
to_string(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *t;

	if (text_of(r, c, &t) != 0)
		return -1;
	*out = jval_text(t);
	return 0;
}

/* The lines of a text, which need not end with a newline. */
static int
lines_of(struct jrun *r, const struct jtext *t, struct jval *out)
{
	const struct jval end = jval_chars(r->arena, "\n"), self = jval_text(t);
	const struct jargs none = { 0 };
	struct jval whole;

	if (jrun_math(r, '+', &self, &end, &whole) != 0)
		return -1;
	return jbuiltin_call(r, jstring_method("splitlines"), &whole, &none,
	    out);
}

static int
indent(struct jrun *r, struct jcall *c, struct jval *out)
{
	enum { MOST = 1000 };
	const bool first = jcall_truth(c, 1, false),
		   blank = jcall_truth(c, 2, false);
	const struct jval space = jval_chars(r->arena, " ");
	struct jbuild b = { .arena = r->arena };
	struct jval margin = c->arg[0], width, lines;
	const struct jtext *t, *line;
	int64_t n;
	size_t i;

	if (c->self->kind != JTEXT)
		return jval_unfit(c->self, "a text");
	t = c->self->u.text;
	b.safe = t->safe;
	if (margin.kind != JTEXT) {
		if (jcall_int(c, 0, 4, &n) != 0 || n > MOST)
			return fail("indent: expected up to %d blanks, or a "
				    "text",
			    MOST);
		width = jval_int(n);
		if (jrun_math(r, '*', &space, &width, &margin) != 0)
			return -1;
	}
	if (lines_of(r, t, &lines) != 0)
		return -1;
	for (i = 0; i < lines.u.list->n; i++) {
		line = lines.u.list->item[i].u.text;
		if (i > 0)
			jbuild_add(&b, "\n", 1, jtext_origin(t, 0));
		if (i == 0 ? first : blank || line->n > 0)
			jbuild_text(&b, margin.u.text);
		jbuild_text(&b, line);
		if (jrun_step(r, 1) != 0)
			return -1;
	}
	return jbuild_end(&b, out);
}

/* Words are runs of letters, numbers and _. */
static int
word_count(struct jrun *r, struct jcall *c, struct jval *out)
{
	struct jwalk w = { 0 };
	bool before = false, is;
	int64_t n = 0;

	if (text_of(r, c, &w.text) != 0 || jrun_step(r, w.text->n / 8) != 0)
		return -1;
	for (; jwalk_next(&w); before = is) {
		is = w.code == '_' || normalize_is_letter(w.code) ||
		    normalize_is_number(w.code);
		n += is && !before;
	}
	*out = jval_int(n);
	return 0;
}

static int
safe(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *t;
	struct jtext *copy;

	if (text_of(r, c, &t) != 0)
		return -1;
	copy =
	    jarena_alloc(r->arena, sizeof *copy + t->parts * sizeof t->part[0]);
	memcpy(copy, t, sizeof *t + t->parts * sizeof t->part[0]);
	copy->safe = true;
	*out = jval_text(copy);
	return 0;
}

static int
to_json(struct jrun *r, struct jcall *c, struct jval *out)
{
	static const char blanks[] = "                ";
	struct jjson how = { ", ", ": ", NULL,
		.ascii = jcall_truth(c, 0, false),
		.sorted = jcall_truth(c, 3, false) };
	const struct jval *const step = &c->arg[1], *const sep = &c->arg[2];
	struct jbuild b = { .arena = r->arena };
	int64_t n = 0;

	if (step->kind == JTEXT) {
		how.indent = jtext_bytes(r->arena, step->u.text);
	} else if (jgiven(step) && step->kind != JNONE) {
		if (jcall_int(c, 1, 0, &n) != 0)
			return -1;
		if (n > 16)
			return fail("tojson: an indent of more than 16");
		how.indent = blanks + 16 - (n > 0 ? n : 0);
	}
	if (how.indent != NULL)
		how.comma = ",";
	if (jgiven(sep) && sep->kind != JNONE) {
		if (sep->kind != JLIST || sep->u.list->n != 2 ||
		    sep->u.list->item[0].kind != JTEXT ||
		    sep->u.list->item[1].kind != JTEXT)
			return fail("tojson: separators are two texts");
		how.comma = jtext_bytes(r->arena, sep->u.list->item[0].u.text);
		how.colon = jtext_bytes(r->arena, sep->u.list->item[1].u.text);
	}
	if (jrun_step(r, jval_size(c->self)) != 0 ||
	    jval_put_json(&b, c->self, &how) != 0)
		return -1;
	return jbuild_end(&b, out);
}

static int
format(struct jrun *r, struct jcall *c, struct jval *out)
{
	struct jval values = jval_list(r->arena, JFORM_TUPLE, c->args->n);
	const struct jtext *t;
	size_t i;

	if (c->args->names > 0)
		return fail("format: named values are not known");
	for (i = 0; i < c->args->n; i++)
		values.u.list->item[i] = c->args->value[i];
	return text_of(r, c, &t) != 0 ? -1 : jrun_format(r, t, &values, out);
}

static const struct jbuiltin filters[] = {
	{ "trim", "chars", 0, trim },
	{ "upper", "", 0, change_case },
	{ "lower", "", 0, change_case },
	{ "capitalize", "", 0, change_case },
	{ "title", "", 0, title },
	{ "replace", "old new count", 2, replace },
	{ "default", "default_value boolean", 0, otherwise },
	{ "d", "default_value boolean", 0, otherwise },
	{ "length", "", 0, length },
	{ "count", "", 0, length },
	{ "string", "", 0, to_string },
	{ "int", "default base", 0, jnumber_convert },
	{ "float", "default", 0, jnumber_convert },
	{ "abs", "", 0, jnumber_abs },
	{ "round", "precision method", 0, jnumber_round },
	{ "indent", "width first blank", 0, indent },
	{ "wordcount", "", 0, word_count },
	{ "safe", "", 0, safe },
	{ "tojson", "ensure_ascii indent separators sort_keys", 0, to_json },
	{ "format", NULL, 0, format },
};

int
jfilter_call(struct jrun *r, const char *name, const struct jval *v,
    const struct jargs *args, struct jval *out)
{
	const struct jbuiltin *b =
	    jbuiltin_find(filters, sizeof filters / sizeof filters[0], name);

	if (b == NULL)
		b = jsequence_filter(name);
	if (b == NULL)
		return fail("the filter %.40s is not known", name);
	return jbuiltin_call(r, b, v, args, out);
}
