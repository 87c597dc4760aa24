/* SPDX-License-Identifier: MIT */
/*
 * The expression of GPT-2 (Radford et al. 2019), in the order in which its
 * alternatives are tried:
 *
 *	's|'t|'re|'ve|'m|'ll|'d      a contraction
 *	 ?\p{L}+  ?\p{N}+  ?[^\s\p{L}\p{N}]+     a run of one class
 *	\s+(?!\S)                    blanks before a word, without the last
 *	\s+                          other blanks
 *
 * Llama 3 and Qwen differ: contractions ignore case; one character other than
 * a line end or a digit may precede letters; words of digits have at most
 * three digits (Llama 3) or one (Qwen); signs include the line ends after
 * them, and blanks that contain line ends are cut after the last of them.
 * Contractions that ignore case can match a character beyond ASCII: U+017F is
 * an s.
 */
#include "text/asciiword.h"

#include <stdbool.h>
#include <string.h>

enum class { LETTER = 1, DIGIT, SIGN, BLANK, HIGH };

struct asciiword {
	const char *expression;
	size_t digits; /* most in a word; 0: the expression of GPT-2 */
};

#define LLAMA3(digits) \
	"(?i:'s|'t|'re|'ve|'m|'ll|'d)|" \
	"[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" digits "| ?[^\\s\\p{L}\\p{N}]+" \
	"[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

static const struct asciiword known[] = {
	{ "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|"
	  "\\s+(?!\\S)|\\s+",
	    0 },
	{ LLAMA3("\\p{N}{1,3}"), 3 },
	{ LLAMA3("\\p{N}"), 1 },
};

#define L LETTER
#define D DIGIT
#define S SIGN
#define B BLANK
#define H HIGH
#define ROW(x) x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x
/* clang-format off */
static const unsigned char class_of[256] = {
	S, S, S, S, S, S, S, S, S, B, B, B, B, B, S, S,
	ROW(S),
	B, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S,
	D, D, D, D, D, D, D, D, D, D, S, S, S, S, S, S,
	S, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L, L, L, S, S, S, S, S,
	S, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L, L, L, S, S, S, S, S,
	ROW(H), ROW(H), ROW(H), ROW(H), ROW(H), ROW(H), ROW(H), ROW(H),
};
/* clang-format on */

/* The class of a byte, or 0 at the end of the text. */
static unsigned
class_at(const char *p, const char *end)
{
	return p < end ? class_of[(unsigned char)*p] : 0;
}

/* The end of a run of one class. */
static const char *
run(const char *p, const char *end, unsigned class)
{
	while (p < end && class_of[(unsigned char)*p] == class)
		p++;
	return p;
}

/* The length of the contraction at an apostrophe, or 0. */
static size_t
contraction(const char *p, const char *end, bool any_case)
{
	const char fold = any_case ? 0x20 : 0;
	char a, b;

	if (end - p < 2)
		return 0;
	a = (char)(p[1] | fold);
	if (a == 's' || a == 't' || a == 'm' || a == 'd')
		return 2;
	if (end - p < 3)
		return 0;
	b = (char)(p[2] | fold);
	return (a == 'r' && b == 'e') || (a == 'v' && b == 'e') ||
		(a == 'l' && b == 'l') ?
	    3 :
	    0;
}

static bool
is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* The end of a word of the blanks p .. q, not empty. */
static const char *
blanks(const char *p, const char *q, const char *end)
{
	return q == end || q - p == 1 ? q : q - 1;
}

/* The end of the word at p < end, or NULL if PCRE2 must decide. */
static const char *
gpt2_word(const char *p, const char *end)
{
	const char *q = p;
	unsigned class;
	size_t n;

	if (*p == '\'' && (n = contraction(p, end, false)) > 0)
		return p + n;
	class = class_of[(unsigned char)*q];
	if (*q == ' ' && class_at(q + 1, end) != BLANK && q + 1 < end)
		class = class_of[(unsigned char)*++q];
	if (class == HIGH)
		return NULL;
	q = run(q, end, class);
	if (class_at(q, end) == HIGH)
		return NULL;
	return class == BLANK ? blanks(p, q, end) : q;
}

static const char *
llama3_blanks(const char *p, const char *end)
{
	const char *q = run(p, end, BLANK), *line;

	if (class_at(q, end) == HIGH)
		return NULL;
	for (line = q; line > p; line--)
		if (is_line_end(line[-1]))
			return line;
	return blanks(p, q, end);
}

static const char *
llama3_word(const char *p, const char *end, size_t digits)
{
	unsigned class = class_of[(unsigned char)*p], next;
	const char *q;
	size_t n;

	if (*p == '\'' && (n = contraction(p, end, true)) > 0)
		return p + n;
	next = class_at(p + 1, end);
	if (class == HIGH || (next == HIGH && !is_line_end(*p)))
		return NULL;
	if (class == LETTER ||
	    (class != DIGIT && next == LETTER && !is_line_end(*p))) {
		q = run(p + 1, end, LETTER);
		return class_at(q, end) == HIGH ? NULL : q;
	}
	if (class == DIGIT) {
		for (n = 1; n < digits && class_at(p + n, end) == DIGIT;)
			n++;
		return n < digits && class_at(p + n, end) == HIGH ? NULL :
								    p + n;
	}
	if (class == BLANK && !(*p == ' ' && next == SIGN))
		return llama3_blanks(p, end);
	q = run(p + 1, end, SIGN);
	if (class_at(q, end) == HIGH)
		return NULL;
	while (q < end && is_line_end(*q))
		q++;
	return q;
}

const struct asciiword *
asciiword_find(const char *expression, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strlen(known[i].expression) == n &&
		    memcmp(known[i].expression, expression, n) == 0)
			return &known[i];
	return NULL;
}

size_t
asciiword_cut(const struct asciiword *a, const char *text, size_t base,
    size_t at, size_t n, size_t enough, struct parts *out)
{
	const char *p = text + at, *end = text + n, *q;

	for (; p < end && out->n < enough; p = q) {
		q = a->digits == 0 ? gpt2_word(p, end) :
				     llama3_word(p, end, a->digits);
		if (q == NULL)
			break;
		parts_add(out, base + (size_t)(p - text),
		    base + (size_t)(q - text), true);
	}
	return (size_t)(p - text);
}
