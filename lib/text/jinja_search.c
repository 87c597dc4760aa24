/* SPDX-License-Identifier: MIT */
/* Methods that search in texts, or say what their characters are. */
#include <string.h>

#include "base/utf8.h"
#include "text/jinja_builtin.h"
#include "text/jinja_scan.h"
#include "text/normalize.h"

/* ---- searching */

int
jstring_find(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *t = c->self->u.text, *what;
	const char *p = jtext_view(r->arena, t), *q, *at;
	const bool last = c->name[0] == 'r';

	if (jcall_text(c, 0, &what) != 0 || jrun_step(r, t->n / 16) != 0)
		return -1;
	q = jtext_view(r->arena, what);
	at = memmem(p, t->n, q, what->n);
	if (last && jstring_last(r, p, t->n, q, what->n, &at) != 0)
		return -1;
	if (at == NULL && strstr(c->name, "index") != NULL)
		return fail("%s: not found", c->name);
	*out = jval_int(
	    at == NULL ? -1 : (int64_t)jtext_count(p, (size_t)(at - p)));
	return 0;
}

int
jstring_count(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *t = c->self->u.text, *what;
	const char *p = jtext_view(r->arena, t), *q, *end = p + t->n;
	int64_t n = 0;

	if (jcall_text(c, 0, &what) != 0 || jrun_step(r, t->n / 16) != 0)
		return -1;
	if (what->n == 0) {
		*out = jval_int((int64_t)jtext_count(p, t->n) + 1);
		return 0;
	}
	q = jtext_view(r->arena, what);
	while ((p = memmem(p, (size_t)(end - p), q, what->n)) != NULL) {
		n++;
		p += what->n;
	}
	*out = jval_int(n);
	return 0;
}

/* ---- properties */

/* isupper and islower: some character has this case, and none another one. */
static bool
has_one_case(const char *p, size_t n, bool upper)
{
	bool has = false, other = false, is;
	size_t at, length;
	uint32_t code;

	for (at = 0; at < n; at += length) {
		code = utf8_decode(p + at, n - at, &length);
		is = normalize_has_case(code, upper);
		has |= is;
		other |= !is && normalize_is_cased(code);
	}
	return has && !other;
}

/* Whether a character is of a kind: 1, 0; -1: Unicode's data is not here. */
static int
is_of(uint32_t code, const char *kind)
{
	enum { IDEOGRAPHS = 0x2e80 };
	const bool letter = normalize_is_letter(code);
	const bool decimal = normalize_is_digit(code);
	const bool number = normalize_is_number(code);

	if (strcmp(kind, "space") == 0)
		return jscan_is_space(code);
	if (strcmp(kind, "alpha") == 0)
		return letter;
	if (strcmp(kind, "alnum") == 0)
		return letter || number;
	if (strcmp(kind, "decimal") == 0)
		return decimal;
	if (strcmp(kind, "digit") == 0 ? number && !decimal :
					 letter && code >= IDEOGRAPHS)
		return fail("whether a character has a number is not known");
	return strcmp(kind, "digit") == 0 ? decimal : number;
}

int
jstring_is(struct jrun *r, struct jcall *c, struct jval *out)
{
	const char *kind = c->name + 2;
	const bool upper = strcmp(kind, "upper") == 0;
	struct jwalk w = { .text = c->self->u.text };
	int is = w.text->n > 0;

	if (jrun_step(r, w.text->n / 8) != 0)
		return -1;
	if (upper || strcmp(kind, "lower") == 0)
		is = has_one_case(jtext_view(r->arena, w.text), w.text->n,
		    upper);
	else
		while (is > 0 && jwalk_next(&w))
			is = is_of(w.code, kind);
	*out = jval_bool(is > 0);
	return is < 0 ? -1 : 0;
}
