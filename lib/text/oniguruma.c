/* SPDX-License-Identifier: MIT */
#include "text/oniguruma.h"

#include <stdbool.h>
#include <string.h>

#define SPACES "\\p{Z}\\t-\\r\\x{85}"

/* Translate the escape p[0 .. 2); `inside`: it is in a class. */
static void
put_escape(const char *p, bool inside, struct buf *out)
{
	if (p[1] == 's' && inside)
		buf_adds(out, SPACES);
	else if (p[1] == 's')
		buf_adds(out, "[" SPACES "]");
	else if (p[1] == 'S' && !inside)
		buf_adds(out, "[^" SPACES "]");
	else
		buf_add(out, p, 2);
}

/* The length of a [:name:] at p, or 0. */
static size_t
posix_class(const char *p, size_t n)
{
	const char *end =
	    n > 2 && p[1] == ':' ? memmem(p + 2, n - 2, ":]", 2) : NULL;

	return end != NULL ? (size_t)(end - p) + 2 : 0;
}

/* Translate the [ of a class inside `depth` others: bytes used, or -1. */
static int
open_class(const char *p, size_t n, size_t depth, struct buf *out)
{
	bool negated = n > 1 && p[1] == '^';
	int used = negated ? 2 : 1;

	if (depth > 0)
		return negated ? fail("expression: a negated class inside a "
				      "class is not supported") :
				 1;
	buf_add(out, p, (size_t)used);
	if (n > (size_t)used && p[used] == ']') {
		buf_adds(out, "\\]");
		used++;
	}
	return used;
}

int
oniguruma_translate(const char *p, size_t n, struct buf *out)
{
	size_t at = 0, depth = 0, posix;
	int used;

	while (at < n) {
		used = 1;
		if (p[at] == '\\' && at + 1 < n) {
			put_escape(p + at, depth > 0, out);
			used = 2;
		} else if (p[at] == '[' && depth > 0 &&
		    (posix = posix_class(p + at, n - at)) > 0) {
			buf_add(out, p + at, posix);
			at += posix;
			continue;
		} else if (p[at] == '[') {
			used = open_class(p + at, n - at, depth++, out);
			if (used < 0)
				return -1;
		} else if (p[at] == ']' && depth > 0) {
			if (--depth == 0)
				buf_addc(out, ']');
		} else if (depth > 0 && n - at > 1 &&
		    memcmp(p + at, "&&", 2) == 0) {
			return fail(
			    "expression: && in a class is not supported");
		} else {
			buf_addc(out, p[at]);
		}
		at += (size_t)used;
	}
	return 0;
}
