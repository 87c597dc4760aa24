/* SPDX-License-Identifier: MIT */
/*
 * A line of JSON as a packed object.
 *
 * Before the parser sees a line, two things happen.  The values in it are
 * counted, because a tree can take thirty times the memory of its text.  And
 * numbers that the parser cannot hold are rewritten: its integers end at 2^63 -
 *1, ours at 2^64 - 1, and it knows no integer -0.
 *
 *	18446744073709551615	"\u0000u18446744073709551615"
 *	18446744073709551616	18446744073709551616e0
 *	-0			-0.0
 *	"\u0000..."		"\u0000s\u0000..."
 *
 * The last row keeps a text of the input from being taken for an integer:
 * after the rewriting, a text that begins with NUL has a second byte that
 * distinguishes the two.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/msg.h"

/* ---- rewriting */

/* The length of the integer at p that the parser cannot hold; 0: it can. */
static size_t
big_integer(const char *p, size_t n)
{
	enum { DIGITS = 19 }; /* fewer never go beyond 2^63-1 */
	size_t i = *p == '-', digits;
	char text[DIGITS + 3];

	while (i < n && isdigit((unsigned char)p[i]))
		i++;
	digits = i - (*p == '-');
	if (digits < DIGITS || p[*p == '-'] == '0' || /* 00: no JSON */
	    (i < n && (p[i] == '.' || p[i] == 'e' || p[i] == 'E')))
		return 0;
	if (digits > DIGITS)
		return i;
	memcpy(text, p, i);
	text[i] = '\0';
	errno = 0;
	(void)strtoll(text, NULL, 10);
	return errno == ERANGE ? i : 0;
}

/* As a text that take_text undoes, or as a real where no integer holds it. */
static void
put_big(struct buf *out, const char *p, size_t n)
{
	enum { DIGITS = 20 };
	char text[DIGITS + 1];
	bool fits = *p != '-' && n <= DIGITS;

	if (fits) {
		memcpy(text, p, n);
		text[n] = '\0';
		errno = 0;
		(void)strtoull(text, NULL, 10);
		fits = errno == 0;
	}
	if (fits)
		buf_adds(out, "\"\\u0000u");
	buf_add(out, p, n);
	buf_adds(out, fits ? "\"" : "e0");
}

static bool
begins(const char *p, size_t n, const char *with)
{
	const size_t k = strlen(with);

	return n >= k && memcmp(p, with, k) == 0;
}

static size_t
skip_string(const char *p, size_t n)
{
	size_t i = 1;

	while (i < n && p[i] != '"')
		i += p[i] == '\\' ? 2 : 1;
	return i < n ? i + 1 : n;
}

/*
 * The length of the token at p.  Where it is to be rewritten, how many of its
 * bytes *instead replaces are in *taken.
 */
static size_t
token(const char *p, size_t n, struct buf *instead, size_t *taken)
{
	static const char nul[] = "\"\\u0000";
	size_t k;

	buf_reset(instead);
	if (*p == '"') {
		if (begins(p, n, nul)) {
			buf_adds(instead, "\"\\u0000s");
			*taken = 1; /* the quote */
		}
		return skip_string(p, n);
	}
	if (*p != '-' && !isdigit((unsigned char)*p))
		return 1;
	*taken = big_integer(p, n);
	if (*taken > 0) {
		put_big(instead, p, *taken);
		return *taken;
	}
	for (k = 1; k < n &&
	     (isalnum((unsigned char)p[k]) || strchr("+-.", p[k]) != NULL);)
		k++;
	if (k == 2 && begins(p, n, "-0")) {
		buf_adds(instead, "-0.0");
		*taken = k;
	}
	return k;
}

/* Append a line that is rewritten to copy; nothing where it stays. */
static void
rewrite(const char *p, size_t n, struct buf *copy)
{
	struct buf instead = { 0 };
	size_t i, k, copied = 0, taken = 0;

	for (i = 0; i < n; i += k) {
		k = token(p + i, n - i, &instead, &taken);
		if (instead.n == 0)
			continue;
		buf_add(copy, p + copied, i - copied);
		buf_add(copy, instead.p, instead.n);
		copied = i + taken;
	}
	if (copied > 0)
		buf_add(copy, p + copied, n - copied);
	buf_release(&instead);
}

/* ---- packing */

/* A text, or what was rewritten as one. */
static void
take_text(struct buf *b, const char *s, size_t n)
{
	if (n >= 2 && s[0] == '\0' && s[1] == 'u')
		msg_put_uint(b, strtoull(s + 2, NULL, 10));
	else if (n >= 2 && s[0] == '\0')
		msg_put_str(b, s + 2, n - 2);
	else
		msg_put_str(b, s, n);
}

