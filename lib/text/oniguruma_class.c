/* SPDX-License-Identifier: MIT */
/*
 * Escapes, and classes of characters.  Elsewhere than in a class Oniguruma
 * counts the fractions and raised digits of Latin-1 as words.
 */
#include <string.h>

#include "text/oniguruma_parts.h"

#define SPACES "\\p{Z}\\t-\\r\\x{85}"
/* letters in circles and squares are alphabetic symbols */
#define WORD \
	"\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{24b6}-\\x{24e9}" \
	"\\x{1f130}-\\x{1f149}\\x{1f150}-\\x{1f169}\\x{1f170}-\\x{1f189}"
#define WORD_ALONE WORD "\\x{b2}\\x{b3}\\x{b9}\\x{bc}-\\x{be}"
#define IS_WORD "[" WORD_ALONE "]"
#define HEX "0-9A-Fa-f"

static const struct {
	char letter;
	const char *outside, *inside; /* of a class; NULL: PCRE refuses it */
} escapes[] = {
	{ 's', "[" SPACES "]", SPACES },
	{ 'S', "[^" SPACES "]", "\\S\\x{180e}" },
	{ 'w', IS_WORD, WORD },
	{ 'W', "[^" WORD_ALONE "]", "" }, /* see close_class */
	{ 'h', "[" HEX "]", HEX },
	{ 'H', "[^" HEX "]", "\\x{0}-/:-@G-`g-\\x{10ffff}" },
	{ 'v', "\\x{b}", "\\x{b}" },
	{ 'O', "(?s:.)", NULL },
	{ 'b',
	    "(?:(?<=" IS_WORD ")(?!" IS_WORD ")|(?<!" IS_WORD ")(?=" IS_WORD
	    "))",
	    "\\x{8}" },
	{ 'B',
	    "(?:(?<=" IS_WORD ")(?=" IS_WORD ")|(?<!" IS_WORD ")(?!" IS_WORD
	    "))",
	    NULL },
};

static const struct {
	const char *name, *members, *others; /* NULL: PCRE's own */
} classes[] = {
	{ "alpha", "\\p{Alphabetic}", "\\P{Alphabetic}" },
	{ "lower", "\\p{Lowercase}", "\\P{Lowercase}" },
	{ "upper", "\\p{Uppercase}", "\\P{Uppercase}" },
	{ "digit", "\\p{Nd}", "\\P{Nd}" },
	{ "cntrl", "\\p{Cc}", "\\P{Cc}" },
	{ "xdigit", HEX, "\\x{0}-/:-@G-`g-\\x{10ffff}" },
	{ "space", SPACES, "\\S\\x{180e}" },
	{ "blank", "\\p{Zs}\\t", NULL },
	{ "alnum", "\\p{Alphabetic}\\p{Nd}", NULL },
	{ "word", WORD, NULL },
	{ "punct", "\\p{P}\\p{S}", NULL },
	{ "graph", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}", NULL },
	{ "print", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}\\p{Zs}",
	    NULL },
};

/* ---- escapes */

/*
 * \p{Name}: what is neither a category of one or two letters nor a property is
 * a script.  PCRE means its extensions unless it is marked.
 */
static bool
put_property(struct oniguruma *t)
{
	static const char *const properties[] = { "Any", "Alphabetic", "Alpha",
		"Lowercase", "Uppercase", "White_Space", "Emoji", NULL };
	const char *name = t->p + 3 + (t->p[2] == '{' && t->p[3] == '^');
	const size_t n = strcspn(name, "}");
	size_t i;

	if (t->p[2] != '{' || name[n] != '}' || n < 3)
		return false;
	for (i = 0; properties[i] != NULL; i++)
		if (strlen(properties[i]) == n &&
		    memcmp(properties[i], name, n) == 0)
			return false;
	buf_add(t->out, t->p, (size_t)(name - t->p));
	buf_adds(t->out, "sc:");
	buf_add(t->out, name, n + 1);
	t->p = name + n + 1;
	return true;
}

/* \x41, \x{41}, \p{L}, \k<name> or two bytes, as far as they go. */
static size_t
escape_length(const struct oniguruma *t)
{
	const char *p = t->p + 2;
	const char close = *p == '{' ? '}' : '>';
	size_t n;

	if (t->p[1] == 'x' && *p != '{') {
		n = strspn(p, "0123456789abcdefABCDEF");
		return 2 + (n < 2 ? n : 2);
	}
	if (strchr("pPxkg", t->p[1]) == NULL || (*p != '{' && *p != '<'))
		return 2;
	p += strcspn(p, close == '}' ? "}" : ">");
	return (size_t)(p - t->p) + (*p == close);
}

