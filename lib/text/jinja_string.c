/* SPDX-License-Identifier: MIT */
/* Methods of texts.  Positions in characters are made of those in bytes. */
#include <string.h>

#include "base/utf8.h"
#include "text/jinja_builtin.h"
#include "text/jinja_scan.h"

static const struct jtext *
self_of(const struct jcall *c)
{
	return c->self->u.text;
}

/* ---- white space and affixes */

/* Whether a character is among others, or white space if they are NULL. */
static bool
is_stripped(const char *p, size_t n, const char *chars, size_t m)
{
	size_t length;
	const uint32_t code = utf8_decode(p, n, &length);

	return chars == NULL ? jscan_is_space(code) :
			       memmem(chars, m, p, length) != NULL;
}

int
jstring_strip(struct jrun *r, const struct jtext *t,
    const struct jtext *characters, bool left, bool right, struct jval *out)
{
	const char *p = jtext_view(r->arena, t);
	const char *chars =
	    characters != NULL ? jtext_view(r->arena, characters) : NULL;
	const size_t m = characters != NULL ? characters->n : 0;
	size_t from = 0, to = t->n, length, start;

	if (jrun_step(r, t->n / 64 * (1 + m)) != 0)
		return -1;
	while (
	    left && from < to && is_stripped(p + from, to - from, chars, m)) {
		(void)utf8_decode(p + from, to - from, &length);
		from += length;
	}
	while (right && to > from) {
		start = utf8_before(p, to);
		if (!is_stripped(p + start, to - start, chars, m))
			break;
		to = start;
	}
	*out = jtext_slice(r->arena, t, from, to);
	return 0;
}

static int
strip(struct jrun *r, struct jcall *c, bool left, bool right, struct jval *out)
{
	const struct jtext *chars = NULL;

	if (jgiven(&c->arg[0]) && c->arg[0].kind != JNONE &&
	    jcall_text(c, 0, &chars) != 0)
		return -1;
	return jstring_strip(r, self_of(c), chars, left, right, out);
}

static int
strip_both(struct jrun *r, struct jcall *c, struct jval *out)
{
	return strip(r, c, true, true, out);
}

static int
strip_left(struct jrun *r, struct jcall *c, struct jval *out)
{
	return strip(r, c, true, false, out);
}

static int
strip_right(struct jrun *r, struct jcall *c, struct jval *out)
{
	return strip(r, c, false, true, out);
}

/* Whether the text has this affix. */
static bool
has_affix(struct jrun *r, const struct jtext *t, const struct jtext *affix,
    bool end)
{
	return affix->n <= t->n &&
	    memcmp(jtext_view(r->arena, t) + (end ? t->n - affix->n : 0),
		jtext_view(r->arena, affix), affix->n) == 0;
}

static int
with_affix(struct jrun *r, struct jcall *c, bool end, struct jval *out)
{
	const struct jval *v = &c->arg[0];
	const bool tuple = v->kind == JLIST && v->u.list->form == JFORM_TUPLE;
	const struct jval *one = tuple ? v->u.list->item : v;
	const size_t n = tuple ? v->u.list->n : 1;
	bool has = false;
	size_t i;

	for (i = 0; i < n && !has; i++) {
		if (one[i].kind != JTEXT)
			return jval_unfit(&one[i], "a text");
		if (jrun_step(r, self_of(c)->n / 64) != 0)
			return -1;
		has = has_affix(r, self_of(c), one[i].u.text, end);
	}
	*out = jval_bool(has);
	return 0;
}

static int
starts_with(struct jrun *r, struct jcall *c, struct jval *out)
{
	return with_affix(r, c, false, out);
}

static int
ends_with(struct jrun *r, struct jcall *c, struct jval *out)
{
	return with_affix(r, c, true, out);
}

static int
without_affix(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *t = self_of(c), *affix;
	const bool end = strcmp(c->name, "removesuffix") == 0;
	size_t n;

	if (jcall_text(c, 0, &affix) != 0)
		return -1;
	n = has_affix(r, t, affix, end) ? affix->n : 0;
	*out = jtext_slice(r->arena, t, end ? 0 : n, end ? t->n - n : t->n);
	return 0;
}

