/* SPDX-License-Identifier: MIT */
/*
 * The text twin: a packed object as JSON and back.  Typed arrays are plain
 * arrays; which ones they were is told by their names when they are read.
 * JSON has neither bytes nor other ext values: they are written as
 * {"base64": "..."} with the ext's code beside it, {"ext": 5, ...}, and stay
 * such maps.  A float is written with the digits that bring it back.
 *
 * Before a line is parsed it is looked over.  A tree takes a hundred bytes
 * for three of text, so the number of values is bounded.  And the parser's
 * integers end at 2^63-1, ours at 2^64-1: larger ones are handed to it as
 * texts that begin with a NUL, which pack_json takes back, and what no
 * integer holds becomes a double.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/msg.h"

/* ---- to JSON, from bytes that have been scanned */

struct reader {
	const unsigned char *p;
};

static uint64_t
take(struct reader *r, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *r->p++;
	return v;
}

static void
put_base64(struct buf *out, const unsigned char *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i, k;
	uint32_t v;

	buf_adds(out, "\"base64\":\"");
	for (i = 0; i < n; i += 3) {
		v = 0;
		for (k = 0; k < 3; k++)
			v = v << 8 | (i + k < n ? p[i + k] : 0);
		for (k = 0; k < 4; k++)
			buf_addc(out,
			    i + k > n ? '=' : digits[v >> (18 - 6 * k) & 63]);
	}
	buf_addc(out, '"');
}

static int
put_floats(struct buf *out, const unsigned char *p, size_t n, size_t size)
{
	uint32_t bits;
	float x;
	size_t i;

	buf_addc(out, '[');
	for (i = 0; i < n; i++) {
		bits = 0;
		memcpy((char *)&bits + 4 - size, p + i * size, size);
		memcpy(&x, &bits, sizeof x);
		if (!isfinite(x))
			return fail("a number that is not finite has no JSON");
		if (i > 0)
			buf_addc(out, ',');
		json_put_float(out, x);
	}
	buf_addc(out, ']');
	return 0;
}

static int
put_ext(struct buf *out, struct reader *r, size_t n)
{
	int code = (signed char)take(r, 1);
	const unsigned char *p = r->p;
	uint32_t v;
	size_t i, size = code == MSG_BF16 ? 2 : 4;

	r->p += n;
	if (code < MSG_F32 || code > MSG_BF16 || n % size != 0) {
		buf_addf(out, "{\"ext\":%d,", code);
		put_base64(out, p, n);
		buf_addc(out, '}');
		return 0;
	}
	if (code != MSG_U32)
		return put_floats(out, p, n / size, size);
	buf_addc(out, '[');
	for (i = 0; i < n / 4; i++) {
		memcpy(&v, p + 4 * i, sizeof v);
		buf_addf(out, i > 0 ? ",%" PRIu32 : "%" PRIu32, v);
	}
	buf_addc(out, ']');
	return 0;
}

static int put_value(struct buf *, struct reader *);

static int
put_container(struct buf *out, struct reader *r, size_t n, bool map)
{
	size_t i;

	buf_addc(out, map ? '{' : '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(out, ',');
		if (map &&
		    !((*r->p >= 0xa0 && *r->p < 0xc0) ||
			(*r->p >= 0xd9 && *r->p <= 0xdb)))
			return fail("a key that is no text has no JSON");
		if (put_value(out, r) != 0)
			return -1;
		if (map) {
			buf_addc(out, ':');
			if (put_value(out, r) != 0)
				return -1;
		}
	}
	buf_addc(out, map ? '}' : ']');
	return 0;
}

static int
put_text(struct buf *out, struct reader *r, size_t n)
{
	json_put_string(out, (const char *)r->p, n);
	r->p += n;
	return 0;
}

static int
put_bytes(struct buf *out, struct reader *r, size_t n)
{
	buf_addc(out, '{');
	put_base64(out, r->p, n);
	buf_addc(out, '}');
	r->p += n;
	return 0;
}

static int
put_double(struct buf *out, struct reader *r, size_t n)
{
	uint64_t bits = take(r, n);
	uint32_t half = (uint32_t)bits;
	double x;
	float f;

	memcpy(&x, &bits, sizeof x);
	memcpy(&f, &half, sizeof f);
	if (n == 4)
		x = (double)f;
	if (!isfinite(x))
		return fail("a number that is not finite has no JSON");
	json_put_double(out, x);
	return 0;
}

static int
put_signed(struct buf *out, struct reader *r, size_t n)
{
	uint64_t v = take(r, n) << (64 - 8 * n);

	buf_addf(out, "%" PRId64, (int64_t)v >> (64 - 8 * n));
	return 0;
}

/* Depth is bounded by msg_scan. */
static int
put_value(struct buf *out, struct reader *r)
{
	unsigned c = *r->p++;

	if (c < 0x80 || c >= 0xe0) {
		buf_addf(out, "%d", c < 0x80 ? (int)c : (int)c - 256);
		return 0;
	}
	if (c < 0xa0)
		return put_container(out, r, c & 15, c < 0x90);
	if (c < 0xc0)
		return put_text(out, r, c & 31);
	if (c >= 0xc4 && c <= 0xc6)
		return put_bytes(out, r, take(r, (size_t)1 << (c - 0xc4)));
	if (c >= 0xc7 && c <= 0xc9)
		return put_ext(out, r, take(r, (size_t)1 << (c - 0xc7)));
	if (c == 0xca || c == 0xcb)
		return put_double(out, r, c == 0xca ? 4 : 8);
	if (c >= 0xcc && c <= 0xcf) {
		buf_addf(out, "%" PRIu64, take(r, (size_t)1 << (c - 0xcc)));
		return 0;
	}
	if (c >= 0xd0 && c <= 0xd3)
		return put_signed(out, r, (size_t)1 << (c - 0xd0));
	if (c >= 0xd4 && c <= 0xd8)
		return put_ext(out, r, (size_t)1 << (c - 0xd4));
	if (c >= 0xd9 && c <= 0xdb)
		return put_text(out, r, take(r, (size_t)1 << (c - 0xd9)));
	if (c >= 0xdc)
		return put_container(out, r, take(r, c & 1 ? 4 : 2), c >= 0xde);
	buf_adds(out, c == 0xc0 ? "null" : c == 0xc2 ? "false" : "true");
	return 0;
}

