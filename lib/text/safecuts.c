/* SPDX-License-Identifier: MIT */
#include "text/safecuts.h"

#include <string.h>

#include "base/utf8.h"

/* The class and the length of the first character of p[0 .. n). */
static unsigned
class_of(const char *p, size_t n, size_t *length)
{
	static const char mark[] = "\xe2\x96\x81";
	unsigned char c = (unsigned char)*p;

	if (c < 0x80) {
		*length = 1;
		return c;
	}
	*length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	return n >= 3 && memcmp(p, mark, 3) == 0 ? SAFECUT_MARK : SAFECUT_OTHER;
}

/* <0x00> to <0xFF> */
static bool
is_byte(const char *p, size_t n)
{
	return n == 6 && memcmp(p, "<0x", 3) == 0 && p[5] == '>';
}

void
safecuts_join(struct safecuts *s, const char *text, size_t cut, size_t n)
{
	size_t length, last;

	if (cut == 0 || cut == n || is_byte(text, cut) ||
	    is_byte(text + cut, n - cut)) {
		s->none = true;
		return;
	}
	last = utf8_before(text, cut);
	s->joined[class_of(text + last, cut - last, &length)]
		 [class_of(text + cut, n - cut, &length)] = true;
}

size_t
safecuts_next(const struct safecuts *s, const char *p, size_t n)
{
	size_t at, length;
	unsigned before, after;

	if (s->none)
		return n;
	before = class_of(p, n, &at);
	for (; at < n; at += length, before = after) {
		after = class_of(p + at, n - at, &length);
		if (!s->joined[before][after])
			break;
	}
	return at;
}