static int
pack_json(struct buf *b, const struct json *j, int depth)
{
	const char *s;
	size_t n, i;
	void *it;

	if (depth == 0)
		return fail("nested deeper than %d", MSG_DEPTH_MAX);
	switch (json_kind(j)) {
	case JSON_T_OBJECT:
		msg_put_map(b, json_count(j));
		for (it = json_next(j, NULL); it != NULL;
		     it = json_next(j, it)) {
			s = json_key(it, &n);
			msg_put_str(b, s, n);
			if (pack_json(b, json_value(it), depth - 1) != 0)
				return -1;
		}
		return 0;
	case JSON_T_ARRAY:
		msg_put_array(b, json_count(j));
		for (i = 0; i < json_count(j); i++)
			if (pack_json(b, json_at(j, i), depth - 1) != 0)
				return -1;
		return 0;
	case JSON_T_STRING:
		s = json_text(j, &n);
		take_text(b, s, n);
		return 0;
	case JSON_T_INT:
		msg_put_int(b, json_int(j, 0));
		return 0;
	case JSON_T_REAL:
		msg_put_float(b, json_number(j, 0));
		return 0;
	case JSON_T_BOOL:
		msg_put_bool(b, json_bool(j, false));
		return 0;
	default:
		msg_put_nil(b);
		return 0;
	}
}

static int
pack_floats(struct buf *b, const struct json *j)
{
	struct buf bytes = { 0 };
	size_t i, n = json_count(j);
	enum json_type kind;
	float x;

	for (i = 0; i < n; i++) {
		kind = json_kind(json_at(j, i));
		x = (float)json_number(json_at(j, i), 0);
		if ((kind != JSON_T_INT && kind != JSON_T_REAL) ||
		    !isfinite(x)) {
			buf_release(&bytes);
			return fail("element %zu is not a float32", i);
		}
		buf_add(&bytes, &x, sizeof x);
	}
	msg_put_ext(b, MSG_F32, bytes.p, bytes.n);
	buf_release(&bytes);
	return 0;
}

static int
pack_integers(struct buf *b, const struct json *j)
{
	struct buf bytes = { 0 };
	size_t i, n = json_count(j);
	int64_t v;
	uint32_t x;

	for (i = 0; i < n; i++) {
		v = json_int(json_at(j, i), -1);
		if (v < 0 || v > UINT32_MAX) {
			buf_release(&bytes);
			return fail("element %zu is not a uint32", i);
		}
		x = (uint32_t)v;
		buf_add(&bytes, &x, sizeof x);
	}
	msg_put_ext(b, MSG_U32, bytes.p, bytes.n);
	buf_release(&bytes);
	return 0;
}

static int
pack_field(struct buf *b, const char *key, const struct json *j,
    msg_typed *typed)
{
	const int code =
	    typed != NULL && json_kind(j) == JSON_T_ARRAY ? typed(key) : 0;

	return code == MSG_U32 ? pack_integers(b, j) :
	    code == MSG_F32    ? pack_floats(b, j) :
				 pack_json(b, j, MSG_DEPTH_MAX);
}

static struct json *
parse(const char *line, size_t n)
{
	struct buf copy = { 0 };
	struct json *j;

	if (json_values(line, n) > JSON_VALUES_MAX) {
		(void)fail("a line of more than %d values", JSON_VALUES_MAX);
		return NULL;
	}
	rewrite(line, n, &copy);
	j = copy.n > 0 ? json_parse(copy.p, copy.n) : json_parse(line, n);
	buf_release(&copy);
	return j;
}

int
msg_from_json(struct msg *m, const char *line, size_t n, msg_typed *typed)
{
	struct json *j = parse(line, n);
	struct buf b = { 0 };
	const char *key;
	size_t k;
	void *it;
	int rc = 0;

	if (j == NULL)
		return -1;
	if (json_kind(j) != JSON_T_OBJECT)
		rc = fail("expected an object");
	else
		msg_put_map(&b, json_count(j));
	for (it = rc == 0 ? json_next(j, NULL) : NULL; it != NULL && rc == 0;
	     it = json_next(j, it)) {
		key = json_key(it, &k);
		msg_put_str(&b, key, k);
		if (pack_field(&b, key, json_value(it), typed) != 0)
			rc = fail_in("field \"%s\"", key);
	}
	if (rc == 0)
		rc = msg_parse(m, b.p, b.n);
	buf_release(&b);
	json_free(j);
	return rc;
}
