/* SPDX-License-Identifier: MIT */
#include "text/normalize.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "text/expression.h"
#include "base/utf8.h"

enum step_kind {
	STEP_FORM,
	STEP_LOWER,
	STEP_PREPEND,
	STEP_REPLACE,
	STEP_STRIP
};

struct step {
	enum step_kind kind;
	utf8proc_option_t form;
	struct expression *from; /* owned, as is to */
	char *to;
	size_t to_n;
	bool left, right;
};

struct normalizer {
	struct step *step;
	size_t n, cap;
};

/* A text that grows beyond these bounds is refused. */
enum { GROWTH = 64, GROWTH_MIN = 1 << 16 };

enum { STABLE = UTF8PROC_STABLE };

static const struct {
	const char *name;
	int form;
} forms[] = {
	{ "NFC", STABLE | UTF8PROC_COMPOSE },
	{ "NFD", STABLE | UTF8PROC_DECOMPOSE },
	{ "NFKC", STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT },
	{ "NFKD", STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT },
};

void
normalizer_free(struct normalizer *z)
{
	size_t i;

	if (z == NULL)
		return;
	for (i = 0; i < z->n; i++) {
		expression_free(z->step[i].from);
		free(z->step[i].to);
	}
	free(z->step);
	free(z);
}

static struct step *
add_step(struct normalizer *z, enum step_kind kind)
{
	z->step = mem_grow(z->step, &z->cap, z->n + 1, sizeof *z->step);
	z->step[z->n].kind = kind;
	return &z->step[z->n++];
}

static int
take_text(const struct json *j, const char *key, char **out, size_t *n)
{
	const char *s;
	int r = json_get_string(j, key, &s, n);

	if (r <= 0)
		return r < 0 ? -1 : fail("key \"%s\": missing", key);
	*out = mem_dup(s, *n);
	return 0;
}

static int
add_replace(struct normalizer *z, const struct json *j)
{
	struct step *s = add_step(z, STEP_REPLACE);
	const struct json *pattern = json_get(j, "pattern");
	bool literal = json_get(pattern, "Regex") == NULL;
	const char *text;
	size_t n;
	int r =
	    json_get_string(pattern, literal ? "String" : "Regex", &text, &n);

	if (r <= 0 || n == 0)
		return r < 0 ? -1 : fail("Replace: no pattern");
	if (take_text(j, "content", &s->to, &s->to_n) != 0)
		return fail_in("Replace");
	s->from = expression_new(text, n, literal);
	return s->from != NULL ? 0 : fail_in("Replace");
}

static int
add_strip(struct normalizer *z, const struct json *j)
{
	struct step *s = add_step(z, STEP_STRIP);

	s->left = s->right = true;
	if (json_get_bool(j, "strip_left", &s->left) < 0 ||
	    json_get_bool(j, "strip_right", &s->right) < 0)
		return fail_in("Strip");
	return 0;
}

