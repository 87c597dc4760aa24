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

/* The last place of a separator in p[0 .. n), or NULL. */
static const char *
last_of(const char *p, size_t n, const char *sep, size_t m)
{
	size_t at;

	for (at = n >= m ? n - m + 1 : 0; at-- > 0;)
		if (memcmp(p + at, sep, m) == 0)
			return p + at;
	return NULL;
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
	for (; most != 0; most--) {
		at = right ? last_of(s, to, q, sep->n) :
			     memmem(s + from, to - from, q, sep->n);
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
		if (at == n || most-- == 0)
			break;
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
	at = right ? last_of(s, t->n, q, sep->n) : memmem(s, t->n, q, sep->n);
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

	while (most-- != 0 && next <= t->n) {
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

int
jstring_case(struct jrun *r, const struct jtext *t, enum jcase how,
    struct jval *out)
{
	enum { SHARP_S = 0xdf };
	const char *s = jtext_view(r->arena, t);
	struct jbuild b = { .arena = r->arena, .safe = t->safe };
	bool start = true, upper;
	size_t at, length;
	uint32_t code, changed;
	char bytes[4];

	if (jrun_step(r, t->n / 4) != 0)
		return -1;
	for (at = 0; at < t->n; at += length) {
		code = utf8_decode(s + at, t->n - at, &length);
		upper = how == JCASE_UPPER || (how != JCASE_LOWER && start);
		changed = upper ? normalize_upper(code) : normalize_lower(code);
		start = how == JCASE_TITLE && !normalize_is_letter(code);
		if (code == SHARP_S && upper) {
			jbuild_copy(&b, how == JCASE_UPPER ? "SS" : "Ss", 2,
			    jtext_origin(t, at));
			continue;
		}
		if (changed == UINT32_MAX)
			return fail("%.*s in %s case is not known", (int)length,
			    s + at, upper ? "upper" : "lower");
		if (changed == code)
			jbuild_slice(&b, t, at, at + length);
		else
			jbuild_copy(&b, bytes, utf8_encode(changed, bytes),
			    jtext_origin(t, at));
	}
	return jbuild_end(&b, out);
}
