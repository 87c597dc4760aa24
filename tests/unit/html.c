/* SPDX-License-Identifier: MIT */
/* html: hostile text is shown, never markup. */
#include "report/html.h"

#include <math.h>
#include <string.h>

#include "tests/tap.h"

static bool
shows(const char *text, size_t n, const char *wanted)
{
	struct buf b = { 0 };
	bool same;

	html_text(&b, text, n);
	same = strcmp(buf_text(&b), wanted) == 0;
	if (!same)
		printf("# %s\n", b.p);
	buf_release(&b);
	return same;
}

static bool
number(double x, int digits, const char *wanted)
{
	struct buf b = { 0 };
	bool same;

	if (digits < 0)
		html_number(&b, x, -digits);
	else
		html_fixed(&b, x, digits);
	same = strcmp(buf_text(&b), wanted) == 0;
	if (!same)
		printf("# %s\n", b.p);
	buf_release(&b);
	return same;
}

int
main(void)
{
	struct buf b = { 0 };

	ok(shows("<b a='1' c=\"2\">&amp;", 20,
	       "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;"),
	    "markup is escaped");
	ok(shows("a\0\033[0m\r\n\t\177", 10,
	       "a\u2400\u241b[0m\u240d\n\t\u2421"),
	    "control characters are pictures");
	ok(shows("\xff\xc3(\xed\xa0\x80", 6, "\ufffd\ufffd(\ufffd\ufffd\ufffd"),
	    "invalid bytes are replaced one by one");
	ok(shows("\u202egnp\u200b\ufeff", strlen("\u202egnp\u200b\ufeff"),
	       "&lt;U+202E&gt;gnp&lt;U+200B&gt;&lt;U+FEFF&gt;"),
	    "what cannot be seen is named");
	ok(shows("\u00e9\u4f60\U0001f600", strlen("\u00e9\u4f60\U0001f600"),
	       "\u00e9\u4f60\U0001f600"),
	    "other characters stay");
	html_cut(&b, "\u00e9\u00e9\u00e9", 6, 5);
	ok(strcmp(buf_text(&b), "\u00e9\u00e9\u2026") == 0,
	    "a text is cut between characters");
	buf_release(&b);
	ok(number(-1.5, 2, "\u22121.50") && number(-0.001, 2, "0.00") &&
		number((double)NAN, 2, "\u2013"),
	    "numbers with a true minus sign, and no minus zero");
	html_count(&b, 1234567);
	html_count(&b, -9999);
	html_count(&b, 0.5);
	ok(strcmp(buf_text(&b), "1\u202f234\u202f567\u22129999\u2013") == 0,
	    "counts in groups of three digits");
	buf_release(&b);
	ok(number(1234567, -3, "1234567") &&
		number(0.000123456, -3, "0.000123") &&
		number(-2.5, -3, "\u22122.5"),
	    "numbers of few digits");
	return tap_done();
}
