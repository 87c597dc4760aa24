/* SPDX-License-Identifier: MIT */
/*
 * twin: random maps go from MessagePack to JSON and back without a change,
 * and random JSON is stable once it was written by us.
 */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "base/utf8.h"
#include "io/msg.h"
#include "tests/tap.h"
#include "traj/field.h"

enum { ROUNDS = 3000, DEEPEST = 5 };

/* Often one of the hard ones. */
static uint64_t
any_integer(struct rng *r)
{
	static const uint64_t hard[] = { 0, 127, 128, 255, 256, 65535, 65536,
		UINT32_MAX, (uint64_t)UINT32_MAX + 1, INT64_MAX,
		(uint64_t)INT64_MAX + 1, UINT64_MAX };

	return rng_below(r, 2) == 0 ? hard[rng_below(r, 12)] :
				      rng_u64(r) >> rng_below(r, 64);
}

static double
any_double(struct rng *r)
{
	uint64_t bits;
	double x;

	do {
		bits =
		    rng_below(r, 4) == 0 ? rng_u64(r) & 1ull << 63 : rng_u64(r);
		memcpy(&x, &bits, sizeof x);
		if (rng_below(r, 4) == 0)
			x = (double)(int64_t)any_integer(r);
	} while (!isfinite(x));
	return x;
}

static float
any_float(struct rng *r)
{
	uint32_t bits;
	float x;

	do {
		bits = (uint32_t)rng_u64(r);
		if (rng_below(r, 4) == 0)
			bits &= 1u << 31 | 0xff;
		memcpy(&x, &bits, sizeof x);
	} while (!isfinite(x));
	return x;
}

/* Append text of every kind; some of it begins like our own marks. */
static void
any_text(struct rng *r, struct buf *text)
{
	static const struct {
		const char *p;
		size_t n;
	} marks[] = { { "\0u64:1", 6 }, { "\0u1", 3 }, { "\0s", 2 },
		{ "\0", 1 }, { "\\u0000u1", 8 }, { "-0", 2 }, { "\"}", 2 } };
	uint64_t n = rng_below(r, 12), mark = rng_below(r, 14);
	uint32_t c;
	char p[4];

	if (mark < sizeof marks / sizeof marks[0])
		buf_add(text, marks[mark].p, marks[mark].n);
	for (; n > 0; n--) {
		c = (uint32_t)rng_below(r,
		    rng_below(r, 2) == 0 ? 128 : 0x110000);
		if (c < 0xd800 || c >= 0xe000)
			buf_add(text, p, utf8_encode(c, p));
	}
}

/* Append the i-th key of a map: none like another, and none with a NUL. */
static void
any_key(struct rng *r, struct buf *key, uint64_t i)
{
	size_t at = key->n, k;

	buf_addc(key, (char)('a' + i));
	any_text(r, key);
	for (k = at; k < key->n; k++)
		if (key->p[k] == '\0')
			key->p[k] = '0';
}

static void
any_value(struct rng *r, struct buf *out, int depth)
{
	uint64_t n = rng_below(r, 4), i;
	struct buf text = { 0 };

	switch (rng_below(r, depth > 0 ? 8 : 6)) {
	case 0:
		msg_put_uint(out, any_integer(r));
		break;
	case 1:
		msg_put_int(out, (int64_t)any_integer(r));
		break;
	case 2:
		msg_put_float(out, any_double(r));
		break;
	case 3:
		any_text(r, &text);
		msg_put_str(out, text.p, text.n);
		break;
	case 4:
		msg_put_bool(out, rng_below(r, 2) == 0);
		break;
	case 5:
		msg_put_nil(out);
		break;
	case 6:
		msg_put_array(out, n);
		for (i = 0; i < n; i++)
			any_value(r, out, depth - 1);
		break;
	default:
		msg_put_map(out, n);
		for (i = 0; i < n; i++) {
			buf_reset(&text);
			any_key(r, &text, i);
			msg_put_str(out, text.p, text.n);
			any_value(r, out, depth - 1);
		}
	}
	buf_release(&text);
}

static void
any_array(struct rng *r, struct buf *out, int code)
{
	uint64_t n = rng_below(r, 6), i;
	uint32_t bits[6];
	float x;

	for (i = 0; i < n; i++) {
		bits[i] = (uint32_t)any_integer(r);
		x = any_float(r);
		if (code == MSG_F32)
			memcpy(&bits[i], &x, sizeof x);
	}
	msg_put_ext(out, code, bits, n * sizeof *bits);
}

static void
any_map(struct rng *r, struct msg *m)
{
	static const char *const arrays[] = { "tokens", "logp", "score",
		"teacher_token" };
	struct buf key = { 0 }, value = { 0 };
	uint64_t n = rng_below(r, 20), i;
	const char *name;

	msg_clear(m);
	for (i = 0; i < n; i++) {
		buf_reset(&key);
		buf_reset(&value);
		any_key(r, &key, i);
		name = buf_text(&key);
		if (rng_below(r, 4) == 0) {
			name = arrays[rng_below(r, 4)];
			any_array(r, &value, field_typed(name));
		} else {
			any_value(r, &value, DEEPEST);
		}
		msg_set(m, name, &value);
	}
	buf_release(&key);
	buf_release(&value);
}

/* The map through JSON; and that JSON once more. */
static bool
survives(const struct msg *m)
{
	struct msg back = { 0 };
	struct buf once = { 0 }, twice = { 0 };
	bool good = msg_to_json(m, &once) == 0 &&
	    msg_from_json(&back, once.p, once.n, field_typed) == 0;

	if (!good)
		printf("# %s\n", err_last());
	good = good && back.bytes.n == m->bytes.n &&
	    memcmp(back.bytes.p, m->bytes.p, m->bytes.n) == 0 &&
	    msg_to_json(&back, &twice) == 0 && twice.n == once.n &&
	    memcmp(twice.p, once.p, once.n) == 0;
	if (!good)
		printf("# %s\n", buf_text(&once));
	buf_release(&once);
	buf_release(&twice);
	msg_release(&back);
	return good;
}

int
main(void)
{
	struct rng r;
	struct msg m = { 0 };
	struct buf b = { 0 };
	size_t i, good = 0;

	for (i = 0; i < ROUNDS; i++) {
		r = rng_at(1, i, 0, "twin", 0);
		any_map(&r, &m);
		good += survives(&m);
	}
	ok(good == ROUNDS, "%zu of %d maps survive JSON", good, ROUNDS);
	msg_clear(&m);
	msg_set_str(&m, "s", "caf\xe9");
	ok(msg_to_json(&m, &b) == -1 &&
		strcmp(err_last(),
		    "field \"s\": text that is not UTF-8 has no JSON") == 0,
	    "text that is not UTF-8 is refused");
	buf_release(&b);
	msg_release(&m);
	return tap_done();
}
