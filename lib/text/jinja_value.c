/* SPDX-License-Identifier: MIT */
#include "text/jinja_value.h"

#include <string.h>

struct jval
jval_none(void)
{
	return (struct jval){ .kind = JNONE };
}

struct jval
jval_bool(bool b)
{
	return (struct jval){ .kind = JBOOL, .u.truth = b };
}

struct jval
jval_int(int64_t i)
{
	return (struct jval){ .kind = JINT, .u.i = i };
}

struct jval
jval_real(double x)
{
	return (struct jval){ .kind = JREAL, .u.x = x };
}

struct jval
jval_undefined(const char *name)
{
	return (struct jval){ .kind = JUNDEFINED, .u.missing = name };
}

struct jval
jval_text(const struct jtext *t)
{
	return (struct jval){ .kind = JTEXT, .u.text = t };
}

struct jval
jval_piece(struct jarena *a, struct jpart part)
{
	struct jtext *t = jarena_alloc(a, sizeof *t + sizeof t->part[0]);

	t->n = part.n;
	t->parts = part.n > 0;
	t->part[0] = part;
	return jval_text(t);
}

struct jval
jval_part(struct jarena *a, const char *p, size_t n, uint32_t origin)
{
	return jval_piece(a, (struct jpart){ p, n, origin, false });
}

struct jval
jval_chars(struct jarena *a, const char *p)
{
	return jval_part(a, p, strlen(p), 0);
}

struct jval
jval_bytes(struct jarena *a, const char *p, size_t n)
{
	return jval_part(a, p, n, 0);
}

struct jval
jval_list(struct jarena *a, enum jform form, size_t n)
{
	struct jlist *l = jarena_alloc(a, sizeof *l);

	l->form = form;
	l->n = n;
	l->item = jarena_alloc(a, n * sizeof *l->item);
	return (struct jval){ .kind = JLIST, .u.list = l };
}

struct jval
jval_map(struct jarena *a, size_t cap)
{
	struct jmap *m = jarena_alloc(a, sizeof *m);

	m->cap = cap;
	m->pair = jarena_alloc(a, cap * sizeof *m->pair);
	return (struct jval){ .kind = JMAP, .u.map = m };
}

const struct jval *
jmap_find(const struct jmap *m, const char *key)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (jval_is_text(&m->pair[i].key, key))
			return &m->pair[i].value;
	return NULL;
}

void
jmap_add(struct jarena *a, struct jmap *m, struct jval key, struct jval value)
{
	struct jpair *more;

	if (m->n == m->cap) {
		m->cap = m->cap > 0 ? 2 * m->cap : 4;
		more = jarena_alloc(a, m->cap * sizeof *more);
		if (m->n > 0)
			memcpy(more, m->pair, m->n * sizeof *more);
		m->pair = more;
	}
	m->pair[m->n++] = (struct jpair){ key, value };
}

static unsigned
depth_of(const struct jval *v)
{
	return v->kind == JLIST ? v->u.list->depth :
	    v->kind == JMAP     ? v->u.map->depth :
				  0;
}

size_t
jval_size(const struct jval *v)
{
	return v->kind == JLIST ? v->u.list->size :
	    v->kind == JMAP     ? v->u.map->size :
	    v->kind == JTEXT    ? 1 + v->u.text->n / 64 :
				  1;
}

bool
jval_is_new(const struct jval *v)
{
	return (v->kind == JLIST || v->kind == JMAP) && depth_of(v) == 0;
}

int
jval_nest(const struct jval *v)
{
	unsigned deepest = 0, d;
	const struct jval *member;
	size_t i, n, size = 1;

	if (v->kind != JLIST && v->kind != JMAP)
		return 0;
	n = v->kind == JLIST ? v->u.list->n : v->u.map->n;
	for (i = 0; i < n; i++) {
		member = v->kind == JLIST ? &v->u.list->item[i] :
					    &v->u.map->pair[i].value;
		d = depth_of(member);
		deepest = d > deepest ? d : deepest;
		size += jval_size(member);
	}
	if (v->kind == JLIST) {
		v->u.list->depth = deepest + 1;
		v->u.list->size = size;
	} else {
		v->u.map->depth = deepest + 1;
		v->u.map->size = size;
	}
	if (size > JLIST_MAX)
		return fail("a %s of more than %d values", jval_kind_name(v),
		    JLIST_MAX);
	return deepest < JVAL_DEPTH ? 0 :
				      fail("nested deeper than %d", JVAL_DEPTH);
}

/* io/json.h bounds what comes from JSON. */
static void
nest(const struct jval *v)
{
	if (jval_nest(v) != 0)
		return;
}

static struct jval
json_object(struct jarena *a, const struct json *j, uint32_t origin)
{
	struct jval v = jval_map(a, json_count(j));
	const char *key;
	size_t n;
	void *it;

	v.origin = origin;
	for (it = json_next(j, NULL); it != NULL; it = json_next(j, it)) {
		key = json_key(it, &n);
		jmap_add(a, v.u.map, jval_part(a, key, n, origin),
		    jval_json(a, json_value(it), origin));
	}
	nest(&v);
	return v;
}

struct jval
jval_json(struct jarena *a, const struct json *j, uint32_t origin)
{
	struct jval v = jval_none();
	const char *p;
	size_t n, i;

	switch (json_kind(j)) {
	case JSON_T_BOOL:
		v = jval_bool(json_bool(j, false));
		break;
	case JSON_T_INT:
		v = jval_int(json_int(j, 0));
		break;
	case JSON_T_REAL:
		v = jval_real(json_number(j, 0));
		break;
	case JSON_T_STRING:
		p = json_text(j, &n);
		return jval_part(a, p, n, origin);
	case JSON_T_ARRAY:
		v = jval_list(a, JFORM_LIST, json_count(j));
		for (i = 0; i < v.u.list->n; i++)
			v.u.list->item[i] = jval_json(a, json_at(j, i), origin);
		nest(&v);
		break;
	case JSON_T_OBJECT:
		return json_object(a, j, origin);
	default:
		break;
	}
	v.origin = origin;
	return v;
}

bool
jval_is_number(const struct jval *v)
{
	return v->kind == JBOOL || v->kind == JINT || v->kind == JREAL;
}

bool
jval_is_text(const struct jval *v, const char *s)
{
	size_t i, at = 0;
	const struct jpart *part;

	if (v->kind != JTEXT || v->u.text->n != strlen(s))
		return false;
	for (i = 0; i < v->u.text->parts; i++) {
		part = &v->u.text->part[i];
		if (memcmp(part->p, s + at, part->n) != 0)
			return false;
		at += part->n;
	}
	return true;
}

const char *
jval_kind_name(const struct jval *v)
{
	static const char *const names[] = { "undefined", "none", "bool", "int",
		"float", "str", "list", "dict", "namespace", "loop",
		"function" };
	static const char *const forms[] = { "list", "tuple", "view", "range",
		"iterator" };

	return v->kind == JLIST ? forms[v->u.list->form] : names[v->kind];
}
