/* SPDX-License-Identifier: MIT */
/*
 * Well-known expressions against PCRE2 alone: in brackets (?:...) an
 * expression means the same, but nobody cuts it by hand.
 */
#include "text/asciiword.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/rng.h"
#include "tests/tap.h"
#include "text/expression.h"
#include "base/utf8.h"

#define LLAMA3(digits) \
	"(?i:'s|'t|'re|'ve|'m|'ll|'d)|" \
	"[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" digits "| ?[^\\s\\p{L}\\p{N}]+" \
	"[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

static const char *const expressions[] = {
	"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|"
	"\\s+(?!\\S)|\\s+",
	LLAMA3("\\p{N}{1,3}"),
	LLAMA3("\\p{N}"),
};

/* Characters that classes and alternatives turn on. */
static const uint32_t wanted[] = { ' ', ' ', ' ', '\'', '\'', 's', 'S', 't',
	'r', 'e', 'E', 'v', 'l', 'L', 'd', 'm', 'a', 'Z', '0', '9', '7', '\n',
	'\n', '\r', '\t', 0, 0x0b, 0x1c, 0x1f, 0x7f, '.', '(', '_', '@', '[',
	'`', '{', '/', ':', 0x85, 0xa0, 0xaa, 0xb2, 0xe9, 0x17f, 0x212a, 0x301,
	0x660, 0x180e, 0x2019, 0x2028, 0x3000, 0x4e2d, 0x1f600, 0x10ffff };

enum { WANTED = sizeof wanted / sizeof wanted[0] };

/* Some texts are of ASCII alone: the first 39 of wanted, or any. */
static void
random_text(struct rng *r, struct buf *out)
{
	size_t n = rng_below(r, 40), run;
	unsigned kind = (unsigned)rng_below(r, 4);
	uint32_t c;
	char p[4];

	buf_reset(out);
	while (n-- > 0) {
		c = kind == 0 ? (uint32_t)rng_below(r, 128) :
				wanted[rng_below(r, kind == 1 ? 39 : WANTED)];
		if (kind == 3 && rng_below(r, 4) == 0)
			c = (uint32_t)rng_below(r, 0xd800);
		for (run = rng_below(r, 8) == 0 ? 5 : 1; run > 0; run--)
			buf_add(out, p, utf8_encode(c, p));
	}
	(void)buf_text(out);
}

static bool
same(const struct parts *a, const struct parts *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (a->p[i].start != b->p[i].start ||
		    a->p[i].end != b->p[i].end ||
		    a->p[i].match != b->p[i].match)
			return false;
	return a->n == b->n;
}

/* All parts, `enough` of them at a time. */
static int
parts_of(const struct expression *x, struct matcher *m, const struct buf *b,
    size_t start, size_t enough, struct parts *all)
{
	struct scan scan = { start, b->n };
	struct parts some = { 0 };
	size_t i;
	int r;

	all->n = 0;
	do {
		some.n = 0;
		r = expression_parts(x, m, b->p, &scan, enough, &some);
		for (i = 0; i < some.n; i++)
			parts_add(all, some.p[i].start, some.p[i].end,
			    some.p[i].match);
	} while (r > 0);
	free(some.p);
	return r;
}

static void
test_expression(const char *text, int rounds)
{
	struct buf bracketed = { 0 }, b = { 0 };
	struct parts fast = { 0 }, plain = { 0 };
	struct matcher m = { 0 };
	struct rng r = rng_at(7, 0, 0, text, 0);
	struct expression *x, *y;
	int i, bad = 0, by_hand = 0;
	size_t start;

	buf_addf(&bracketed, "(?:%s)", text);
	x = expression_new(text, strlen(text), false);
	y = expression_new(bracketed.p, bracketed.n, false);
	ok(x != NULL && y != NULL &&
		asciiword_find(text, strlen(text)) != NULL &&
		asciiword_find(bracketed.p, bracketed.n) == NULL,
	    "well-known expression: %s", text);
	for (i = 0; i < rounds && x != NULL && y != NULL; i++) {
		random_text(&r, &b);
		start = b.n > 0 && b.p[0] >= 0 ? rng_below(&r, 2) : 0;
		if (start < b.n && (b.p[start] & 0xc0) == 0x80)
			start = 0;
		if (parts_of(x, &m, &b, start, 1 + rng_below(&r, 9), &fast) !=
			0 ||
		    parts_of(y, &m, &b, start, SIZE_MAX, &plain) != 0 ||
		    !same(&fast, &plain)) {
			if (bad++ == 0)
				printf("# differs: \"%s\"\n", b.p);
		}
		fast.n = 0;
		by_hand += asciiword_cut(asciiword_find(text, strlen(text)),
			       b.p, 0, 0, b.n, SIZE_MAX, &fast) == b.n;
	}
	ok(bad == 0, "%d of %d texts are cut differently by PCRE2", bad,
	    rounds);
	ok(by_hand > rounds / 4 && by_hand < rounds,
	    "%d texts are cut without PCRE2", by_hand);
	free(fast.p);
	free(plain.p);
	matcher_release(&m);
	expression_free(x);
	expression_free(y);
	buf_release(&bracketed);
	buf_release(&b);
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The fastest of a few. */
static double
time_run(const struct expression *x, const char *unit, size_t n)
{
	struct buf text = { 0 };
	struct parts parts = { 0 };
	struct matcher m = { 0 };
	double best = 1e30, took;
	int k, rc = 0;

	while (text.n < n)
		buf_adds(&text, unit);
	for (k = 0; k < 5; k++) {
		took = seconds();
		rc |= parts_of(x, &m, &text, 0, SIZE_MAX, &parts);
		took = seconds() - took;
		best = took < best ? took : best;
	}
	matcher_release(&m);
	free(parts.p);
	buf_release(&text);
	return rc == 0 ? best : -1;
}

/* 16 times the text is about 16 times the work; 256 if it were squared. */
static void
test_long(const char *text)
{
	static const char *const units[] = { "a", " ", "\n", "'", "1", "\t ",
		"\n ", ".", "'s", " \n.", "\xc3\xa9" };
	struct expression *x = expression_new(text, strlen(text), false);
	double few, many, worst = 0;
	size_t i, at = 0;
	bool good = x != NULL;

	for (i = 0; i < sizeof units / sizeof units[0] && good; i++) {
		few = time_run(x, units[i], 1 << 14);
		many = time_run(x, units[i], 1 << 18);
		good = few > 0 && many > 0;
		if (many / few > worst) {
			worst = many / few;
			at = i;
		}
	}
	ok(good && worst < 100,
	    "16 times a text is %.0f times the work "
	    "at worst (unit %zu)",
	    worst, at);
	expression_free(x);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof expressions / sizeof expressions[0]; i++) {
		test_expression(expressions[i], 50000);
		test_long(expressions[i]);
	}
	return tap_done();
}