static int
add(struct normalizer *z, const struct json *j, int depth)
{
	const struct json *list = json_get(j, "normalizers");
	const char *type;
	struct step *s;
	size_t i;
	int r = json_get_string(j, "type", &type, NULL);

	if (r <= 0 || depth == 0)
		return r < 0 ? -1 : fail("key \"type\": missing");
	for (i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (strcmp(type, forms[i].name) == 0) {
			add_step(z, STEP_FORM)->form =
			    (utf8proc_option_t)forms[i].form;
			return 0;
		}
	if (strcmp(type, "Prepend") == 0) {
		s = add_step(z, STEP_PREPEND);
		return take_text(j, "prepend", &s->to, &s->to_n);
	}
	if (strcmp(type, "Replace") == 0)
		return add_replace(z, j);
	if (strcmp(type, "Strip") == 0)
		return add_strip(z, j);
	if (strcmp(type, "Lowercase") == 0) {
		(void)add_step(z, STEP_LOWER);
		return 0;
	}
	if (strcmp(type, "Sequence") != 0)
		return fail("type %s is not known", type);
	if (list == NULL || json_kind(list) != JSON_T_ARRAY)
		return fail("Sequence: key \"normalizers\": expected a list");
	for (i = 0; i < json_count(list); i++)
		if (add(z, json_at(list, i), depth - 1) != 0)
			return -1;
	return 0;
}

struct normalizer *
normalizer_new(const struct json *j)
{
	struct normalizer *z = mem_alloc(1, sizeof *z);

	if (j == NULL || json_kind(j) == JSON_T_NULL ||
	    add(z, j, JSON_DEPTH) == 0)
		return z;
	(void)fail_in("normalizer");
	normalizer_free(z);
	return NULL;
}

/* The end of a run of ASCII, or of characters beyond ASCII. */
static size_t
run(const struct buf *text, size_t at, bool ascii)
{
	while (at < text->n && ((unsigned char)text->p[at] < 0x80) == ascii)
		at++;
	return at;
}

/*
 * ASCII is normalized already, and no character combines with an ASCII
 * character after it.  So only runs beyond ASCII change, with the ASCII
 * character before them, which may combine with the first.
 */
static int
to_form(const struct step *s, struct buf *text)
{
	struct buf out = { 0 };
	size_t at, end = run(text, 0, true), start;
	utf8proc_uint8_t *form;
	utf8proc_ssize_t n;

	if (end == text->n)
		return 0;
	for (at = 0; at < text->n; at = end) {
		end = run(text, at, true);
		start = end > at && end < text->n ? end - 1 : end;
		buf_add(&out, text->p + at, start - at);
		end = run(text, end, false);
		if (start == end)
			break;
		n = utf8proc_map((const utf8proc_uint8_t *)text->p + start,
		    (utf8proc_ssize_t)(end - start), &form, s->form);
		if (n < 0) {
			buf_release(&out);
			return fail("normalization: %s", utf8proc_errmsg(n));
		}
		buf_add(&out, form, (size_t)n);
		free(form);
	}
	buf_release(text);
	*text = out;
	return 0;
}

/* Characters are lowered one by one; only U+0130 becomes two. */
static void
lower(struct buf *text)
{
	struct buf out = { 0 };
	size_t at, length;
	uint32_t c;
	char p[4];

	for (at = 0; at < text->n; at += length) {
		c = utf8_decode(text->p + at, text->n - at, &length);
		if (c == 0x130)
			buf_adds(&out, "i\xcc\x87");
		else
			buf_add(&out, p,
			    utf8_encode((uint32_t)utf8proc_tolower(
					    (utf8proc_int32_t)c),
				p));
	}
	buf_release(text);
	*text = out;
}

static int
replace(const struct step *s, size_t limit, struct buf *text)
{
	struct parts parts = { 0 };
	struct matcher m = { 0 };
	struct buf out = { 0 };
	size_t i;
	struct scan scan = { 0, text->n };
	int rc =
	    expression_parts(s->from, &m, text->p, &scan, SIZE_MAX, &parts);

	for (i = 0; i < parts.n && rc == 0; i++) {
		if (parts.p[i].match)
			buf_add(&out, s->to, s->to_n);
		else
			buf_add(&out, text->p + parts.p[i].start,
			    parts.p[i].end - parts.p[i].start);
		if (out.n > limit)
			rc = fail("normalization: more than %zu bytes", limit);
	}
	matcher_release(&m);
	free(parts.p);
	if (rc == 0) {
		buf_release(text);
		*text = out;
	} else {
		buf_release(&out);
	}
	return rc;
}

static void
strip(const struct step *s, struct buf *text)
{
	size_t start = 0, end = text->n, at, length;

	while (s->left && start < end &&
	    utf8_is_space(utf8_decode(text->p + start, end - start, &length)))
		start += length;
	while (s->right && end > start &&
	    (at = utf8_before(text->p, end),
		utf8_is_space(utf8_decode(text->p + at, end - at, &length))))
		end = at;
	memmove(text->p, text->p + start, end - start);
	text->n = end - start;
}

static void
prepend(const struct step *s, struct buf *text)
{
	struct buf out = { 0 };

	buf_add(&out, s->to, s->to_n);
	buf_add(&out, text->p, text->n);
	buf_release(text);
	*text = out;
}

int
normalize(const struct normalizer *z, bool after_text, struct buf *text)
{
	size_t i, limit = GROWTH_MIN + GROWTH * text->n;
	int rc = 0;

	for (i = 0; i < z->n && text->n > 0 && rc == 0; i++) {
		const struct step *s = &z->step[i];

		if (s->kind == STEP_FORM)
			rc = to_form(s, text);
		else if (s->kind == STEP_LOWER)
			lower(text);
		else if (s->kind == STEP_REPLACE)
			rc = replace(s, limit, text);
		else if (s->kind == STEP_STRIP)
			strip(s, text);
		else if (!after_text)
			prepend(s, text);
	}
	return rc;
}

bool
normalizer_is_none(const struct normalizer *z)
{
	return z->n == 0;
}

bool
normalize_is_word(uint32_t code)
{
	switch (utf8proc_category((utf8proc_int32_t)code)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_PC:
		return true;
	case UTF8PROC_CATEGORY_SO: /* letters in circles and squares */
		return (code >= 0x24b6 && code <= 0x24e9) ||
		    (code >= 0x1f130 && code <= 0x1f149) ||
		    (code >= 0x1f150 && code <= 0x1f169) ||
		    (code >= 0x1f170 && code <= 0x1f189);
	default:
		return code == 0x200c || code == 0x200d;
	}
}

bool
normalize_is_letter(uint32_t code)
{
	const utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)code);

	return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

