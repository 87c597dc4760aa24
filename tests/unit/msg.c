/* SPDX-License-Identifier: MIT */
/* msg: hostile bytes are refused; fields; the text twin. */
#include "io/msg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/mem.h"
#include "io/json.h"
#include "io/msgbuild.h"

/* Bytes that no continuation makes a valid object. */
static void
test_refused(void)
{
	static const struct {
		const char *p, *why;
		size_t n;
	} bad[] = {
		{ "\xc1", "byte 0xc1", 1 },
		{ "\xdd\xff\xff\xff\xff", "64 MiB", 5 },
		{ "\xdf\xff\xff\xff\xff", "64 MiB", 5 },
		{ "\xdb\xff\xff\xff\xff", "64 MiB", 5 },
		{ "\xc6\x04\x00\x00\x01", "64 MiB", 5 },
		{ "\xc9\xff\xff\xff\xff\x01", "64 MiB", 6 },
		{ "\x81\xa1"
		  "a\xdd\x04\x00\x00\x00",
		    "64 MiB", 8 },
		{ "\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91"
		  "\x91\x91\x91\xc0",
		    "deeper than 16", 18 },
	};
	size_t i, length;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(msg_scan(bad[i].p, bad[i].n, &length) == -1 &&
			strstr(err_last(), bad[i].why) != NULL,
		    "refused: %s", bad[i].why);
	/* One level less is taken. */
	ok(msg_scan(bad[7].p + 1, bad[7].n - 1, &length) == 1 && length == 17,
	    "sixteen levels are accepted");
}

/* Every code of MessagePack once, whole and cut at every byte. */
/* A value of every code.  No byte after \x is written as a hex digit. */
#define VALUE(s) \
	{ \
		s, sizeof s - 1 \
	}
static const struct {
	const char *p;
	size_t n;
} values[] = { VALUE("\x7f"), VALUE("\xff"), VALUE("\xc0"), VALUE("\xc3"),
	VALUE("\x82\xa1k\x01\xa1m\x90"), VALUE("\xa3xyz"), VALUE("\xc4\x02xy"),
	VALUE("\xc5\x00\x01x"), VALUE("\xc6\x00\x00\x00\x01x"),
	VALUE("\xc7\x01\x05x"), VALUE("\xc8\x00\x01\x05x"),
	VALUE("\xc9\x00\x00\x00\x01\x05x"), VALUE("\xcawxyz"),
	VALUE("\xcbstuvwxyz"), VALUE("\xccz"), VALUE("\xcdyz"),
	VALUE("\xcewxyz"), VALUE("\xcfstuvwxyz"), VALUE("\xd0z"),
	VALUE("\xd1yz"), VALUE("\xd2wxyz"), VALUE("\xd3stuvwxyz"),
	VALUE("\xd4\x05z"), VALUE("\xd5\x05yz"), VALUE("\xd6\x05wxyz"),
	VALUE("\xd7\x05stuvwxyz"), VALUE("\xd8\x05stuvwxyzstuvwxyz"),
	VALUE("\xd9\x01x"), VALUE("\xda\x00\x01x"),
	VALUE("\xdb\x00\x00\x00\x01x"), VALUE("\xdc\x00\x01\x91\x02"),
	VALUE("\xdd\x00\x00\x00\x01\x02"), VALUE("\xde\x00\x01\xa1k\x01"),
	VALUE("\xdf\x00\x00\x00\x01\xa1k\x01") };
#undef VALUE

static void
test_scan(void)
{
	size_t i, k, length;
	bool whole = true, cut = true;

	for (i = 0; i < sizeof values / sizeof values[0]; i++) {
		whole &= msg_scan(values[i].p, values[i].n, &length) == 1 &&
		    length == values[i].n;
		for (k = 0; k < values[i].n; k++)
			cut &= msg_scan(values[i].p, k, &length) == 0 &&
			    length > k && length <= values[i].n;
	}
	ok(whole, "msg_scan measures every code");
	ok(cut, "a value cut at any byte asks for more bytes, at most its own");
}

