/* SPDX-License-Identifier: MIT */
/* Texts to lists of texts and back: split, lines, join, replace, case. */
#include <string.h>

#include "base/utf8.h"
#include "text/jinja_builtin.h"
#include "text/jinja_scan.h"
#include "text/normalize.h"

/* A list that grows. */
struct pieces {
	struct jrun *run;
	const struct jtext *text;
	struct jval *item;
	size_t n, cap;
};

static void
add(struct pieces *p, size_t from, size_t to)
{
	struct jval *more;

	if (p->n == p->cap) {
		p->cap = p->cap > 0 ? 2 * p->cap : 8;
		more = jarena_alloc(p->run->arena, p->cap * sizeof *more);
		if (p->n > 0)
			memcpy(more, p->item, p->n * sizeof *more);
		p->item = more;
	}
	p->item[p->n++] = jtext_slice(p->run->arena, p->text, from, to);
}

static int
made(struct pieces *p, struct jval *out)
{
	*out = jval_list(p->run->arena, JFORM_LIST, 0);
	out->u.list->n = p->n;
	out->u.list->item = p->item;
	return jrun_step(p->run, p->n + p->text->n / 16);
}

/* The last place of a separator in p[0 .. n), or NULL: 0, or -1. */
int
jstring_last(struct jrun *r, const char *p, size_t n, const char *sep, size_t m,
    const char **out)
{
	enum { BLOCK = 4096 };
	size_t at;

	*out = NULL;
	for (at = n >= m ? n - m + 1 : 0; at-- > 0;) {
		if (memcmp(p + at, sep, m) == 0) {
			*out = p + at;
			return 0;
		}
		if (at % BLOCK == 0 &&
		    jrun_step(r, BLOCK / 16 * (1 + m / 16)) != 0)
			return -1;
	}
	return 0;
}

/* By a separator: from the left, or from the right and then turned round. */
static int
split_by(struct pieces *p, const struct jtext *sep, int64_t most, bool right)
{
	const char *s = jtext_view(p->run->arena, p->text), *at;
	const char *q = jtext_view(p->run->arena, sep);
	size_t from = 0, to = p->text->n, i;
	struct jval v;

	if (sep->n == 0)
		return fail("split: an empty separator");
	for (; most != 0; most -= most > 0) {
		at = memmem(s + from, to - from, q, sep->n);
		if (right && jstring_last(p->run, s, to, q, sep->n, &at) != 0)
			return -1;
		if (at == NULL)
			break;
		if (jrun_step(p->run, p->text->parts) != 0)
			return -1;
		if (right) {
			add(p, (size_t)(at - s) + sep->n, to);
			to = (size_t)(at - s);
		} else {
			add(p, from, (size_t)(at - s));
			from = (size_t)(at - s) + sep->n;
		}
	}
	add(p, from, to);
	for (i = 0; right && i < p->n / 2; i++) {
		v = p->item[i];
		p->item[i] = p->item[p->n - 1 - i];
		p->item[p->n - 1 - i] = v;
	}
	return 0;
}

/* By white space, from the left. */
static int
split_words(struct pieces *p, int64_t most)
{
	const char *s = jtext_view(p->run->arena, p->text);
	size_t n = p->text->n, at = 0, length, from;

	for (;;) {
		while (at < n &&
		    jscan_is_space(utf8_decode(s + at, n - at, &length)))
			at += length;
		if (at == n || most == 0)
			break;
		most -= most > 0;
		for (from = at; at < n &&
		     !jscan_is_space(utf8_decode(s + at, n - at, &length));)
			at += length;
		if (jrun_step(p->run, p->text->parts) != 0)
			return -1;
		add(p, from, at);
	}
	if (at < n)
		add(p, at, n);
	return 0;
}

int
jstring_split(struct jrun *r, struct jcall *c, struct jval *out)
{
	struct pieces p = { .run = r, .text = c->self->u.text };
	const bool right = c->name[0] == 'r';
	const struct jtext *sep;
	int64_t most;

	if (jcall_int(c, 1, -1, &most) != 0)
		return -1;
	if (jgiven(&c->arg[0]) && c->arg[0].kind != JNONE) {
		if (jcall_text(c, 0, &sep) != 0 ||
		    split_by(&p, sep, most, right) != 0)
			return -1;
	} else if (right && most >= 0) {
		return fail("rsplit at white space with a limit is not known");
	} else if (split_words(&p, most) != 0) {
		return -1;
	}
	return made(&p, out);
}

