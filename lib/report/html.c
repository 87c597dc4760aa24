/* SPDX-License-Identifier: MIT */
#include "report/html.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static void
put_code(struct buf *b, uint32_t c)
{
	char text[4];

	buf_add(b, text, utf8_encode(c, text));
}

static void
put_character(struct buf *b, const char *p, size_t n, uint32_t c)
{
	if (c == UINT32_MAX)
		put_code(b, 0xfffd);
	else if (c == '&')
		buf_adds(b, "&amp;");
	else if (c == '<')
		buf_adds(b, "&lt;");
	else if (c == '>')
		buf_adds(b, "&gt;");
	else if (c == '"')
		buf_adds(b, "&quot;");
	else if (c == '\'')
		buf_adds(b, "&#39;");
	else if (c < ' ' && c != '\n' && c != '\t')
		put_code(b, 0x2400 + c);
	else if (c == 127)
		put_code(b, 0x2421);
	else if (utf8_is_unseen(c))
		buf_addf(b, "&lt;U+%04X&gt;", (unsigned)c);
	else
		buf_add(b, p, n);
}

void
html_text(struct buf *b, const char *p, size_t n)
{
	size_t length;
	uint32_t c;

	for (; n > 0; p += length, n -= length) {
		c = utf8_decode(p, n, &length);
		put_character(b, p, length, c);
	}
}

void
html_string(struct buf *b, const char *s)
{
	html_text(b, s, strlen(s));
}

size_t
html_fit(const char *p, size_t n, size_t most)
{
	size_t at = 0, length;

	while (at < n) {
		(void)utf8_decode(p + at, n - at, &length);
		if (at + length > most)
			break;
		at += length;
	}
	return at;
}

void
html_cut(struct buf *b, const char *p, size_t n, size_t most)
{
	size_t fits = html_fit(p, n, most);

	html_text(b, p, fits);
	if (fits < n)
		buf_adds(b, "\u2026");
}

void
html_plain(const struct json *v, struct buf *out)
{
	size_t n;
	const char *text = json_text(v, &n);
	const double x = json_number(v, (double)NAN);

	if (text != NULL)
		buf_add(out, text, n);
	else if (json_kind(v) == JSON_T_REAL && isfinite(x))
		buf_addf(out, "%.15g", x);
	else
		json_put(out, v);
}

static void
put_signed(struct buf *b, const char *text)
{
	if (*text == '-') {
		text++;
		if (strspn(text, "0.") < strlen(text))
			buf_adds(b, "\u2212");
	}
	buf_adds(b, text);
}

void
html_fixed(struct buf *b, double x, int decimals)
{
	char text[40];

	if (!isfinite(x)) {
		buf_adds(b, "\u2013");
		return;
	}
	if (fabs(x) < 1e9)
		(void)snprintf(text, sizeof text, "%.*f", decimals, x);
	else
		(void)snprintf(text, sizeof text, "%.4g", x);
	put_signed(b, text);
}

void
html_number(struct buf *b, double x, int digits)
{
	char text[40];

	if (!isfinite(x)) {
		buf_adds(b, "\u2013");
		return;
	}
	if (fabs(x) < 1e7 && x == floor(x))
		(void)snprintf(text, sizeof text, "%.0f", x);
	else
		(void)snprintf(text, sizeof text, "%.*g", digits, x);
	put_signed(b, text);
}

void
html_count(struct buf *b, double x)
{
	char text[40];
	size_t n, i;

	if (!(fabs(x) < 1e15) || x < floor(x) || x > floor(x)) {
		buf_adds(b, "\u2013");
		return;
	}
	(void)snprintf(text, sizeof text, "%.0f", fabs(x));
	buf_adds(b, x < 0 ? "\u2212" : "");
	for (i = 0, n = strlen(text); i < n; i++) {
		if (n > 4 && i > 0 && (n - i) % 3 == 0)
			buf_adds(b, "\u202f");
		buf_addc(b, text[i]);
	}
}