/* Lent bytes are read where they lie, and are neither freed nor written. */
static void
test_lend(void)
{
	static const char map[] = "\x82\xa1"
				  "a\x01\xa1"
				  "b\xc0";
	struct msg m = { 0 };
	struct msg_view v;
	uint64_t x = 0;

	msg_set_uint(&m, "mine", 5);
	ok(msg_lend(&m, map, 7) == 0 && m.bytes.p == map && m.n == 2 &&
		msg_uint(&m, "a", &x) == 1 && x == 1 && msg_any(&m, "b", &v) &&
		v.p == map + 6,
	    "a lent map is read where it lies");
	ok(msg_lend(&m, map, 6) == -1 && msg_lend(&m, "\x01", 1) == -1,
	    "half a map and a number are not lent");
	ok(msg_lend(&m, map, 7) == 0, "a map is lent after a refusal");
	msg_set_uint(&m, "b", 3);
	ok(msg_uint(&m, "b", &x) == 1 && x == 3 && map[6] == '\xc0' &&
		m.bytes.p != map,
	    "setting a field of a lent map leaves the bytes alone");
	ok(msg_lend(&m, map, 7) == 0 && msg_parse(&m, map, 7) == 0 &&
		m.bytes.p != map,
	    "a lent map can be replaced by a copy");
	ok(msg_lend(&m, map, 7) == 0,
	    "a msg is released while bytes are lent to it");
	msg_release(&m);
}

static void
test_parse(void)
{
	struct msg m = { 0 };

	ok(msg_parse(&m,
	       "\x82\xa1"
	       "a\x01\xa1"
	       "a\x02",
	       7) == -1 &&
		strcmp(err_last(), "duplicate key \"a\"") == 0,
	    "a duplicate key is refused");
	ok(msg_parse(&m, "\x81\x01\x02", 3) == -1 &&
		strcmp(err_last(), "map key is not a string") == 0,
	    "an integer key is refused");
	ok(msg_parse(&m, "\x91\x02", 2) == -1 &&
		strcmp(err_last(), "expected a map") == 0,
	    "a list is not a map");
	ok(msg_parse(&m, "\x80\x80", 2) == -1 &&
		strcmp(err_last(), "not one whole object") == 0,
	    "two maps are not one object");
	ok(msg_parse(&m, "\xdf\xff\xff\xff\xff", 5) == -1 &&
		strstr(err_last(), "64 MiB") != NULL,
	    "a map that claims four billion keys is refused");
	msg_release(&m);
}

static void
test_fields(void)
{
	struct msg m = { 0 }, sub = { 0 };
	struct msg_view v;
	uint64_t u;
	double x;

	msg_set_str(&m, "s", "text");
	msg_set_uint(&m, "u", UINT64_MAX);
	msg_set_float(&m, "x", 0.1);
	msg_clear(&sub);
	msg_set_uint(&sub, "k", 5);
	msg_set_map(&m, "m", &sub);
	ok(msg_str(&m, "s", &v) == 1 && v.n == 4, "a text is read");
	ok(msg_uint(&m, "u", &u) == 1 && u == UINT64_MAX, "an integer is read");
	ok(msg_float(&m, "x", &x) == 1 && x == 0.1, "a float is read");
	ok(msg_float(&m, "u", &x) == 1, "an integer serves for a float");
	ok(msg_uint(&m, "x", &u) == -1 &&
		strcmp(err_last(),
		    "field \"x\": "
		    "expected an integer from 0, found a number") == 0,
	    "a float does not serve for an integer");
	ok(msg_uint(&m, "none", &u) == 0, "an absent key returns 0");
	msg_release(&sub);
	ok(msg_map(&m, "m", &sub) == 1 && msg_uint(&sub, "k", &u) == 1 &&
		u == 5,
	    "a nested map is read");
	ok(msg_map(&m, "s", &sub) == -1, "a text is not a map");
	msg_set_uint(&m, "u", 1);
	ok(m.n == 4 && memcmp(m.field[1].key.p, "u", 1) == 0 &&
		msg_uint(&m, "u", &u) == 1 && u == 1,
	    "a field that is set keeps its place");
	msg_del(&m, "s");
	ok(m.n == 3 && msg_str(&m, "s", &v) == 0 && msg_map(&m, "m", &sub) == 1,
	    "a deleted field is gone");
	msg_release(&m);
	msg_release(&sub);
}

