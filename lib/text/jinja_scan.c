/* SPDX-License-Identifier: MIT */
#include "text/jinja_scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"
#include "text/normalize.h"

void
jscan_init(struct jscan *s, struct jarena *a, const char *text, size_t n)
{
	char *to = jarena_alloc(a, n + 1);
	size_t i;

	*s = (struct jscan){ .p = to, .line = 1 };
	for (i = 0; i < n; i++) {
		if (text[i] == '\r' && i + 1 < n && text[i + 1] == '\n')
			continue;
		to[s->n++] = text[i] == '\r' ? '\n' : text[i];
	}
	if (s->n > 0 && to[s->n - 1] == '\n')
		s->n--;
	to[s->n] = '\0';
}

char
jscan_peek(const struct jscan *s, size_t ahead)
{
	return s->n - s->at > ahead ? s->p[s->at + ahead] : '\0';
}

void
jscan_skip(struct jscan *s, size_t n)
{
	for (; n > 0 && s->at < s->n; n--)
		s->line += s->p[s->at++] == '\n';
}

bool
jscan_is_space(uint32_t c)
{
	return utf8_is_space(c) || (c >= 0x1c && c <= 0x1f);
}

void
jscan_skip_space(struct jscan *s)
{
	size_t length;

	while (s->at < s->n &&
	    jscan_is_space(utf8_decode(s->p + s->at, s->n - s->at, &length)))
		jscan_skip(s, length);
}

size_t
jscan_before_space(const struct jscan *s, size_t from, size_t to)
{
	size_t start, length;

	for (; to > from; to = start) {
		start = utf8_before(s->p, to);
		if (!jscan_is_space(
			utf8_decode(s->p + start, to - start, &length)))
			break;
	}
	return to;
}

/* ---- strings */

/* k hexadecimal digits, or up to 3 octal ones, at p; how many were there. */
static size_t
digits(const char *p, size_t n, size_t most, int base, uint32_t *value)
{
	static const char all[] = "0123456789abcdef";
	const char *at;
	size_t i;

	*value = 0;
	for (i = 0; i < n && i < most; i++) {
		at = strchr(all, tolower((unsigned char)p[i]));
		if (p[i] == '\0' || at == NULL || at - all >= base)
			break;
		*value = *value * (uint32_t)base + (uint32_t)(at - all);
	}
	return i;
}

/* The escape after a backslash at p, to *out: how many bytes it takes, or 0. */
static size_t
unescape(const char *p, size_t n, char **out)
{
	static const char plain[] = "\\'\"abfnrtv",
			  values[] = "\\'\"\a\b\f\n"
				     "\r\t\v";
	const char *at = strchr(plain, p[0]);
	const size_t hex = p[0] == 'x' ? 2 :
	    p[0] == 'u'                ? 4 :
	    p[0] == 'U'                ? 8 :
					 0;
	uint32_t code;
	size_t k;

	if (p[0] == '\n')
		return 1;
	if (p[0] != '\0' && at != NULL) {
		*(*out)++ = values[at - plain];
		return 1;
	}
	if ((p[0] & 0x80) != 0) {
		(void)fail("a string has a backslash before a character that "
			   "is not ASCII");
		return 0;
	}
	k = hex > 0 ? digits(p + 1, n - 1, hex, 16, &code) :
		      digits(p, n, 3, 8, &code);
	if (p[0] == 'N' || (hex > 0 && k != hex) ||
	    (k > 0 && code > 0x10ffff) ||
	    (k > 0 && code >= 0xd800 && code < 0xe000)) {
		(void)fail("a string has the escape \\%.8s, which is not known",
		    p);
		return 0;
	}
	if (k == 0) { /* no escape: both stay */
		*(*out)++ = '\\';
		*(*out)++ = p[0];
		return 1;
	}
	*out += utf8_encode(code, *out);
	return k + (hex > 0);
}

static int
take_string(struct jscan *s, struct jarena *a, struct jtoken *t)
{
	const char quote = jscan_peek(s, 0);
	const char *p = s->p + s->at + 1, *end = s->p + s->n;
	char *out;
	size_t n;

	while (p < end && *p != quote)
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	if (p >= end)
		return fail("a string does not end");
	n = (size_t)(p - s->p) - s->at - 1;
	t->kind = JTOKEN_STRING;
	t->p = out = jarena_alloc(a, n + 1);
	for (p = s->p + s->at + 1; *p != quote;) {
		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		p++;
		n = unescape(p, (size_t)(end - p), &out);
		if (n == 0)
			return -1;
		p += n;
	}
	t->n = (size_t)(out - t->p);
	jscan_skip(s, (size_t)(p + 1 - s->p) - s->at);
	return 0;
}

