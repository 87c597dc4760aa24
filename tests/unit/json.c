/* SPDX-License-Identifier: MIT */
#include "io/json.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static const char text[] =
    "{\"a\":[1,2.5,\"x\\u0000y\",null,true],"
    "\"b/c\":{\"~\":-7},\"n\":12,\"r\":0.5,\"t\":true,\"s\":\"hi\","
    "\"big\":9223372036854775807}";

static void
test_tree(const struct json *j)
{
	const struct json *a = json_get(j, "a");
	const char *s;
	size_t n = 0;
	void *it;

	ok(json_kind(j) == JSON_T_OBJECT && json_count(j) == 7 &&
		json_count(a) == 5,
	    "elements and members are counted");
	ok(json_int(json_at(a, 0), 0) == 1 &&
		json_number(json_at(a, 0), 0) == 1 &&
		json_number(json_at(a, 1), 0) == 2.5 &&
		json_int(json_at(a, 1), 9) == 9 &&
		json_bool(json_at(a, 4), false) && json_at(a, 5) == NULL,
	    "elements are read, or the default of another type");
	s = json_text(json_at(a, 2), &n);
	ok(s != NULL && n == 3 && memcmp(s, "x\0y", 3) == 0 &&
		json_text(a, &n) == NULL,
	    "a text may have a NUL");
	ok(json_int(json_get(j, "big"), 0) == INT64_MAX,
	    "the largest integer is read");
	ok(json_get(j, "zz") == NULL && json_get(a, "a") == NULL &&
		json_get(NULL, "a") == NULL,
	    "an absent member is NULL");
	it = json_next(j, NULL);
	ok(strcmp(json_key(it, &n), "a") == 0 && n == 1 &&
		json_value(it) == a &&
		strcmp(json_key(json_next(j, it), &n), "b/c") == 0,
	    "members are walked in order");
	ok(json_int(json_pointer(j, "/b~1c/~0"), 0) == -7 &&
		json_pointer(j, "/a/1") == json_at(a, 1) &&
		json_pointer(j, "") == j && json_pointer(j, "/a/5") == NULL &&
		json_pointer(j, "/a/01") == NULL &&
		json_pointer(j, "/a/x") == NULL &&
		json_pointer(j, "/s/0") == NULL &&
		json_pointer(j, "/a/99999999999999999999") == NULL,
	    "JSON pointers find their nodes");
}

static void
test_typed(const struct json *j)
{
	const char *s;
	uint64_t u = 0;
	double d = 0;
	bool b = false;
	size_t n = 0;

	ok(json_get_uint(j, "n", &u) == 1 && u == 12 &&
		json_get_real(j, "r", &d) == 1 && d == 0.5 &&
		json_get_bool(j, "t", &b) == 1 && b &&
		json_get_string(j, "s", &s, &n) == 1 && n == 2 &&
		strcmp(s, "hi") == 0,
	    "members of each type are read");
	ok(json_get_uint(j, "zz", &u) == 0 && u == 12,
	    "an absent member leaves the value alone");
	ok(json_get_uint(j, "s", &u) == -1, "%s", err_last());
	ok(json_get_real(j, "s", &d) == -1, "%s", err_last());
	ok(json_get_bool(j, "n", &b) == -1, "%s", err_last());
	ok(json_get_string(j, "a", &s, &n) == -1 &&
		strcmp(err_last(), "key \"a\": expected a text, found list") ==
		    0,
	    "%s", err_last());
}

static void
test_refusals(void)
{
	static const char *const bad[] = { "", " ", "{", "[1,]", "{\"a\":1,}",
		"{\"a\":1}x", "{\"a\":1,\"a\":2}", "nul", "01", "\"\xff\"",
		"\"\xed\xa0\x80\"", "\"\\ud800\"", "\"\n\"", "'a'", "NaN",
		"1e999" };
	struct buf deep = { 0 };
	struct json *j;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		j = json_parse(bad[i], strlen(bad[i]));
		ok(j == NULL, "case %zu: %s", i, err_last());
		json_free(j);
	}
	for (i = 0; i < 100000; i++)
		buf_addc(&deep, '[');
	ok(json_parse(deep.p, deep.n) == NULL, "%s", err_last());
	buf_reset(&deep);
	for (i = 0; i < 2 * JSON_DEPTH + 2; i++)
		buf_addc(&deep, i < JSON_DEPTH + 1 ? '[' : ']');
	ok(json_parse(deep.p, deep.n) == NULL, "%s", err_last());
	j = json_parse(deep.p + 1, deep.n - 2);
	ok(j != NULL, "nesting of the largest depth is accepted");
	json_free(j);
	buf_release(&deep);
}

static void
test_put(const struct json *j)
{
	static const char hard[] = "q\"\\/\n\t\x01\x7f\0e\xc3\xa9";
	struct buf b = { 0 };
	struct json *again;
	size_t n = 0;
	const char *s;

	json_put(&b, j);
	again = json_parse(b.p, b.n);
	ok(again != NULL && json_count(again) == 7 &&
		json_int(json_pointer(again, "/b~1c/~0"), 0) == -7,
	    "a tree reads back as it was written");
	json_free(again);
	buf_reset(&b);
	buf_addc(&b, '[');
	json_put_string(&b, hard, sizeof hard - 1);
	buf_addc(&b, ',');
	json_put_double(&b, 0.1);
	buf_addc(&b, ',');
	json_put_float(&b, 0.1f);
	buf_addc(&b, ',');
	json_put_double(&b, 3);
	buf_addc(&b, ']');
	again = json_parse(b.p, b.n);
	s = json_text(json_at(again, 0), &n);
	ok(s != NULL && n == sizeof hard - 1 && memcmp(s, hard, n) == 0,
	    "a text reads back as it was written");
	ok(json_number(json_at(again, 1), 0) == 0.1 &&
		(float)json_number(json_at(again, 2), 0) == 0.1f &&
		json_number(json_at(again, 3), 0) == 3 &&
		json_kind(json_at(again, 3)) == JSON_T_REAL,
	    "numbers read back as they were written");
	json_free(again);
	buf_release(&b);
}

static void
test_files(void)
{
	static const char path[] = "tree.json";
	struct json *j;

	scratch_enter();
	put(path, text);
	j = json_read_file(path, 1000);
	ok(j != NULL && json_count(j) == 7, "a file is read");
	json_free(j);
	ok(json_read_file(path, 20) == NULL && strstr(err_last(), path) != NULL,
	    "a file above the limit is refused: %s", err_last());
	put(path, "{\n  7}");
	ok(json_read_file(path, 20) == NULL &&
		strstr(err_last(), "line 2") != NULL,
	    "%s", err_last());
	ok(unlink(path) == 0 && json_read_file(path, 20) == NULL, "%s",
	    err_last());
	scratch_leave();
}

int
main(void)
{
	struct json *j = json_parse(text, sizeof text - 1);

	if (ok(j != NULL, "a text is parsed: %s", err_last())) {
		test_tree(j);
		test_typed(j);
		test_put(j);
	}
	json_free(j);
	test_refusals();
	test_files();
	return tap_done();
}
