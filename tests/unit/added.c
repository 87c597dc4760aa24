/* SPDX-License-Identifier: MIT */
#include "text/added.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

static const char tokens[] =
    "["
    "{\"id\":10,\"content\":\"<a>\",\"special\":true},"
    "{\"id\":11,\"content\":\"<a>b\"},"
    "{\"id\":12,\"content\":\"cat\",\"single_word\":true,"
    "\"normalized\":false},"
    "{\"id\":13,\"content\":\"[M]\",\"special\":true,\"lstrip\":true},"
    "{\"id\":14,\"content\":\"Big\",\"normalized\":true},"
    "{\"id\":15,\"content\":\"dog\",\"rstrip\":true,"
    "\"normalized\":false}]";

static struct added *
make(const char *json, const char *normalizer)
{
	struct json *j = json_parse(json, strlen(json));
	struct json *k = json_parse(normalizer, strlen(normalizer));
	struct normalizer *z = normalizer_new(k);
	struct added *a = z != NULL ? added_new(j, z) : NULL;

	normalizer_free(z);
	json_free(j);
	json_free(k);
	return a;
}

static const struct {
	enum added_set set;
	const char *text;
	bool specials;
	size_t start, end; /* 0, 0: nothing is found */
	uint32_t id;
} cases[] = {
	{ ADDED_RAW, "x<a>y", true, 1, 4, 10 },
	{ ADDED_RAW, "x<a>y", false, 0, 0, 0 },
	{ ADDED_ALL, "x<a>b", true, 1, 5, 11 },
	{ ADDED_ALL, "x<a>b", false, 1, 5, 11 },
	{ ADDED_RAW, "a cat sat", false, 2, 5, 12 },
	{ ADDED_RAW, "cats", false, 0, 0, 0 },
	{ ADDED_RAW,
	    "\xc3\xa9"
	    "cat",
	    false, 0, 0, 0 },
	{ ADDED_RAW, "bobcat cat", false, 7, 10, 12 },
	{ ADDED_RAW, "a \xc2\xa0[M] b", true, 1, 7, 13 },
	{ ADDED_RAW, "a dog \n b", false, 2, 8, 15 },
	{ ADDED_RAW, "a big Big", false, 0, 0, 0 },
	{ ADDED_NORMALIZED, "a big Big", false, 2, 5, 14 },
	{ ADDED_ALL, "a big Big", false, 6, 9, 14 },
	{ ADDED_RAW, "", true, 0, 0, 0 },
	{ ADDED_RAW, "<a", true, 0, 0, 0 },
};

static void
test_found(void)
{
	struct added *a = make(tokens, "{\"type\":\"Lowercase\"}");
	struct added_hit hit;
	size_t i;
	bool found;

	if (!ok(a != NULL, "read: %s", err_last()))
		return;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		hit = (struct added_hit){ 0 };
		found = added_find(a, cases[i].set, cases[i].text,
		    strlen(cases[i].text), 0, cases[i].specials, &hit);
		ok(found == (cases[i].end > 0) && hit.id == cases[i].id &&
			hit.start == cases[i].start && hit.end == cases[i].end,
		    "case %zu: %zu to %zu is %u", i, hit.start, hit.end,
		    hit.id);
	}
	ok(added_find(a, ADDED_RAW, "dog [M]", 7, 3, true, &hit) &&
		hit.start == 3,
	    "lstrip includes no blanks before the start of the search");
	added_free(a);
}

static void
test_decoded(void)
{
	struct added *a = make(tokens, "{\"type\":\"Lowercase\"}");
	bool special = true;
	size_t n = 0;
	const char *s = a != NULL ? added_decoded(a, 14, &n, &special) : NULL;

	ok(s != NULL && n == 3 && !special && memcmp(s, "big", 3) == 0,
	    "a normalized token is decoded in its normalized form");
	s = a != NULL ? added_text(a, 14, &n, &special) : NULL;
	ok(s != NULL && n == 3 && memcmp(s, "Big", 3) == 0,
	    "and is spelled otherwise");
	s = a != NULL ? added_decoded(a, 10, &n, &special) : NULL;
	ok(s != NULL && n == 3 && special && memcmp(s, "<a>", 3) == 0 &&
		added_decoded(a, 9, &n, &special) == NULL,
	    "others are decoded as they are");
	added_free(a);
}

static void
test_asked(void)
{
	struct added *a = make(tokens, "null"), *none = make("[]", "null");
	bool special = true;
	size_t n = 0;
	const char *s;

	ok(a != NULL && added_size(a) == 16 && added_id(a, "<a>b") == 11 &&
		added_id(a, "<a>c") == -1 && added_id(a, "") == -1,
	    "ids by text");
	s = a != NULL ? added_text(a, 12, &n, &special) : NULL;
	ok(s != NULL && n == 3 && !special && memcmp(s, "cat", 3) == 0 &&
		added_text(a, 9, &n, &special) == NULL,
	    "texts by id");
	ok(none != NULL && added_size(none) == 0 &&
		added_text(none, 0, &n, &special) == NULL &&
		added_id(none, "x") == -1,
	    "an empty list of added tokens");
	added_free(a);
	added_free(none);
}

static void
test_refusals(void)
{
	static const char *const bad[] = { "7", "{}", "[7]", "[{}]",
		"[{\"id\":1}]", "[{\"content\":\"x\"}]",
		"[{\"id\":1,\"content\":\"\"}]",
		"[{\"id\":-1,\"content\":\"x\"}]",
		"[{\"id\":16777216,\"content\":\"x\"}]",
		"[{\"id\":1,\"content\":\"x\",\"special\":2}]",
		"[{\"id\":1,\"content\":\"x\"},{\"id\":1,\"content\":\"y\"}]" };
	struct added *a;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		a = make(bad[i], "null");
		ok(a == NULL && strncmp(err_last(), "added_tokens: ", 14) == 0,
		    "%s: %s", bad[i], err_last());
		added_free(a);
	}
}

/* Many that begin alike: found in no time, the longest of them. */
static void
test_many(void)
{
	struct buf json = { 0 }, text = { 0 };
	struct added_hit hit = { 0 };
	struct added *a;
	size_t i;

	for (i = 0; i < 3000; i++)
		buf_addf(&json, "%s{\"id\":%zu,\"content\":\"%0*d\"}",
		    i > 0 ? "," : "[", i, (int)(i % 1000) + 2,
		    (int)(i / 1000) + 1);
	buf_addc(&json, ']');
	a = make(buf_text(&json), "null");
	for (i = 0; i < 20000; i++)
		buf_addc(&text, '0');
	ok(a != NULL &&
		!added_find(a, ADDED_ALL, text.p, text.n, 0, true, &hit),
	    "3000 tokens, none of them there");
	buf_addc(&text, '2');
	ok(a != NULL &&
		added_find(a, ADDED_ALL, text.p, text.n, 0, true, &hit) &&
		hit.id == 1999 && hit.end == text.n &&
		hit.start == text.n - 1001,
	    "the longest: %u", hit.id);
	added_free(a);
	buf_release(&json);
	buf_release(&text);
}

int
main(void)
{
	test_found();
	test_asked();
	test_decoded();
	test_refusals();
	test_many();
	return tap_done();
}
