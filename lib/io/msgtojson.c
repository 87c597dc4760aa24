/* SPDX-License-Identifier: MIT */
/*
 * A packed object as JSON.  Typed arrays are plain lists.  JSON has neither
 * bytes nor other ext values: they are written as {"base64": "..."}, an ext
 * with its code as {"ext": 5, "base64": "..."}, and stay such maps when they
 * are read.  Numbers have as many digits as it takes to read them back exactly.
 */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "io/json.h"
#include "io/msg.h"

/* The bytes at hand; msg_scan has checked every length in them. */
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
	/* The code has a sign.  NOLINTNEXTLINE(*-signed-char-misuse,cert-*) */
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
			return fail("a key that is not text has no JSON");
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
put_string(struct buf *out, const char *p, size_t n)
{
	if (!utf8_valid(p, n))
		return fail("text that is not UTF-8 has no JSON");
	json_put_string(out, p, n);
	return 0;
}

static int
put_text(struct buf *out, struct reader *r, size_t n)
{
	if (put_string(out, (const char *)r->p, n) != 0)
		return -1;
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
	uint64_t v;

	assert(n >= 1 && n <= 8);
	v = take(r, n) << (64 - 8 * n);
	buf_addf(out, "%" PRId64, (int64_t)v >> (64 - 8 * n));
	return 0;
}

/* msg_scan bounds the depth. */
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
	const struct msg_field *f;
	struct reader r;

	buf_addc(out, '{');
	for (f = m->field; f < m->field + m->n; f++) {
		if (f > m->field)
			buf_addc(out, ',');
		if (put_string(out, f->key.p, f->key.n) != 0)
			return fail_in("a key");
		buf_addc(out, ':');
		r.p = (const unsigned char *)f->val.p;
		if (put_value(out, &r) != 0)
			return fail_in("field \"%.*s\"", (int)f->key.n,
			    f->key.p);
	}
	buf_addc(out, '}');
	return 0;
}