int
oniguruma_escape(struct oniguruma *t)
{
	const char letter = t->p[1];
	const bool inside = t->depth > 0;
	const char *text = NULL;
	size_t i, n;

	if (letter == 'u' && oniguruma_left(t) >= 6 &&
	    strspn(t->p + 2, "0123456789abcdefABCDEF") >= 4) {
		buf_addf(t->out, "\\x{%.4s}", t->p + 2);
		t->p += 6;
		return 0;
	}
	if ((letter == 'p' || letter == 'P') && put_property(t))
		return 0;
	if (letter == 'Q' || letter == 'E')
		return fail("expression: \\%c is not supported", letter);
	for (i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
		if (letter == escapes[i].letter)
			break;
	if (i < sizeof escapes / sizeof escapes[0])
		text = inside ? escapes[i].inside : escapes[i].outside;
	n = escape_length(t);
	if (text != NULL)
		buf_adds(t->out, text);
	else
		buf_add(t->out, t->p, n);
	t->no_word |= inside && letter == 'W';
	t->p += n;
	return 0;
}

/* ---- classes */

/* The length of a [:name:] at p, or 0. */
static size_t
posix_length(const struct oniguruma *t)
{
	const char *end = oniguruma_left(t) > 2 && t->p[1] == ':' ?
	    memmem(t->p + 2, oniguruma_left(t) - 2, ":]", 2) :
	    NULL;

	return end != NULL ? (size_t)(end - t->p) + 2 : 0;
}

static int
put_posix(struct oniguruma *t, size_t n)
{
	const bool other = t->p[2] == '^';
	const char *name = t->p + 2 + other, *text;
	const size_t length = n - 4 - other;
	size_t i;

	for (i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (strlen(classes[i].name) == length &&
		    memcmp(classes[i].name, name, length) == 0)
			break;
	if (i == sizeof classes / sizeof classes[0])
		text = NULL;
	else
		text = other ? classes[i].others : classes[i].members;
	if (text == NULL)
		return fail("expression: %.*s is not supported",
		    (int)(n < 40 ? n : 40), t->p);
	buf_adds(t->out, text);
	t->p += n;
	return 0;
}

/* The [ of a class, which may be inside others. */
int
oniguruma_open_class(struct oniguruma *t)
{
	const bool negated = oniguruma_left(t) > 1 && t->p[1] == '^';
	size_t used = negated ? 2 : 1;

	if (t->depth++ > 0) {
		if (negated)
			return fail("expression: a negated class inside a "
				    "class is not supported");
		t->p++;
		return 0;
	}
	t->class = t->atom = t->out->n;
	t->negated = negated;
	t->no_word = false;
	buf_add(t->out, t->p, used);
	if (oniguruma_left(t) > used && t->p[used] == ']') {
		buf_adds(t->out, "\\]");
		used++;
	}
	t->p += used;
	return 0;
}

/* PCRE has no class of others inside a class: with \W it is a choice. */
static void
close_class(struct oniguruma *t)
{
	const size_t start = t->class + 1 + t->negated;
	struct buf members = { 0 };

	t->p++;
	if (--t->depth > 0)
		return;
	if (!t->no_word) {
		buf_addc(t->out, ']');
		return;
	}
	buf_add(&members, t->out->p + start, t->out->n - start);
	t->out->n = t->class;
	buf_adds(t->out, t->negated ? "(?:" : "(?:[^" WORD "]");
	if (members.n > 0)
		buf_addf(t->out, "%s[%s]%s", t->negated ? "(?!" : "|",
		    buf_text(&members), t->negated ? ")" : "");
	buf_adds(t->out, t->negated ? "[" WORD "])" : ")");
	buf_release(&members);
}

int
oniguruma_in_class(struct oniguruma *t)
{
	size_t n;

	if (*t->p == '[')
		return (n = posix_length(t)) > 0 ? put_posix(t, n) :
						   oniguruma_open_class(t);
	if (*t->p == ']') {
		close_class(t);
		return 0;
	}
	if (oniguruma_left(t) > 1 && memcmp(t->p, "&&", 2) == 0)
		return fail("expression: && in a class is not supported");
	buf_addc(t->out, *t->p++);
	return 0;
}
