/* SPDX-License-Identifier: MIT */
#include "text/pretokenize.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

#define SPLIT(what, how) \
	"{\"type\":\"Split\",\"pattern\":" what ",\"behavior\":\"" how \
	"\",\"invert\":false}"
#define SPACE "{\"String\":\" \"}"
#define SPACES "{\"Regex\":\"\\\\s+\"}"
#define BYTE_LEVEL(regex) \
	"{\"type\":\"ByteLevel\"," \
	"\"add_prefix_space\":false,\"use_regex\":" regex "}"
#define BAR "\xe2\x96\x81"

static struct pretokenizer *
make(const char *json)
{
	struct json *j = json_parse(json, strlen(json));
	struct pretokenizer *p = pretokenizer_new(j);

	json_free(j);
	return p;
}

/* The words with | between them. */
static int
cut(const struct pretokenizer *p, const char *text, bool goes_on,
    struct buf *out)
{
	struct buf b = { 0 };
	struct words w = { 0 };
	size_t i;
	int rc;

	buf_reset(out);
	buf_adds(&b, text);
	rc = pretokenize(p, &b, true, goes_on, words_append, &w);
	for (i = 0; i < w.n && rc == 0; i++) {
		buf_adds(out, i > 0 ? "|" : "");
		buf_add(out, b.p + w.w[i].start, w.w[i].end - w.w[i].start);
	}
	(void)buf_text(out);
	free(w.w);
	buf_release(&b);
	return rc;
}

static const struct {
	const char *json, *text, *words;
} cases[] = {
	{ "null", "a b", "a b" },
	{ "{\"type\":\"Whitespace\"}",
	    "a\xe2\x92\xb6"
	    "b \xc2\xb2"
	    "c, d",
	    "a\xe2\x92\xb6"
	    "b|\xc2\xb2|c|,|d" },
	{ BYTE_LEVEL("true"), "I've 12  cats, \t ok",
	    "I|'ve| 12| | cats|,| \t| ok" },
	{ BYTE_LEVEL("false"), "I've 12", "I've 12" },
	{ SPLIT(SPACE, "Isolated"), "a b  c", "a| |b| | |c" },
	{ SPLIT(SPACE, "Removed"), "a b  c", "a|b|c" },
	{ SPLIT(SPACES, "Isolated"),
	    "a  b\xc2\xa0"
	    "c",
	    "a|  |b|\xc2\xa0|c" },
	{ "{\"type\":\"Digits\",\"individual_digits\":true}", "a12b",
	    "a|1|2|b" },
	{ "{\"type\":\"Digits\",\"individual_digits\":false}", "a12b",
	    "a|12|b" },
	{ "{\"type\":\"Sequence\",\"pretokenizers\":[" SPLIT(
	      "{\"Regex\":\"\\\\p{N}{1,2}\"}",
	      "Isolated") "," BYTE_LEVEL("false") "]}",
	    "ab123", "ab|12|3" },
	{ "{\"type\":\"Metaspace\",\"replacement\":\"" BAR "\","
	  "\"prepend_scheme\":\"first\",\"split\":true}",
	    "a b", BAR "a|" BAR "b" },
	{ "{\"type\":\"Metaspace\",\"replacement\":\"" BAR "\","
	  "\"prepend_scheme\":\"first\",\"split\":false}",
	    "a b", BAR "a" BAR "b" },
	{ "{\"type\":\"Metaspace\",\"replacement\":\"" BAR "\","
	  "\"prepend_scheme\":\"never\",\"split\":false}",
	    "a b", "a" BAR "b" },
};

static void
test_words(void)
{
	struct pretokenizer *p;
	struct buf out = { 0 };
	size_t i;
	int rc;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		p = make(cases[i].json);
		if (!ok(p != NULL, "%s: %s", cases[i].json, err_last()))
			continue;
		rc = cut(p, cases[i].text, false, &out);
		ok(rc == 0 && strcmp(out.p, cases[i].words) == 0, "%s",
		    rc == 0 ? out.p : err_last());
		ok(pretokenizer_bytes(p) ==
			(strstr(cases[i].json, "ByteLevel") != NULL),
		    "words are bytes if ByteLevel is among the types");
		ok(cut(p, "", false, &out) == 0 &&
			(out.n == 0 || strcmp(out.p, BAR) == 0),
		    "an empty text has no words");
		pretokenizer_free(p);
	}
	p = make(cases[sizeof cases / sizeof cases[0] - 3].json);
	ok(p != NULL && cut(p, "a b", true, &out) == 0 &&
		strcmp(out.p, "a|" BAR "b") == 0,
	    "no prefix space for text that continues: %s", out.p);
	pretokenizer_free(p);
	buf_release(&out);
}

static void
test_refusals(void)
{
	static const char *const bad[] = { "7", "{}", "{\"type\":\"Nosuch\"}",
		SPLIT("{\"Regex\":\"((((\"}", "Isolated"),
		SPLIT("{}", "Isolated"), SPLIT(SPACE, "Nosuch") };
	struct pretokenizer *p;
	struct buf text = { 0 }, out = { 0 };
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		p = make(bad[i]);
		ok(p == NULL, "%s: %s", bad[i], err_last());
		pretokenizer_free(p);
	}
	p = make(SPLIT("{\"Regex\":\"(a+)+$\"}", "Isolated"));
	for (i = 0; i < 60; i++)
		buf_addc(&text, 'a');
	buf_addc(&text, 'b');
	ok(p != NULL && cut(p, buf_text(&text), false, &out) == -1,
	    "an expression that explodes: %s", err_last());
	pretokenizer_free(p);
	buf_release(&text);
	buf_release(&out);
}

int
main(void)
{
	test_words();
	test_refusals();
	return tap_done();
}