bool
normalize_is_digit(uint32_t code)
{
	return utf8proc_category((utf8proc_int32_t)code) ==
	    UTF8PROC_CATEGORY_ND;
}

bool
normalize_is_number(uint32_t code)
{
	const utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)code);

	return c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO;
}

bool
normalize_has_case(uint32_t code, bool upper)
{
	return (upper ? utf8proc_isupper((utf8proc_int32_t)code) :
			utf8proc_islower((utf8proc_int32_t)code)) != 0;
}

bool
normalize_is_cased(uint32_t code)
{
	return normalize_has_case(code, true) ||
	    normalize_has_case(code, false) ||
	    utf8proc_category((utf8proc_int32_t)code) == UTF8PROC_CATEGORY_LT;
}

bool
normalize_has_title(uint32_t code)
{
	return utf8proc_totitle((utf8proc_int32_t)code) !=
	    utf8proc_toupper((utf8proc_int32_t)code);
}

bool
normalize_is_printable(uint32_t code)
{
	switch (utf8proc_category((utf8proc_int32_t)code)) {
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return false;
	case UTF8PROC_CATEGORY_ZS:
		return code == ' ';
	default:
		return true;
	}
}

/* Characters whose upper case is several characters (SpecialCasing.txt). */
static bool
is_several_in_upper(uint32_t c)
{
	return c == 0xdf || c == 0x149 || c == 0x1f0 || c == 0x390 ||
	    c == 0x3b0 || c == 0x587 || (c >= 0x1e96 && c <= 0x1e9a) ||
	    (c >= 0x1f50 && c <= 0x1f56 && c % 2 == 0) ||
	    (c >= 0x1f80 && c <= 0x1fff) || (c >= 0xfb00 && c <= 0xfb17);
}

uint32_t
normalize_upper(uint32_t code)
{
	return is_several_in_upper(code) ?
	    UINT32_MAX :
	    (uint32_t)utf8proc_toupper((utf8proc_int32_t)code);
}

uint32_t
normalize_lower(uint32_t code)
{
	enum { I_WITH_DOT = 0x130, SIGMA = 0x3a3 };

	return code == I_WITH_DOT || code == SIGMA ?
	    UINT32_MAX :
	    (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
}
