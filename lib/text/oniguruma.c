/* SPDX-License-Identifier: MIT */
/* Groups, their options, and intervals. */
#include "text/oniguruma.h"

#include <string.h>

#include "text/oniguruma_parts.h"

/* The ( of a group, with its options: there `m` is what PCRE calls `s`. */
static int
open_group(struct oniguruma *t)
{
	size_t n = 0, i;

	if (t->groups == ONIGURUMA_GROUPS)
		return fail("expression: nested deeper than %d",
		    ONIGURUMA_GROUPS);
	t->group[t->groups++] = t->out->n;
	buf_addc(t->out, *t->p++);
	if (oniguruma_left(t) == 0 || *t->p != '?')
		return 0;
	n = 1 + strspn(t->p + 1, "imx-");
	if (t->p[n] != ':' && t->p[n] != ')')
		n = 1;
	for (i = 0; i < n; i++)
		buf_addc(t->out, t->p[i] == 'm' ? 's' : t->p[i]);
	t->p += n;
	return 0;
}

/*
 * An interval {n}, {n,m}, {n,} or {,m}: a + after it repeats what it repeats,
 * and so does a ? after {n}.
 */
static bool
put_interval(struct oniguruma *t)
{
	const size_t low = strspn(t->p + 1, "0123456789");
	const char *p = t->p + 1 + low;
	const bool fixed = *p == '}';
	size_t high = 0, n;

	if (*p == ',')
		high = strspn(++p, "0123456789");
	p += high;
	if (*p != '}' || low + high == 0)
		return false;
	n = (size_t)(p - t->p) + 1;
	if (p[1] == '+' || (fixed && p[1] == '?')) {
		char *at;

		(void)buf_room(t->out, 3);
		at = t->out->p + t->atom;
		memmove(at + 3, at, t->out->n - t->atom);
		/* NOLINTNEXTLINE(*-not-null-terminated-result): more follows */
		memcpy(at, "(?:", 3);
		t->out->n += 3;
	}
	buf_adds(t->out, low == 0 ? "{0" : "{");
	buf_add(t->out, t->p + 1, n - 1);
	if (p[1] == '+' || (fixed && p[1] == '?'))
		buf_addc(t->out, ')');
	t->p += n;
	return true;
}

static int
put_outside(struct oniguruma *t)
{
	if (*t->p == '{' && put_interval(t))
		return 0;
	if (*t->p == '(')
		return open_group(t);
	if (*t->p == ')') {
		if (t->groups > 0)
			t->atom = t->group[--t->groups];
	} else if (strchr("*+?", *t->p) == NULL &&
	    ((unsigned char)*t->p & 0xc0) != 0x80) {
		t->atom = t->out->n;
	}
	buf_addc(t->out, *t->p++);
	return 0;
}

int
oniguruma_translate(const char *p, size_t n, struct buf *out)
{
	struct oniguruma t = { .out = out };
	struct buf copy = { 0 };
	int rc = 0;

	buf_add(&copy, p, n);
	t.p = buf_text(&copy);
	t.end = t.p + n;
	while (t.p < t.end && rc == 0) {
		if (*t.p == '\\' && oniguruma_left(&t) > 1) {
			if (t.depth == 0)
				t.atom = out->n;
			rc = oniguruma_escape(&t);
		} else if (t.depth > 0) {
			rc = oniguruma_in_class(&t);
		} else if (*t.p == '[') {
			rc = oniguruma_open_class(&t);
		} else {
			rc = put_outside(&t);
		}
	}
	buf_release(&copy);
	return rc;
}
