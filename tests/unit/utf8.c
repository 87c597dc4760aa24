/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <string.h>

#include "tests/tap.h"

static void
test_all(void)
{
	uint32_t c, bad = 0, wrong = 0;
	size_t n, length, last = 0;
	char p[4];

	for (c = 0; c < 0x110000; c++) {
		if (c >= 0xd800 && c < 0xe000)
			continue;
		n = utf8_encode(c, p);
		bad += utf8_decode(p, n, &length) != c || length != n ||
		    !utf8_valid(p, n);
		/* without its last byte it is nothing */
		wrong += n > 1 &&
		    (utf8_valid(p, n - 1) ||
			utf8_decode(p, n - 1, &length) != UINT32_MAX ||
			length != 1);
		bad += n < last;
		last = n;
	}
	ok(bad == 0, "every code point is encoded and decoded (%u wrong)", bad);
	ok(wrong == 0, "no code point cut short is valid");
	ok(utf8_encode(0x7f, p) == 1 && utf8_encode(0x80, p) == 2 &&
		utf8_encode(0x7ff, p) == 2 && utf8_encode(0x800, p) == 3 &&
		utf8_encode(0xffff, p) == 3 && utf8_encode(0x10000, p) == 4,
	    "encoded lengths are the shortest");
}

int
main(void)
{
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80",
		"\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80", "\xe0\x9f\xbf",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xe2\x82", "\xe2(\xa1",
		"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff" };
	size_t i, length;

	test_all();
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!utf8_valid(bad[i], strlen(bad[i])) &&
			utf8_decode(bad[i], strlen(bad[i]), &length) ==
			    UINT32_MAX &&
			length == 1,
		    "case %zu is refused", i);
	ok(utf8_valid("", 0) && utf8_valid("a\0b", 3),
	    "empty text and a NUL are valid");
	ok(!utf8_valid("ok\xff", 3) && utf8_valid("ok\xff", 2),
	    "the last byte is checked");
	ok(utf8_whole("", 0) == 0 && utf8_whole("ab", 2) == 2 &&
		utf8_whole("a\xe2\x82", 3) == 1 &&
		utf8_whole("a\xe2\x82\xac", 4) == 4 &&
		utf8_whole("\xf0\x9f\x98", 3) == 0 &&
		utf8_whole("\x80\x80\x80\x80", 4) == 4,
	    "a character whose rest is missing is not whole");
	return tap_done();
}
