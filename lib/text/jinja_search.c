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
	const char *p = jtext_view(r->arena, t), *q, *at, *next;
	const bool last = c->name[0] == 'r';

	if (jcall_text(c, 0, &what) != 0 || jrun_step(r, t->n / 16) != 0)
		return -1;
	q = jtext_view(r->arena, what);
	at = next = memmem(p, t->n, q, what->n);
	if (last && what->n == 0)
		at = next = p + t->n;
	while (last && next != NULL && what->n > 0) {
		at = next++;
		next = memmem(next, t->n - (size_t)(next - p), q, what->n);
	}
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

/* isupper and islower: some character has a case, and none the other one. */
static bool
has_one_case(const char *p, size_t n, bool upper)
{
	bool uppers = false, lowers = false;
	size_t at, length;
	uint32_t code;

	for (at = 0; at < n; at += length) {
		code = utf8_decode(p + at, n - at, &length);
		uppers |= normalize_lower(code) != code;
		lowers |= normalize_upper(code) != code;
	}
	return upper ? uppers && !lowers : lowers && !uppers;
}

/* Whether all characters are of a kind, and there is one. */
static bool
are_all(const char *p, size_t n, const char *kind)
{
	size_t at, length;
	uint32_t code;
	bool is = n > 0;

	for (at = 0; at < n && is; at += length) {
		code = utf8_decode(p + at, n - at, &length);
		if (strcmp(kind, "space") == 0)
			is = jscan_is_space(code);
		else if (strcmp(kind, "alpha") == 0)
			is = normalize_is_letter(code);
		else
			is = normalize_is_digit(code) ||
			    (strcmp(kind, "alnum") == 0 &&
				normalize_is_letter(code));
	}
	return is;
}

int
jstring_is(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *t = c->self->u.text;
	const char *p = jtext_view(r->arena, t), *kind = c->name + 2;
	const bool upper = strcmp(kind, "upper") == 0;

	*out = jval_bool(upper || strcmp(kind, "lower") == 0 ?
		has_one_case(p, t->n, upper) :
		are_all(p, t->n, kind));
	return jrun_step(r, t->n / 8);
}