int
jstring_partition(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jtext *t = c->self->u.text, *sep;
	const char *s = jtext_view(r->arena, t), *at, *q;
	const bool right = c->name[0] == 'r';
	size_t from, to;

	if (jcall_text(c, 0, &sep) != 0 || jrun_step(r, t->n / 16) != 0)
		return -1;
	if (sep->n == 0)
		return fail("%s: an empty separator", c->name);
	q = jtext_view(r->arena, sep);
	at = memmem(s, t->n, q, sep->n);
	if (right && jstring_last(r, s, t->n, q, sep->n, &at) != 0)
		return -1;
	from = at != NULL ? (size_t)(at - s) : right ? 0 : t->n;
	to = at != NULL ? from + sep->n : from;
	*out = jval_list(r->arena, JFORM_TUPLE, 3);
	out->u.list->item[0] = jtext_slice(r->arena, t, 0, from);
	out->u.list->item[1] = jtext_slice(r->arena, t, from, to);
	out->u.list->item[2] = jtext_slice(r->arena, t, to, t->n);
	return 0;
}

static bool
ends_line(uint32_t c)
{
	return (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) ||
	    c == 0x85 || c == 0x2028 || c == 0x2029;
}

int
jstring_lines(struct jrun *r, struct jcall *c, struct jval *out)
{
	struct pieces p = { .run = r, .text = c->self->u.text };
	const char *s = jtext_view(r->arena, p.text);
	const bool keep = jcall_truth(c, 0, false);
	size_t at, length, from = 0;

	for (at = 0; at < p.text->n; at += length) {
		if (!ends_line(utf8_decode(s + at, p.text->n - at, &length)))
			continue;
		if (jrun_step(r, p.text->parts) != 0)
			return -1;
		length +=
		    s[at] == '\r' && at + 1 < p.text->n && s[at + 1] == '\n';
		add(&p, from, keep ? at + length : at);
		from = at + length;
	}
	if (from < p.text->n)
		add(&p, from, p.text->n);
	return made(&p, out);
}

int
jrun_join_all(struct jrun *r, const struct jlist *l,
    const struct jtext *between, struct jval *out)
{
	struct jbuild b = { .arena = r->arena };
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (i > 0)
			jbuild_text(&b, between);
		if (jval_print(&b, &l->item[i]) != 0 ||
		    jrun_step(r, b.parts / 16) != 0)
			return -1;
	}
	return jbuild_end(&b, out);
}

int
jstring_replace(struct jrun *r, const struct jtext *t, const struct jtext *from,
    const struct jtext *to, int64_t most, struct jval *out)
{
	const char *s = jtext_view(r->arena, t), *at;
	const char *q = jtext_view(r->arena, from);
	struct jbuild b = { .arena = r->arena };
	size_t done = 0, next = 0, length;

	for (; most != 0 && next <= t->n; most -= most > 0) {
		if (jrun_step(r, to->parts + t->parts) != 0)
			return -1;
		at = memmem(s + next, t->n - next, q, from->n);
		if (at == NULL)
			break;
		jbuild_slice(&b, t, done, (size_t)(at - s));
		jbuild_text(&b, to);
		done = (size_t)(at - s) + from->n;
		next = done;
		if (from->n == 0) { /* between all characters */
			length = 1;
			if (done < t->n)
				(void)utf8_decode(s + done, t->n - done,
				    &length);
			next = done + length;
			jbuild_slice(&b, t, done, next < t->n ? next : t->n);
			done = next < t->n ? next : t->n;
		}
	}
	jbuild_slice(&b, t, done, t->n);
	return jbuild_end(&b, out);
}

/* Whether a character in the middle of words begins the next. */
static bool
ends_word(uint32_t code, enum jcase how)
{
	if (how == JCASE_WORDS)
		return jscan_is_space(code) ||
		    (code > 0 && code < 128 && strchr("-({[<", (int)code));
	return how == JCASE_TITLE && !normalize_is_cased(code);
}

int
jstring_case(struct jrun *r, const struct jtext *t, enum jcase how,
    struct jval *out)
{
	enum { SHARP_S = 0xdf };
	struct jbuild b = { .arena = r->arena,
		.safe = t->safe && how != JCASE_WORDS };
	struct jwalk w = { .text = t };
	const bool titles = how == JCASE_CAPITALIZE || how == JCASE_TITLE;
	bool start = true, upper;
	uint32_t changed;
	char bytes[4];

	if (jrun_step(r, t->n / 4) != 0)
		return -1;
	while (jwalk_next(&w)) {
		upper = how == JCASE_UPPER || (how != JCASE_LOWER && start);
		changed =
		    upper ? normalize_upper(w.code) : normalize_lower(w.code);
		if (upper && titles && normalize_has_title(w.code))
			changed = UINT32_MAX;
		start = ends_word(w.code, how);
		if (w.code == SHARP_S && upper) {
			jbuild_copy(&b, titles ? "Ss" : "SS", 2,
			    w.piece.origin);
			continue;
		}
		if (changed == UINT32_MAX)
			return fail("%.*s in %s case is not known",
			    (int)w.piece.n, w.piece.p,
			    upper ? "upper" : "lower");
		if (changed == w.code)
			jbuild_part(&b, w.piece);
		else
			jbuild_copy(&b, bytes, utf8_encode(changed, bytes),
			    w.piece.origin);
	}
	return jbuild_end(&b, out);
}