/* ---- numbers */

/* The end of digits at p, with single _ between them. */
static const char *
end_of_digits(const char *p)
{
	while (isdigit((unsigned char)*p) ||
	    (*p == '_' && isdigit((unsigned char)p[1])))
		p++;
	return p;
}

static const char *
end_of_real(const char *p, bool after_dot)
{
	const char *end = end_of_digits(p), *e;

	if (after_dot)
		return NULL;
	e = end;
	if (*end == '.' && isdigit((unsigned char)end[1]))
		e = end_of_digits(end + 1);
	if (*e == 'e' || *e == 'E') {
		p = e + 1 + (e[1] == '+' || e[1] == '-');
		if (isdigit((unsigned char)*p))
			e = end_of_digits(p);
	}
	return e != end ? e : NULL;
}

static int
take_number(struct jscan *s, struct jtoken *t)
{
	const char *p = s->p + s->at, *real, *end;
	char text[64];
	size_t n = 0;
	uint64_t value;

	real = end_of_real(p, s->at > 0 && p[-1] == '.');
	end = real != NULL ? real : end_of_digits(p);
	if (real == NULL && *p == '0' && end != p + 1 + strspn(p + 1, "0_"))
		return fail("a number begins with 0");
	if (real == NULL && *p == '0' && p[1] != '\0' &&
	    strchr("xXoObB", p[1]) != NULL)
		return fail("a number begins with 0%c", p[1]);
	for (; p < end; p++)
		if (*p != '_' && n < sizeof text - 1)
			text[n++] = *p;
	text[n] = '\0';
	if (p - (s->p + s->at) >= (ptrdiff_t)sizeof text - 1)
		return fail("a number of more than %zu digits",
		    sizeof text - 2);
	if (real != NULL) {
		t->kind = JTOKEN_REAL;
		if (num_f64(text, -1e308, 1e308, &t->x) != 0)
			return -1;
	} else {
		t->kind = JTOKEN_INT;
		if (num_u64(text, 0, INT64_MAX, &value) != 0)
			return -1;
		t->i = (int64_t)value;
	}
	jscan_skip(s, (size_t)(end - s->p) - s->at);
	return 0;
}

/* ---- tokens */

static bool
is_name(char c, bool first)
{
	return isalpha((unsigned char)c) || c == '_' || (c & 0x80) != 0 ||
	    (!first && isdigit((unsigned char)c));
}

/* The bytes of a name; 0: a character beyond ASCII is none of a word. */
static size_t
name_length(const struct jscan *s)
{
	size_t n = 0, length;
	uint32_t code;

	for (; is_name(jscan_peek(s, n), false); n += length) {
		code = utf8_decode(s->p + s->at + n, s->n - s->at - n, &length);
		if (code >= 128 && jscan_is_space(code))
			break;
		if (code >= 128 && !normalize_is_word(code))
			return 0;
	}
	return n;
}

static int
take_operator(struct jscan *s, struct jtoken *t)
{
	static const unsigned char two[][3] = { "//", "**",
		"==", "!=", ">=", "<=" };
	const unsigned char c = (unsigned char)jscan_peek(s, 0);
	const unsigned char d = (unsigned char)jscan_peek(s, 1);
	size_t i;

	t->kind = JTOKEN_OPERATOR;
	t->op = c;
	for (i = 0; i < sizeof two / sizeof two[0]; i++)
		if (c == two[i][0] && d == two[i][1])
			t->op = JTOKEN_TWO(c, d);
	if (t->op == c &&
	    (c == '\0' || strchr("+-/*%~[](){}><=.:|,;", c) == NULL))
		return fail("unexpected character '%c'", c);
	jscan_skip(s, t->op == c ? 1 : 2);
	return 0;
}

int
jscan_token(struct jscan *s, struct jarena *a, struct jtoken *t)
{
	const char c = jscan_peek(s, 0);
	size_t n = 0;
	char *name;

	*t = (struct jtoken){ .kind = JTOKEN_END, .line = s->line };
	if (s->at >= s->n)
		return 0;
	if (c == '\'' || c == '"')
		return take_string(s, a, t);
	if (isdigit((unsigned char)c))
		return take_number(s, t);
	if (!is_name(c, true))
		return take_operator(s, t);
	if ((n = name_length(s)) == 0)
		return fail("unexpected character in a name");
	t->kind = JTOKEN_NAME;
	t->n = n;
	t->p = name = jarena_alloc(a, n + 1);
	memcpy(name, s->p + s->at, n);
	name[n] = '\0';
	jscan_skip(s, n);
	return 0;
}
