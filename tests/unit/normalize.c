/* SPDX-License-Identifier: MIT */
#include "text/normalize.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/rng.h"
#include "tests/tap.h"
#include "base/utf8.h"

static struct normalizer *
make(const char *json)
{
	struct json *j = json_parse(json, strlen(json));
	struct normalizer *z = normalizer_new(j);

	json_free(j);
	return z;
}

#define REPLACE(pattern, to) \
	"{\"type\":\"Replace\",\"pattern\":" pattern ",\"content\":\"" to "\"" \
	"}"

static const struct {
	const char *json, *text, *made;
} cases[] = {
	{ "null", "A b", "A b" },
	{ "{\"type\":\"NFC\"}", "e\xcc\x81", "\xc3\xa9" },
	{ "{\"type\":\"NFC\"}", "\xef\xac\x81", "\xef\xac\x81" },
	{ "{\"type\":\"NFD\"}", "\xc3\xa9", "e\xcc\x81" },
	{ "{\"type\":\"NFKC\"}",
	    "\xef\xac\x81"
	    "e\xcc\x81",
	    "fi\xc3\xa9" },
	{ "{\"type\":\"NFKD\"}", "\xef\xac\x81\xc3\xa9", "fie\xcc\x81" },
	{ "{\"type\":\"Lowercase\"}", "A\xc3\x89\xce\xa3z",
	    "a\xc3\xa9\xcf\x83z" },
	{ "{\"type\":\"Lowercase\"}", "\xc4\xb0", "i\xcc\x87" },
	{ "{\"type\":\"Prepend\",\"prepend\":\"_\"}", "a", "_a" },
	{ "{\"type\":\"Prepend\",\"prepend\":\"_\"}", "", "" },
	{ REPLACE("{\"String\":\" \"}", "_"), "a  b ", "a__b_" },
	{ REPLACE("{\"String\":\".\"}", ""), "a.b.", "ab" },
	{ REPLACE("{\"Regex\":\"\\\\s+\"}", "-"), "a \xc2\xa0\n b", "a-b" },
	{ "{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true}",
	    " \xe3\x80\x80 a b\n\xc2\xa0", "a b" },
	{ "{\"type\":\"Strip\",\"strip_left\":false,\"strip_right\":true}",
	    " a ", " a" },
	{ "{\"type\":\"Strip\"}", " \n ", "" },
	{ "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Lowercase\"}"
	  "," REPLACE("{\"String\":\"ab\"}", "c") "]}",
	    "AB ab", "c c" },
};

static void
test_forms(void)
{
	struct normalizer *z;
	struct buf text = { 0 };
	size_t i;
	int rc;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		z = make(cases[i].json);
		if (!ok(z != NULL, "%s: %s", cases[i].json, err_last()))
			continue;
		buf_reset(&text);
		buf_adds(&text, cases[i].text);
		rc = normalize(z, false, &text);
		ok(rc == 0 && strcmp(buf_text(&text), cases[i].made) == 0,
		    "case %zu: %s", i, cases[i].json);
		normalizer_free(z);
	}
	z = make("{\"type\":\"Prepend\",\"prepend\":\"_\"}");
	buf_reset(&text);
	buf_adds(&text, "a");
	ok(z != NULL && normalize(z, true, &text) == 0 &&
		strcmp(buf_text(&text), "a") == 0,
	    "Prepend adds nothing to text that continues");
	normalizer_free(z);
	buf_release(&text);
}

static void
test_refusals(void)
{
	static const char *const bad[] = { "7", "[]", "{}",
		"{\"type\":\"Nosuch\"}", "{\"type\":\"Sequence\"}",
		"{\"type\":\"Sequence\",\"normalizers\":{}}",
		"{\"type\":\"Sequence\",\"normalizers\":[7]}",
		"{\"type\":\"Prepend\"}", "{\"type\":\"Replace\"}",
		REPLACE("{\"String\":\"\"}", "x"),
		REPLACE("{\"String\":7}", "x"),
		REPLACE("{\"Regex\":\"((\"}", "x"),
		"{\"type\":\"Strip\",\"strip_left\":7}" };
	struct normalizer *z;
	struct buf text = { 0 };
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		z = make(bad[i]);
		ok(z == NULL && strncmp(err_last(), "normalizer: ", 12) == 0,
		    "%s: %s", bad[i], err_last());
		normalizer_free(z);
	}
	z = make(REPLACE("{\"Regex\":\"(a+)+$\"}", "x"));
	for (i = 0; i < 60; i++)
		buf_addc(&text, 'a');
	buf_addc(&text, 'b');
	ok(z != NULL && normalize(z, false, &text) == -1,
	    "an expression that explodes: %s", err_last());
	normalizer_free(z);
	buf_release(&text);
}

/* Letters, marks of several classes, jamo, what only K forms change. */
static const uint32_t wanted[] = { 'a', 'e', 'n', ' ', '<', '=', '/', 0, 0x7f,
	0xe9, 0x300, 0x301, 0x323, 0x327, 0x338, 0x345, 0x1100, 0x1161, 0x11a8,
	0xac00, 0x212b, 0xfb01, 0x1e9b, 0x2126, 0x0958, 0xff21, 0x1f600 };

static bool
as_whole(const struct normalizer *z, utf8proc_option_t form,
    const struct buf *text)
{
	struct buf made = { 0 };
	utf8proc_uint8_t *want = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text->p,
	    (utf8proc_ssize_t)text->n, &want, form | UTF8PROC_STABLE);
	bool same;

	buf_add(&made, text->p, text->n);
	same = normalize(z, false, &made) == 0 && n >= 0 &&
	    made.n == (size_t)n && memcmp(made.p, want, made.n) == 0;
	free(want);
	buf_release(&made);
	return same;
}

/* Cut at ASCII and normalised in parts, a text is as if it were not. */
static void
test_parts(const char *json, utf8proc_option_t form)
{
	enum { TEXTS = 20000 };
	struct normalizer *z = make(json);
	struct rng r = rng_at(5, 0, 0, json, 0);
	struct buf text = { 0 };
	char p[4];
	size_t n;
	int i, bad = 0;

	for (i = 0; i < TEXTS; i++) {
		buf_reset(&text);
		for (n = 1 + rng_below(&r, 12); n > 0; n--)
			buf_add(&text, p,
			    utf8_encode(wanted[rng_below(&r,
					    sizeof wanted / sizeof wanted[0])],
				p));
		bad += !as_whole(z, form, &text);
	}
	ok(bad == 0, "%s: %d of %d texts differ", json, bad, TEXTS);
	normalizer_free(z);
	buf_release(&text);
}

int
main(void)
{
	test_forms();
	test_refusals();
	ok(normalize_is_word('a') && normalize_is_word('_') &&
		normalize_is_word(0x301) && normalize_is_word(0x661) &&
		normalize_is_word(0x24b6) && !normalize_is_word(0x2460) &&
		!normalize_is_word(' ') && !normalize_is_word(0xb2) &&
		!normalize_is_word('-'),
	    "characters of words");
	test_parts("{\"type\":\"NFC\"}", UTF8PROC_COMPOSE);
	test_parts("{\"type\":\"NFD\"}", UTF8PROC_DECOMPOSE);
	test_parts("{\"type\":\"NFKC\"}", UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
	test_parts("{\"type\":\"NFKD\"}", UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
	return tap_done();
}