/* Sixteen fields need another head than fifteen, and so do lists. */
static void
test_heads(void)
{
	struct msg m = { 0 };
	struct buf one = { 0 };
	struct msg_view list, item, text;
	char key[8];
	size_t i, at = 0, length;
	uint64_t u;
	bool good = true;

	msg_put_str(&one, "x", 1);
	for (i = 0; i < 70; i++) {
		(void)snprintf(key, sizeof key, "k%zu", i);
		msg_set_uint(&m, key, i);
		msg_append(&m, "list", &one);
		good &= msg_scan(m.bytes.p, m.bytes.n, &length) == 1 &&
		    length == m.bytes.n && m.n == i + 2 &&
		    msg_uint(&m, key, &u) == 1 && u == i;
	}
	ok(good, "maps grow beyond fifteen fields");
	good = msg_any(&m, "list", &list) == 1;
	for (i = 0; msg_item(list, &at, &item); i++)
		good &= msg_text(item, &text) == 1 && text.n == 1;
	ok(good && i == 70,
	    "lists grow beyond fifteen elements and are walked");
	at = 0;
	(void)msg_any(&m, "k1", &list);
	ok(!msg_item(list, &at, &item) && !msg_text(list, &text),
	    "an integer is neither a list nor a text");
	buf_release(&one);
	msg_release(&m);
}

static void
test_arrays(void)
{
	static const float f[] = { 1.5f, -0.0f, 3e38f };
	static const uint32_t n[] = { 0, 1, UINT32_MAX };
	static const uint16_t half[] = { 0x3fc0, 0xc000 }; /* 1.5, -2 */
	struct msg m = { 0 };
	struct buf b = { 0 };
	float *x = NULL;
	uint32_t *u = NULL;
	size_t count, xcap = 0, ucap = 0;
	const void *at = NULL;

	msg_set_f32(&m, "f", f, 3);
	msg_set_u32(&m, "n", n, 3);
	msg_set_bf16(&m, "h", half, 2);
	msg_set_f32(&m, "e", f, 0);
	ok(msg_f32(&m, "f", &x, &count, &xcap) == 1 && count == 3 &&
		memcmp(x, f, sizeof f) == 0,
	    "float32 arrays survive");
	ok(msg_u32(&m, "n", &u, &count, &ucap) == 1 && count == 3 &&
		memcmp(u, n, sizeof n) == 0,
	    "uint32 arrays survive");
	ok(msg_f32(&m, "h", &x, &count, &xcap) == 1 && count == 2 &&
		x[0] == 1.5f && x[1] == -2.0f,
	    "bfloat16 arrays are widened");
	ok(msg_f32(&m, "e", &x, &count, &xcap) == 1 && count == 0,
	    "an empty array has no elements");
	ok(msg_f32_view(&m, "f", &at, &count) == 1 && count == 3 &&
		memcmp(at, f, sizeof f) == 0 &&
		msg_f32_view(&m, "h", &at, &count) == 0 &&
		msg_f32_view(&m, "none", &at, &count) == 0 &&
		msg_f32_view(&m, "n", &at, &count) == -1,
	    "msg_f32_view shows float32 in place, and nothing else");
	ok(msg_u32(&m, "f", &u, &count, &ucap) == -1,
	    "a float32 array is not a uint32 array");
	msg_put_ext(&b, MSG_F32, "12345", 5);
	msg_set(&m, "r", &b);
	ok(msg_f32(&m, "r", &x, &count, &xcap) == -1 &&
		strcmp(err_last(),
		    "field \"r\": 5 bytes are no multiple of 4") == 0,
	    "an array of 5 bytes is refused");
	free(x);
	free(u);
	buf_release(&b);
	msg_release(&m);
}

static int
typed(const char *key)
{
	return strcmp(key, "tokens") == 0 || strcmp(key, "actions") == 0 ?
	    MSG_U32 :
	    strcmp(key, "score") == 0 || strcmp(key, "logp") == 0 ? MSG_F32 :
								    0;
}

static void
check_twin(const char *in, const char *want)
{
	struct msg m = { 0 };
	struct buf out = { 0 };
	int rc = msg_from_json(&m, in, strlen(in), typed);

	if (rc == 0)
		rc = msg_to_json(&m, &out);
	ok(rc == 0 && strcmp(buf_text(&out), want) == 0, "JSON survives: %.60s",
	    want);
	if (rc == 0 && strcmp(buf_text(&out), want) != 0)
		printf("# %s\n", out.p);
	buf_release(&out);
	msg_release(&m);
}

