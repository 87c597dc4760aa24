/* SPDX-License-Identifier: MIT */
/*
 * Texts cut by expressions, against how the tokenizers library cuts them
 * (tests/peer/oniguruma.py); and expressions that are refused.
 */
#include "text/oniguruma.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "tests/tap.h"
#include "text/expression.h"

enum { LINE = 1 << 16 };

/* A line [expression, text, pieces]. */
static void
check(const struct json *line)
{
	const struct json *pieces = json_at(line, 2);
	const char *expression, *text, *piece;
	struct matcher m = { 0 };
	struct parts parts = { 0 };
	struct scan scan = { 0 };
	struct expression *x;
	size_t n, i, length;
	bool same;

	expression = json_text(json_at(line, 0), &n);
	x = expression_new(expression, n, false);
	if (!ok(x != NULL, "%s is compiled", expression))
		return;
	text = json_text(json_at(line, 1), &scan.end);
	same = expression_parts(x, &m, text, &scan, SIZE_MAX, &parts) == 0;
	for (i = n = 0; i < parts.n && same; i++) {
		if (parts.p[i].start == parts.p[i].end)
			continue;
		piece = json_text(json_at(pieces, n++), &length);
		same = piece != NULL &&
		    length == parts.p[i].end - parts.p[i].start &&
		    memcmp(piece, text + parts.p[i].start, length) == 0;
	}
	ok(same && n == json_count(pieces), "%s cuts %zu pieces", expression,
	    json_count(pieces));
	free(parts.p);
	matcher_release(&m);
	expression_free(x);
}

static void
test_vectors(void)
{
	FILE *f = fopen("tests/peer/oniguruma.jsonl", "r");
	char *text = malloc(LINE);
	struct json *line;

	if (!ok(f != NULL && text != NULL, "tests/peer/oniguruma.jsonl"))
		return;
	while (fgets(text, LINE, f) != NULL) {
		line = json_parse(text, strlen(text));
		if (ok(line != NULL && json_count(line) == 3, "a line"))
			check(line);
		json_free(line);
	}
	free(text);
	(void)fclose(f);
}

static void
test_refused(void)
{
	static const char *const bad[] = { "[a[^b]]", "[a&&b]", "\\Qa\\E",
		"[[:^alnum:]]", "[[:nothing:]]", "\\p{Nothing}", "[\\B]", "(",
		"[", "a{2}{", "[\\W", "\\", "(?", "[[:", "\\u00", "{1}+" };
	struct expression *x;
	struct buf deep = { 0 };
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		x = expression_new(bad[i], strlen(bad[i]), false);
		ok(x == NULL || strcmp(bad[i], "a{2}{") == 0, "%s: %s", bad[i],
		    x == NULL ? err_last() : "is compiled");
		expression_free(x);
	}
	for (i = 0; i < 300; i++)
		buf_addc(&deep, '(');
	x = expression_new(deep.p, deep.n, false);
	ok(x == NULL, "%s", err_last());
	buf_release(&deep);
}

int
main(void)
{
	test_vectors();
	test_refused();
	return tap_done();
}
