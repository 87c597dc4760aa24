/* SPDX-License-Identifier: MIT */
/* What the reference implementation makes of the same expressions. */
#include "text/split.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"
#include "text/oniguruma.h"
#include "text/expression.h"

static const struct {
	const char *pattern, *behavior, *text, *words;
} cases[] = {
	{ "-", "Removed", "the-final--countdown", "the|final|countdown" },
	{ "-", "Isolated", "the-final--countdown",
	    "the|-|final|-|-|countdown" },
	{ "-", "Contiguous", "the-final--countdown",
	    "the|-|final|--|countdown" },
	{ "-", "MergedWithPrevious", "the-final--countdown",
	    "the-|final-|-|countdown" },
	{ "-", "MergedWithNext", "the-final--countdown",
	    "the|-final|-|-countdown" },
	{ "-", "MergedWithNext", "-a--", "-a|-|-" },
	{ "-", "MergedWithPrevious", "--a-", "-|-|a-" },
	/* empty matches cut; lines begin and end */
	{ "(?=[A-Z])", "Isolated", "aBcD", "a|Bc|D" },
	{ "^.|.$", "Isolated", "abc\ndef", "a|b|c|\n|d|e|f" },
	/* a class in a class; a sign that is no blank */
	{ "[^(\\s|[.,])]+", "Isolated", "ab.cd (e)", "ab|.|cd| (|e|)" },
	{ "\\s", "Removed",
	    "a\xe1\xa0\x8e"
	    "b\xc2\x85"
	    "c",
	    "a\xe1\xa0\x8e"
	    "b|c" },
	{ "[\\s]", "Removed",
	    "a\xe1\xa0\x8e"
	    "b\xe3\x80\x80"
	    "c",
	    "a\xe1\xa0\x8e"
	    "b|c" },
	{ "[[:digit:]]+", "Isolated", "a12", "a|12" },
	{ "[]x]", "Removed", "a]bxc", "a|b|c" },
};

static void
test_words(void)
{
	struct expression *x;
	struct parts parts = { 0 };
	struct words words = { 0 };
	struct matcher m = { 0 };
	struct scan scan;
	struct buf out = { 0 };
	size_t i, k;
	int how;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *t = cases[i].text;

		parts.n = words.n = 0;
		buf_reset(&out);
		x = expression_new(cases[i].pattern, strlen(cases[i].pattern),
		    false);
		how = split_named(cases[i].behavior);
		scan = (struct scan){ 0, strlen(t) };
		if (!ok(x != NULL && how >= 0 &&
			    expression_parts(x, &m, t, &scan, SIZE_MAX,
				&parts) == 0,
			"%s: %s", cases[i].pattern, err_last()))
			continue;
		split_parts((enum split)how, &parts, &words);
		for (k = 0; k < words.n; k++) {
			buf_adds(&out, k > 0 ? "|" : "");
			buf_add(&out, t + words.w[k].start,
			    words.w[k].end - words.w[k].start);
		}
		ok(strcmp(buf_text(&out), cases[i].words) == 0,
		    "case %zu: %s %s", i, cases[i].pattern, cases[i].behavior);
		expression_free(x);
	}
	matcher_release(&m);
	free(parts.p);
	free(words.w);
	buf_release(&out);
}

static void
test_refusals(void)
{
	static const char *const bad[] = { "(", "[", "\\C", "[a[^b]]", "[a&&b]",
		"(?R" };
	struct expression *x;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		x = expression_new(bad[i], strlen(bad[i]), false);
		ok(x == NULL, "%s: %s", bad[i], err_last());
		expression_free(x);
	}
	ok(split_named("Nosuch") == -1 && split_named("") == -1,
	    "unknown behaviors");
}

int
main(void)
{
	test_words();
	test_refusals();
	return tap_done();
}