static void
test_twin(void)
{
	static const char *const same[] = {
		"{}",
		"{\"a\":null,\"b\":true,\"c\":false}",
		"{\"i\":[0,127,128,255,256,65535,65536,4294967296,-1,-32,-33,"
		"-128,-129,-32769,-2147483649]}",
		"{\"big\":[9223372036854775807,9223372036854775808,"
		"18446744073709551615,-9223372036854775808]}",
		"{\"x\":[0.1,1e-300,1.0,-2.5,1.7976931348623157e+308]}",
		"{\"s\":\"\xc3\xbc\xe2\x80\xa8\\\"\\\\\\n\\u0001\"}",
		"{\"tokens\":[1,4294967295],\"actions\":[],\"score\":[0.5]}",
		"{\"logp\":[-0.1,-3.4028235e+38]}",
		"{\"s\":[\"\\u0000u64:12zz\",\"\\u0000s\",\"\\u0000\","
		"\"\\u0000u1\"]}",
		"{\"m\":{\"tokens\":[-1],\"18446744073709551616\":\"1,2\"}}",
	};
	size_t i;

	for (i = 0; i < sizeof same / sizeof same[0]; i++)
		check_twin(same[i], same[i]);
	check_twin("{\"a\": [18446744073709551616, -9223372036854775809]}",
	    "{\"a\":[1.8446744073709552e+19,-9.223372036854776e+18]}");
	check_twin("{\"score\": [-0, -0.0, 0], \"x\": [-0, -0.0, 0]}",
	    "{\"score\":[-0,-0,0],\"x\":[-0.0,-0.0,0]}");
	check_twin("{\"score\": [1, 18446744073709551616]}",
	    "{\"score\":[1,1.8446744e+19]}");
}

static void
test_no_twin(void)
{
	static const struct {
		const char *in, *why;
	} bad[] = {
		{ "[1]", "expected an object" },
		{ "{\"tokens\":[-1]}",
		    "field \"tokens\": element 0 is not a uint32" },
		{ "{\"tokens\":[4294967296]}",
		    "field \"tokens\": element 0 is not a uint32" },
		{ "{\"score\":[1,\"x\"]}",
		    "field \"score\": element 1 is not a float32" },
		{ "{\"score\":[1e39]}",
		    "field \"score\": element 0 is not a float32" },
		{ "{\"a\":00000000000000000000}",
		    "line 1 column 6: invalid token near '0'" },
		{ "{\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}",
		    "field \"a\": nested deeper than 16" },
	};
	struct msg m = { 0 };
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(msg_from_json(&m, bad[i].in, strlen(bad[i].in), typed) ==
			    -1 &&
			strcmp(err_last(), bad[i].why) == 0,
		    "JSON is refused: %s", bad[i].why);
	buf_adds(&b, "{\"a\":[");
	for (i = 0; i < JSON_VALUES_MAX / 8; i++)
		buf_adds(&b, "[],");
	buf_adds(&b, "0]}");
	ok(msg_from_json(&m, b.p, b.n, typed) == -1 &&
		strcmp(err_last(), "a line of more than 2097152 values") == 0,
	    "a line of too many values is refused");
	msg_clear(&m);
	msg_set_float(&m, "x", (double)NAN);
	buf_reset(&b);
	ok(msg_to_json(&m, &b) == -1 &&
		strcmp(err_last(),
		    "field \"x\": a "
		    "number that is not finite has no JSON") == 0,
	    "NaN is refused in JSON");
	msg_release(&m);
	ok(msg_parse(&m,
	       "\x82\xa1"
	       "b\xc4\x04"
	       "\xff\x00zz\xa1"
	       "e\xd4\x05"
	       "a",
	       14) == 0 &&
		(buf_reset(&b), msg_to_json(&m, &b)) == 0 &&
		strcmp(buf_text(&b),
		    "{\"b\":{\"base64\":\"/wB6eg==\"},"
		    "\"e\":{\"ext\":5,\"base64\":\"YQ==\"}}") == 0,
	    "bytes and unknown ext values are written as base64");
	buf_release(&b);
	msg_release(&m);
}

int
main(void)
{
	test_refused();
	test_scan();
	test_lend();
	test_parse();
	test_fields();
	test_heads();
	test_arrays();
	test_twin();
	test_no_twin();
	return tap_done();
}
