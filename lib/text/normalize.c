/* SPDX-License-Identifier: MIT */
#include "text/normalize.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"

enum step_kind { STEP_FORM, STEP_PREPEND, STEP_REPLACE, STEP_STRIP };

struct step {
	enum step_kind kind;
	utf8proc_option_t form;
	char *from, *to; /* owned */
	size_t from_n, to_n;
	bool left, right;
};

struct normalizer {
	struct step *step;
	size_t n, cap;
};

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
		free(z->step[i].from);
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

	if (json_get(json_get(j, "pattern"), "String") == NULL)
		return fail("Replace: only of a String is known");
	if (take_text(json_get(j, "pattern"), "String", &s->from,
		&s->from_n) != 0 ||
	    take_text(j, "content", &s->to, &s->to_n) != 0)
		return -1;
	return s->from_n > 0 ? 0 : fail("Replace: of an empty text");
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
	if (strcmp(type, "Strip") == 0) {
		s = add_step(z, STEP_STRIP);
		s->left = json_bool(json_get(j, "strip_left"), true);
		s->right = json_bool(json_get(j, "strip_right"), true);
		return 0;
	}
	if (strcmp(type, "Sequence") != 0 || list == NULL)
		return fail("type %s is not known", type);
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

static int
to_form(const struct step *s, struct buf *text)
{
	utf8proc_uint8_t *out;
	utf8proc_ssize_t n;

	n = utf8proc_map((const utf8proc_uint8_t *)text->p,
	    (utf8proc_ssize_t)text->n, &out, s->form);
	if (n < 0)
		return fail("normalisation: %s", utf8proc_errmsg(n));
	buf_reset(text);
	buf_add(text, out, (size_t)n);
	free(out);
	return 0;
}

static void
replace(const struct step *s, struct buf *text)
{
	struct buf out = { 0 };
	size_t at = 0;
	const char *hit;

	while ((hit = memmem(text->p + at, text->n - at, s->from,
		    s->from_n)) != NULL) {
		buf_add(&out, text->p + at, (size_t)(hit - text->p) - at);
		buf_add(&out, s->to, s->to_n);
		at = (size_t)(hit - text->p) + s->from_n;
	}
	buf_add(&out, text->p + at, text->n - at);
	buf_release(text);
	*text = out;
}

static void
strip(const struct step *s, struct buf *text)
{
	static const char blanks[] = " \t\r\n\f\v";
	size_t start = 0, end = text->n;

	while (s->left && start < end &&
	    memchr(blanks, text->p[start], sizeof blanks - 1) != NULL)
		start++;
	while (s->right && end > start &&
	    memchr(blanks, text->p[end - 1], sizeof blanks - 1) != NULL)
		end--;
	memmove(text->p, text->p + start, end - start);
	text->n = end - start;
}

int
normalize(const struct normalizer *z, bool goes_on, struct buf *text)
{
	struct buf out = { 0 };
	size_t i;

	for (i = 0; i < z->n && text->n > 0; i++) {
		const struct step *s = &z->step[i];

		if (s->kind == STEP_FORM && to_form(s, text) != 0)
			return -1;
		if (s->kind == STEP_REPLACE)
			replace(s, text);
		if (s->kind == STEP_STRIP)
			strip(s, text);
		if (s->kind == STEP_PREPEND && !goes_on) {
			buf_add(&out, s->to, s->to_n);
			buf_add(&out, text->p, text->n);
			buf_release(text);
			*text = out;
			out = (struct buf){ 0 };
		}
	}
	return 0;
}
