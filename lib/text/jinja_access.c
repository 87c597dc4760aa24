/* SPDX-License-Identifier: MIT */
/* Attributes, items, slices, and the members that a loop walks. */
#include <string.h>

#include "base/utf8.h"
#include "text/jinja_builtin.h"

/* Methods come before the keys of a map, as for Python's getattr. */
int
jrun_attribute(struct jrun *r, const struct jval *of, const char *name,
    struct jval *out)
{
	const struct jbuiltin *method = NULL;
	const struct jval *v;
	struct jval key;

	switch (of->kind) {
	case JUNDEFINED:
		return jval_unfit(of, "a value");
	case JLOOP:
		return jloop_attribute(r, of, name, out);
	case JTEXT:
		method = jstring_method(name);
		break;
	case JLIST:
	case JMAP:
		method = jcontainer_method(of, name);
		break;
	default:
		method = jvalue_method(of, name);
		break;
	}
	if (method != NULL) {
		*out = jfunction_new(r, method, of);
		return 0;
	}
	if (of->kind == JMAP || of->kind == JNAMESPACE) {
		if (jrun_step(r, of->u.map->n / 4) != 0)
			return -1;
		v = jmap_find(of->u.map, name);
		if (v != NULL) {
			*out = *v;
			return 0;
		}
	}
	key = jval_chars(r->arena, name);
	*out = jrun_no_member(r, of, &key);
	return 0;
}

/* The place of an index that may count from the end; false: outside. */
static bool
place(int64_t index, size_t n, size_t *at)
{
	if (index < 0)
		index += (int64_t)n;
	*at = (size_t)index;
	return index >= 0 && (uint64_t)index < n;
}

static int
item_of_text(struct jrun *r, const struct jtext *t, int64_t index,
    struct jval *out)
{
	const char *p = jtext_view(r->arena, t);
	size_t k, at, length;

	if (jrun_step(r, t->n / 16) != 0)
		return -1;
	if (!place(index, jtext_count(p, t->n), &k))
		return 0;
	at = jtext_at(p, t->n, k);
	(void)utf8_decode(p + at, t->n - at, &length);
	*out = jtext_slice(r->arena, t, at, at + length);
	return 0;
}

int
jrun_item(struct jrun *r, const struct jval *of, const struct jval *key,
    struct jval *out)
{
	const struct jval *v;
	int64_t index;
	size_t at;

	if (of->kind == JUNDEFINED)
		return jval_unfit(of, "a value");
	if (of->kind == JMAP) {
		if (jrun_step(r, of->u.map->n / 4 + jval_size(key)) != 0)
			return -1;
		v = jmap_get(of->u.map, key);
		if (v != NULL) {
			*out = *v;
			return 0;
		}
	}
	if (key->kind == JTEXT)
		return jrun_attribute(r, of, jtext_bytes(r->arena, key->u.text),
		    out);
	*out = jrun_no_member(r, of, key);
	if (!jval_integer(key, &index))
		return 0;
	if (of->kind == JTEXT)
		return item_of_text(r, of->u.text, index, out);
	if (of->kind == JLIST &&
	    (of->u.list->form <= JFORM_TUPLE ||
		of->u.list->form == JFORM_RANGE) &&
	    place(index, of->u.list->n, &at))
		*out = of->u.list->item[at];
	return 0;
}

/* ---- slices */

/* One bound, by Python's rules for a step of this sign. */
static int
bound_of(const struct jval *v, int64_t n, bool back, bool stop, int64_t *out)
{
	if (v->kind == JNONE) {
		*out = stop ? (back ? -1 : n) : (back ? n - 1 : 0);
		return 0;
	}
	if (!jval_integer(v, out))
		return jval_unfit(v, "a whole number in a slice");
	if (*out < 0)
		*out = *out + n < 0 ? (back ? -1 : 0) : *out + n;
	else if (*out >= n)
		*out = back ? n - 1 : n;
	return 0;
}

/* The places of a slice of n members: *from, and how many at *step. */
static int
places(const struct jval bound[3], size_t n, int64_t *from, int64_t *step,
    size_t *count)
{
	int64_t to;

	*count = 0;
	*step = 1;
	if (bound[2].kind != JNONE && !jval_integer(&bound[2], step))
		return jval_unfit(&bound[2], "a whole number in a slice");
	if (*step == 0)
		return fail("a slice with a step of 0");
	if (bound_of(&bound[0], (int64_t)n, *step < 0, false, from) != 0 ||
	    bound_of(&bound[1], (int64_t)n, *step < 0, true, &to) != 0)
		return -1;
	if (*step > 0 && to > *from)
		*count = (size_t)((to - *from - 1) / *step) + 1;
	else if (*step < 0 && to < *from)
		*count = (uint64_t)(*from - to - 1) / (-(uint64_t)*step) + 1;
	if (*count < 2) /* so that a walk does not overflow */
		*step = 1;
	return 0;
}