int
msg_to_json(const struct msg *m, struct buf *out)
{
	struct reader r;
	size_t i;

	buf_addc(out, '{');
	for (i = 0; i < m->n; i++) {
		if (i > 0)
			buf_addc(out, ',');
		json_put_string(out, m->field[i].key.p, m->field[i].key.n);
		buf_addc(out, ':');
		r.p = (const unsigned char *)m->field[i].val.p;
		if (put_value(out, &r) != 0)
			return fail_in("field \"%.*s\"", (int)m->field[i].key.n,
			    m->field[i].key.p);
	}
	buf_addc(out, '}');
	return 0;
}

/* ---- from JSON */

static const char big[5] = { '\0', 'u', '6', '4', ':' };

/* If the text at p is an integer that the parser cannot hold, its length. */
static size_t
big_integer(const char *p, size_t n)
{
	enum { DIGITS = 19 }; /* fewer never go beyond 2^63-1 */
	size_t i = *p == '-', digits;
	char text[DIGITS + 3];

	while (i < n && isdigit((unsigned char)p[i]))
		i++;
	digits = i - (*p == '-');
	if (digits < DIGITS ||
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
		buf_adds(out, "\"\\u0000u64:");
	buf_add(out, p, n);
	buf_adds(out, fits ? "\"" : "e0");
}

static size_t
skip_string(const char *p, size_t n)
{
	size_t i = 1;

	while (i < n && p[i] != '"')
		i += p[i] == '\\' ? 2 : 1;
	return i < n ? i + 1 : n;
}

/* Count the values of a line; a copy with large integers replaced, if any. */
static int
look_over(const char *p, size_t n, struct buf *copy)
{
	enum { CONTAINER = 8 };
	size_t i, k, copied = 0, values = 1;

	for (i = 0; i < n && values <= MSG_VALUES_MAX; i += k) {
		k = 1;
		if (p[i] == '"') {
			k = skip_string(p + i, n - i);
		} else if (p[i] == ',' || p[i] == ':') {
			values++;
		} else if (p[i] == '[' || p[i] == '{') {
			values += CONTAINER;
		} else if (isdigit((unsigned char)p[i]) || p[i] == '-') {
			k = big_integer(p + i, n - i);
			if (k > 0) {
				buf_add(copy, p + copied, i - copied);
				put_big(copy, p + i, k);
				copied = i + k;
				continue;
			}
			for (k = 1; i + k < n &&
			     (isalnum((unsigned char)p[i + k]) ||
				 strchr("+-.", p[i + k]) != NULL);)
				k++;
		}
	}
	if (values > MSG_VALUES_MAX)
		return fail("a line of more than %d values", MSG_VALUES_MAX);
	if (copied > 0)
		buf_add(copy, p + copied, n - copied);
	return 0;
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
		if (n > sizeof big && memcmp(s, big, sizeof big) == 0)
			msg_put_uint(b, strtoull(s + sizeof big, NULL, 10));
		else
			msg_put_str(b, s, n);
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
			return fail("element %zu is no float32", i);
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
			return fail("element %zu is no uint32", i);
		}
		x = (uint32_t)v;
		buf_add(&bytes, &x, sizeof x);
	}
	msg_put_ext(b, MSG_U32, bytes.p, bytes.n);
	buf_release(&bytes);
	return 0;
}

static int
pack_field(struct buf *b, const char *key, const struct json *j)
{
	static const struct {
		const char *key;
		int (*pack)(struct buf *, const struct json *);
	} typed[] = { { "tokens", pack_integers }, { "actions", pack_integers },
		{ "teacher_token", pack_integers }, { "logp", pack_floats },
		{ "logq", pack_floats }, { "score", pack_floats },
		{ "teacher_logp", pack_floats },
		{ "teacher_tail", pack_floats }, { "data", pack_floats } };
	size_t i;

	for (i = 0; i < sizeof typed / sizeof typed[0]; i++)
		if (json_kind(j) == JSON_T_ARRAY &&
		    strcmp(key, typed[i].key) == 0)
			return typed[i].pack(b, j);
	return pack_json(b, j, MSG_DEPTH_MAX);
}

int
msg_from_json(struct msg *m, const char *line, size_t n)
{
	struct json *j;
	struct buf b = { 0 }, copy = { 0 };
	const char *key;
	size_t k;
	void *it;
	int rc = look_over(line, n, &copy);

	if (rc != 0)
		return -1;
	j = copy.n > 0 ? json_parse(copy.p, copy.n) : json_parse(line, n);
	buf_release(&copy);
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
		if (pack_field(&b, key, json_value(it)) != 0)
			rc = fail_in("field \"%s\"", key);
	}
	if (rc == 0)
		rc = msg_parse(m, b.p, b.n);
	buf_release(&b);
	json_free(j);
	return rc;
}