static int
cased(struct jrun *r, struct jcall *c, struct jval *out)
{
	static const char *const names[] = { "upper", "lower", "capitalize",
		"title" };
	int i = 0;

	while (strcmp(names[i], c->name) != 0)
		i++;
	return jstring_case(r, self_of(c), (enum jcase)i, out);
}

static int
replace(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *from, *to;
	int64_t most;

	if (self_of(c)->safe)
		return fail("replace: in a text that is marked as safe");
	if (jcall_text(c, 0, &from) != 0 || jcall_text(c, 1, &to) != 0 ||
	    jcall_int(c, 2, -1, &most) != 0)
		return -1;
	return jstring_replace(r, self_of(c), from, to, most, out);
}

static int
join(struct jrun *r, struct jcall *c, struct jval *out)
{
	struct jlist l;
	size_t i;

	if (self_of(c)->safe)
		return fail("join: with a text that is marked as safe");
	if (jrun_items(r, &c->arg[0], &l) != 0)
		return -1;
	for (i = 0; i < l.n; i++)
		if (l.item[i].kind != JTEXT)
			return jval_unfit(&l.item[i], "a text");
	return jrun_join_all(r, &l, self_of(c), out);
}

const struct jbuiltin *
jstring_method(const char *name)
{
	static const struct jbuiltin rows[] = {
		{ "strip", "/chars", 0, strip_both },
		{ "lstrip", "/chars", 0, strip_left },
		{ "rstrip", "/chars", 0, strip_right },
		{ "startswith", "/prefix", 1, starts_with },
		{ "endswith", "/suffix", 1, ends_with },
		{ "removeprefix", "/prefix", 1, without_affix },
		{ "removesuffix", "/suffix", 1, without_affix },
		{ "split", "sep maxsplit", 0, jstring_split },
		{ "rsplit", "sep maxsplit", 0, jstring_split },
		{ "splitlines", "keepends", 0, jstring_lines },
		{ "partition", "/sep", 1, jstring_partition },
		{ "rpartition", "/sep", 1, jstring_partition },
		{ "find", "/sub", 1, jstring_find },
		{ "rfind", "/sub", 1, jstring_find },
		{ "index", "/sub", 1, jstring_find },
		{ "rindex", "/sub", 1, jstring_find },
		{ "count", "/sub", 1, jstring_count },
		{ "isspace", "", 0, jstring_is },
		{ "isalpha", "", 0, jstring_is },
		{ "isalnum", "", 0, jstring_is },
		{ "isdigit", "", 0, jstring_is },
		{ "isdecimal", "", 0, jstring_is },
		{ "isnumeric", "", 0, jstring_is },
		{ "isupper", "", 0, jstring_is },
		{ "islower", "", 0, jstring_is },
		{ "upper", "", 0, cased },
		{ "lower", "", 0, cased },
		{ "capitalize", "", 0, cased },
		{ "title", "", 0, cased },
		{ "replace", "/old /new /count", 2, replace },
		{ "join", "/iterable", 1, join },
		{ "format", NULL, 0, jbuiltin_refuse },
		{ "format_map", NULL, 0, jbuiltin_refuse },
		{ "casefold", NULL, 0, jbuiltin_refuse },
		{ "swapcase", NULL, 0, jbuiltin_refuse },
		{ "center", NULL, 0, jbuiltin_refuse },
		{ "ljust", NULL, 0, jbuiltin_refuse },
		{ "rjust", NULL, 0, jbuiltin_refuse },
		{ "zfill", NULL, 0, jbuiltin_refuse },
		{ "encode", NULL, 0, jbuiltin_refuse },
		{ "expandtabs", NULL, 0, jbuiltin_refuse },
		{ "translate", NULL, 0, jbuiltin_refuse },
		{ "maketrans", NULL, 0, jbuiltin_refuse },
		{ "isascii", NULL, 0, jbuiltin_refuse },
		{ "isidentifier", NULL, 0, jbuiltin_refuse },
		{ "isprintable", NULL, 0, jbuiltin_refuse },
		{ "istitle", NULL, 0, jbuiltin_refuse },
	};

	return jbuiltin_find(rows, sizeof rows / sizeof rows[0], name);
}