static int
slice_of_text(struct jrun *r, const struct jtext *t, const struct jval bound[3],
    struct jval *out)
{
	const char *p = jtext_view(r->arena, t);
	struct jbuild b = { .arena = r->arena, .safe = t->safe };
	size_t count, at, length;
	int64_t from, step;

	if (places(bound, jtext_count(p, t->n), &from, &step, &count) != 0 ||
	    jrun_step(r, t->n / 16) != 0)
		return -1;
	if (count == 0)
		return jbuild_end(&b, out);
	at = jtext_at(p, t->n, (size_t)from);
	if (step == 1) {
		*out = jtext_slice(r->arena, t, at,
		    at + jtext_at(p + at, t->n - at, count));
		return 0;
	}
	for (; count > 0; count--, from += step) {
		if (jrun_step(r, t->n / 16) != 0)
			return -1;
		at = jtext_at(p, t->n, (size_t)from);
		(void)utf8_decode(p + at, t->n - at, &length);
		jbuild_slice(&b, t, at, at + length);
	}
	return jbuild_end(&b, out);
}

int
jrun_slice(struct jrun *r, const struct jval *of, const struct jval bound[3],
    struct jval *out)
{
	const struct jlist *l;
	int64_t from, step;
	size_t count, i;

	if (of->kind == JTEXT)
		return slice_of_text(r, of->u.text, bound, out);
	if (of->kind != JLIST || of->u.list->form == JFORM_VIEW ||
	    of->u.list->form == JFORM_ITERATOR)
		return jval_unfit(of, "something to slice");
	l = of->u.list;
	if (places(bound, l->n, &from, &step, &count) != 0 ||
	    jrun_step(r, count) != 0)
		return -1;
	*out = jval_list(r->arena, l->form, count);
	out->origin = of->origin;
	for (i = 0; i < count; i++, from += step)
		out->u.list->item[i] = l->item[from];
	return jval_nest(out);
}

/* ---- members */

static int
characters(struct jrun *r, const struct jtext *t, struct jlist *l)
{
	const size_t n = jtext_count(jtext_view(r->arena, t), t->n);
	struct jwalk w = { .text = t };
	struct jval list;
	size_t i;

	if (n > JLIST_MAX)
		return fail("a text of more than %d characters", JLIST_MAX);
	list = jval_list(r->arena, JFORM_LIST, n);
	for (i = 0; i < n && jwalk_next(&w); i++) {
		if (jrun_step(r, 0) != 0)
			return -1;
		list.u.list->item[i] = jval_piece(r->arena, w.piece);
	}
	*l = *list.u.list;
	return 0;
}

int
jrun_items(struct jrun *r, const struct jval *v, struct jlist *l)
{
	struct jval list;
	size_t i;

	*l = (struct jlist){ 0 };
	switch (v->kind) {
	case JUNDEFINED:
		return 0;
	case JTEXT:
		return characters(r, v->u.text, l);
	case JLIST:
		if (v->u.list->used)
			return fail("an iterator is used twice");
		v->u.list->used = v->u.list->form == JFORM_ITERATOR;
		*l = *v->u.list;
		return jrun_step(r, l->n / 8);
	case JMAP:
		list = jval_list(r->arena, JFORM_LIST, v->u.map->n);
		for (i = 0; i < v->u.map->n; i++)
			list.u.list->item[i] = v->u.map->pair[i].key;
		*l = *list.u.list;
		return jrun_step(r, l->n / 8);
	default:
		return jval_unfit(v, "something to walk");
	}
}

int
jrun_length(struct jrun *r, const struct jval *v, size_t *n)
{
	switch (v->kind) {
	case JUNDEFINED:
		*n = 0;
		return 0;
	case JTEXT:
		*n = jtext_count(jtext_view(r->arena, v->u.text), v->u.text->n);
		return jrun_step(r, v->u.text->n / 16);
	case JLIST:
		*n = v->u.list->n;
		return v->u.list->form == JFORM_ITERATOR ?
		    fail("an iterator has no length") :
		    0;
	case JMAP:
		*n = v->u.map->n;
		return 0;
	default:
		return jval_unfit(v, "something with a length");
	}
}
