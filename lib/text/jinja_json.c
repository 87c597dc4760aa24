/* SPDX-License-Identifier: MIT */
/* Values as JSON, as Python's json.dumps() writes them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/jinja_compare.h"
#include "text/jinja_print.h"

struct writer {
	struct jbuild *b;
	const struct jjson *how;
	unsigned level;
};

static void
put(struct writer *w, const char *s, uint32_t origin)
{
	jbuild_copy(w->b, s, strlen(s), origin);
}

/* The escape of a character, or "" if it stands for itself. */
static void
escape(uint32_t c, bool ascii, char out[16])
{
	static const char special[] = "\"\\\n\r\t\b\f", letters[] = "\"\\nrtbf";
	const char *at = c < 128 && c > 0 ? strchr(special, (int)c) : NULL;

	*out = '\0';
	if (at != NULL)
		(void)snprintf(out, 16, "\\%c", letters[at - special]);
	else if (c < 0x20 || (ascii && c >= 0x7f && c < 0x10000))
		(void)snprintf(out, 16, "\\u%04" PRIx32, c);
	else if (ascii && c >= 0x10000)
		(void)snprintf(out, 16, "\\u%04" PRIx32 "\\u%04" PRIx32,
		    0xd800 + ((c - 0x10000) >> 10),
		    0xdc00 + ((c - 0x10000) & 0x3ff));
}

static void
put_string(struct writer *w, const struct jtext *t)
{
	struct jwalk at = { .text = t };
	char out[16];

	put(w, "\"", jtext_origin(t, 0));
	while (jwalk_next(&at)) {
		escape(at.code, w->how->ascii, out);
		if (*out == '\0')
			jbuild_part(w->b, at.piece);
		else
			put(w, out, at.piece.origin);
	}
	put(w, "\"", jtext_origin(t, t->n));
}

static void
new_line(struct writer *w, uint32_t origin)
{
	unsigned i;

	if (w->how->indent == NULL)
		return;
	put(w, "\n", origin);
	for (i = 0; i < w->level; i++)
		put(w, w->how->indent, origin);
}

static int put_value(struct writer *, const struct jval *);

/* Before item i, and after the last one. */
static void
begin_item(struct writer *w, size_t i, const struct jval *v)
{
	if (i > 0)
		put(w, w->how->comma, v->origin);
	new_line(w, v->origin);
}

static int
put_list(struct writer *w, const struct jval *v)
{
	const struct jlist *l = v->u.list;
	size_t i;

	if (l->form > JFORM_TUPLE)
		return fail("tojson: %s is not JSON", jval_kind_name(v));
	if (l->n == 0) {
		put(w, "[]", v->origin);
		return 0;
	}
	put(w, "[", v->origin);
	w->level++;
	for (i = 0; i < l->n; i++) {
		begin_item(w, i, v);
		if (put_value(w, &l->item[i]) != 0)
			return -1;
	}
	w->level--;
	new_line(w, v->origin);
	put(w, "]", v->origin);
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	int order = 0;

	return jval_order(*(const struct jval *const *)a,
		   *(const struct jval *const *)b, &order) == 0 ?
	    order :
	    0;
}

static int
put_key(struct writer *w, const struct jval *key)
{
	static const char *const words[] = { "null", "false", "true" };
	struct jval text = *key;

	if (key->kind == JNONE || key->kind == JBOOL)
		text = jval_chars(w->b->arena,
		    words[key->kind == JNONE ? 0 : 1 + key->u.truth]);
	else if (jval_is_number(key) &&
	    jval_as_text(w->b->arena, key, &text.u.text) != 0)
		return -1;
	else if (key->kind != JTEXT && !jval_is_number(key))
		return fail("tojson: a key is a %s", jval_kind_name(key));
	put_string(w, text.u.text);
	return 0;
}

static int
put_map(struct writer *w, const struct jval *v)
{
	const struct jmap *m = v->u.map;
	const struct jval **key =
	    jarena_alloc(w->b->arena, m->n * sizeof(struct jval *));
	const char *const end = m->n > 0 ? "}" : "{}";
	int order;
	size_t i;

	for (i = 0; i < m->n; i++) {
		key[i] = &m->pair[i].key;
		if (w->how->sorted && i > 0 &&
		    jval_order(key[i], key[0], &order) != 0)
			return -1;
	}
	if (w->how->sorted && m->n > 0)
		qsort(key, m->n, sizeof(struct jval *), by_key);
	if (m->n > 0)
		put(w, "{", v->origin);
	w->level++;
	for (i = 0; i < m->n; i++) {
		begin_item(w, i, v);
		if (put_key(w, key[i]) != 0)
			return -1;
		put(w, w->how->colon, v->origin);
		/* a key is the first member of its pair */
		if (put_value(w, &((const struct jpair *)key[i])->value) != 0)
			return -1;
	}
	w->level--;
	if (m->n > 0)
		new_line(w, v->origin);
	put(w, end, v->origin);
	return 0;
}

static int
put_value(struct writer *w, const struct jval *v)
{
	if (jarena_over(w->b->arena) || w->b->long_)
		return fail("too much text");
	switch (v->kind) {
	case JTEXT:
		put_string(w, v->u.text);
		return 0;
	case JNONE:
		put(w, "null", v->origin);
		return 0;
	case JBOOL:
		put(w, v->u.truth ? "true" : "false", v->origin);
		return 0;
	case JREAL:
		if (!isfinite(v->u.x)) {
			put(w,
			    isnan(v->u.x)  ? "NaN" :
				v->u.x > 0 ? "Infinity" :
					     "-Infinity",
			    v->origin);
			return 0;
		}
		return jval_print(w->b, v);
	case JINT:
		return jval_print(w->b, v);
	case JLIST:
		return put_list(w, v);
	case JMAP:
		return put_map(w, v);
	default:
		return fail("tojson: %s is not JSON", jval_kind_name(v));
	}
}

int
jval_put_json(struct jbuild *b, const struct jval *v, const struct jjson *how)
{
	struct writer w = { b, how, 0 };

	return put_value(&w, v);
}
