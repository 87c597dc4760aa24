/* SPDX-License-Identifier: MIT */
/* Filters that compare several values: sort, dictsort, min, max, unique. */
#include <string.h>

#include "text/jinja_builtin.h"

/* Merge sort, so that equal values keep their order and errors stop it. */
struct sorting {
	struct jrun *run;
	const struct jval *key; /* [n] */
	size_t *place, *spare;  /* [n] */
	bool reverse;
	bool lists; /* Jinja puts each key into a list */
};

/* Equal keys need no order. */
static int
order_keys(struct sorting *s, size_t i, size_t k, int *order)
{
	const struct jval *a = &s->key[i], *b = &s->key[k];

	if (jrun_step(s->run, jval_size(a)) != 0)
		return -1;
	if (s->lists && jval_equal(a, b)) {
		*order = 0;
		return 0;
	}
	return jval_order(a, b, order);
}

static int
sort_range(struct sorting *s, size_t from, size_t to)
{
	const size_t mid = from + (to - from) / 2;
	size_t i = from, k = mid, at;
	int order;

	if (to - from < 2)
		return 0;
	if (sort_range(s, from, mid) != 0 || sort_range(s, mid, to) != 0)
		return -1;
	for (at = from; at < to; at++) {
		order = i < mid ? 0 : 1;
		if (i < mid && k < to &&
		    order_keys(s, s->place[i], s->place[k], &order) != 0)
			return -1;
		order = s->reverse && i < mid && k < to ? -order : order;
		s->spare[at] = order <= 0 ? s->place[i++] : s->place[k++];
	}
	memcpy(s->place + from, s->spare + from,
	    (to - from) * sizeof *s->place);
	return 0;
}

static int
sort_items(struct jrun *r, const struct jlist *l, const struct jval *path,
    bool fold, bool reverse, bool lists, struct jval *out)
{
	struct jval *key = jarena_alloc(r->arena, l->n * sizeof *key);
	struct sorting s = { r, key,
		jarena_alloc(r->arena, l->n * sizeof(size_t)),
		jarena_alloc(r->arena, l->n * sizeof(size_t)), reverse, lists };
	size_t i;

	for (i = 0; i < l->n; i++) {
		s.place[i] = i;
		if (jsequence_by(r, &l->item[i], path, fold, &key[i]) != 0)
			return -1;
	}
	if (sort_range(&s, 0, l->n) != 0)
		return -1;
	*out = jval_list(r->arena, JFORM_LIST, l->n);
	for (i = 0; i < l->n; i++)
		out->u.list->item[i] = l->item[s.place[i]];
	return 0;
}

int
jorder_sort(struct jrun *r, struct jcall *c, struct jval *out)
{
	struct jlist l;

	if (c->arg[2].kind == JTEXT &&
	    strchr(jtext_bytes(r->arena, c->arg[2].u.text), ',') != NULL)
		return fail("sort: several attributes are not known");
	if (jrun_items(r, c->self, &l) != 0)
		return -1;
	return sort_items(r, &l, &c->arg[2], !jcall_truth(c, 1, false),
	    jcall_truth(c, 0, false), true, out);
}

int
jorder_map(struct jrun *r, struct jcall *c, struct jval *out)
{
	struct jval pairs, path = jval_int(0);

	if (jsequence_pairs(r, c->self, &pairs) != 0)
		return -1;
	if (jgiven(&c->arg[1]) && jval_is_text(&c->arg[1], "value"))
		path = jval_int(1);
	else if (jgiven(&c->arg[1]) && !jval_is_text(&c->arg[1], "key"))
		return fail("dictsort: by key or value");
	return sort_items(r, pairs.u.list, &path, !jcall_truth(c, 0, false),
	    jcall_truth(c, 2, false), false, out);
}

/* min and max: the first of the smallest or largest. */
int
jorder_extreme(struct jrun *r, struct jcall *c, struct jval *out)
{
	const bool fold = !jcall_truth(c, 0, false), max = c->name[1] == 'a';
	struct jlist l;
	struct jval best, key;
	size_t i;
	int order;

	if (jrun_items(r, c->self, &l) != 0)
		return -1;
	*out = jval_undefined("No aggregated item, sequence was empty.");
	for (i = 0; i < l.n; i++) {
		if (jsequence_by(r, &l.item[i], &c->arg[1], fold, &key) != 0 ||
		    jrun_step(r, jval_size(&key)) != 0 ||
		    (i > 0 && jval_order(&key, &best, &order) != 0))
			return -1;
		if (i > 0 && (max ? order <= 0 : order >= 0))
			continue;
		best = key;
		*out = l.item[i];
	}
	return 0;
}

int
jorder_unique(struct jrun *r, struct jcall *c, struct jval *out)
{
	const bool fold = !jcall_truth(c, 0, false);
	struct jlist l;
	struct jval *key;
	size_t i, k, n = 0;

	if (jrun_items(r, c->self, &l) != 0)
		return -1;
	key = jarena_alloc(r->arena, l.n * sizeof *key);
	*out = jval_list(r->arena, JFORM_ITERATOR, l.n);
	for (i = 0; i < l.n; i++) {
		if (jsequence_by(r, &l.item[i], &c->arg[1], fold, &key[n]) !=
			0 ||
		    jrun_step(r, n * jval_size(&key[n])) != 0 ||
		    jval_check_key(&key[n]) != 0)
			return -1;
		for (k = 0; k < n && !jval_equal(&key[k], &key[n]); k++)
			continue;
		if (k == n)
			out->u.list->item[n++] = l.item[i];
	}
	out->u.list->n = n;
	return 0;
}
