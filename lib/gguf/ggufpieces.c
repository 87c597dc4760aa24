/* SPDX-License-Identifier: MIT */
#include "gguf/ggufpieces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

/* Pieces beyond this are not cut: each cut is looked up. */
enum { CUT_MAX = 1024 };

void
ggufpieces_release(struct ggufpieces *v)
{
	free(v->p);
	free(v->by_text);
	*v = (struct ggufpieces){ 0 };
}

static int
text_order(const struct gguf_text *a, const struct gguf_text *b)
{
	int order = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);

	return order != 0 ? order : (a->n > b->n) - (a->n < b->n);
}

static int
by_text(const void *a, const void *b, void *pieces)
{
	const struct ggufpiece *p = pieces;

	return text_order(&p[*(const uint32_t *)a].text,
	    &p[*(const uint32_t *)b].text);
}

int
ggufpieces_sort(struct ggufpieces *v)
{
	const struct ggufpiece *a, *b;
	size_t i;

	v->by_text = mem_alloc(v->n, sizeof *v->by_text);
	for (i = 0; i < v->n; i++) {
		v->by_text[i] = (uint32_t)i;
		if (!utf8_valid(v->p[i].text.p, v->p[i].text.n))
			return fail("token %zu: not UTF-8", i);
	}
	qsort_r(v->by_text, v->n, sizeof *v->by_text, by_text, v->p);
	for (i = 1; i < v->n; i++) {
		a = &v->p[v->by_text[i - 1]];
		b = &v->p[v->by_text[i]];
		if (text_order(&a->text, &b->text) == 0)
			return fail("tokens %u and %u are the same: %.*s",
			    v->by_text[i - 1], v->by_text[i],
			    (int)(a->text.n < 40 ? a->text.n : 40), a->text.p);
	}
	return 0;
}

uint32_t
ggufpieces_find(const struct ggufpieces *v, const char *p, size_t n)
{
	const struct gguf_text text = { p, n };
	size_t lo = 0, hi = v->n, mid;
	int order;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		order = text_order(&text, &v->p[v->by_text[mid]].text);
		if (order == 0)
			return v->by_text[mid];
		if (order < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return GGUF_NO_PIECE;
}

static int
read_kinds(struct ggufpieces *v, const struct gguf *g)
{
	static const char key[] = "tokenizer.ggml.token_type";
	struct gguf_values kinds = { 0 };
	int rc = gguf_array(g, key, GGUF_INT32, &kinds);
	int64_t kind;
	size_t i;

	if (rc <= 0)
		return rc;
	if (kinds.left != v->n)
		return fail("key %s: %zu elements for %zu tokens", key,
		    kinds.left, v->n);
	for (i = 0; i < v->n; i++) {
		kind = gguf_next_int(&kinds);
		if (kind < GGUF_NORMAL || kind > GGUF_BYTE)
			return fail("key %s: token %zu: %lld is not known", key,
			    i, (long long)kind);
		v->p[i].kind = (enum ggufkind)kind;
	}
	return 0;
}

static int
read_scores(struct ggufpieces *v, const struct gguf *g)
{
	static const char key[] = "tokenizer.ggml.scores";
	struct gguf_values scores = { 0 };
	int rc = gguf_array(g, key, GGUF_FLOAT32, &scores);
	size_t i;

	if (rc <= 0)
		return rc < 0 ? -1 : fail("key %s: missing", key);
	if (scores.left != v->n)
		return fail("key %s: %zu elements for %zu tokens", key,
		    scores.left, v->n);
	for (i = 0; i < v->n; i++)
		v->p[i].score = (float)gguf_next_real(&scores);
	return 0;
}

int
ggufpieces_read(struct ggufpieces *v, const struct gguf *g, bool scores)
{
	static const char key[] = "tokenizer.ggml.tokens";
	struct gguf_values texts = { 0 };
	int rc = gguf_array(g, key, GGUF_STRING, &texts);
	size_t i;

	*v = (struct ggufpieces){ 0 };
	if (rc <= 0)
		return rc < 0 ? -1 : fail("key %s: missing", key);
	v->n = texts.left;
	v->p = mem_alloc(v->n, sizeof *v->p);
	for (i = 0; i < v->n; i++)
		v->p[i] = (struct ggufpiece){ gguf_next_text(&texts),
			GGUF_NORMAL, 0 };
	if (read_kinds(v, g) != 0 || (scores && read_scores(v, g) != 0))
		return -1;
	return ggufpieces_sort(v) == 0 ? 0 : fail_in("key %s", key);
}

/* ---- merges */

struct list {
	struct ggufmerge *m;
	size_t n, cap;
};

/* Texts have a mark for each space, so a piece with a space is never met. */
static bool
joins(const struct ggufpiece *p)
{
	return p->kind == GGUF_NORMAL && p->text.n > 0 &&
	    memchr(p->text.p, ' ', p->text.n) == NULL;
}

static int
add_cuts(struct list *l, const struct ggufpieces *v, uint32_t whole)
{
	const struct gguf_text *t = &v->p[whole].text;
	uint32_t left, right;
	size_t at, length;

	if (t->n > CUT_MAX)
		return fail("token %u: a piece of %zu bytes", whole, t->n);
	if (!isfinite(v->p[whole].score))
		return fail("token %u: a score of %g", whole,
		    (double)v->p[whole].score);
	(void)utf8_decode(t->p, t->n, &at);
	for (; at < t->n; at += length) {
		(void)utf8_decode(t->p + at, t->n - at, &length);
		left = ggufpieces_find(v, t->p, at);
		right = ggufpieces_find(v, t->p + at, t->n - at);
		if (left == GGUF_NO_PIECE || right == GGUF_NO_PIECE ||
		    !joins(&v->p[left]) || !joins(&v->p[right]))
			continue;
		l->m = mem_grow(l->m, &l->cap, l->n + 1, sizeof *l->m);
		l->m[l->n++] = (struct ggufmerge){ left, right, whole };
	}
	return 0;
}

/* By score, highest first; then by ids, as transformers writes them. */
static int
by_score(const void *a, const void *b, void *pieces)
{
	const struct ggufmerge *x = a, *y = b;
	const struct ggufpiece *p = pieces;
	float s = p[x->whole].score, t = p[y->whole].score;

	if (s != t)
		return s > t ? -1 : 1;
	if (x->whole != y->whole)
		return x->whole < y->whole ? -1 : 1;
	return x->left < y->left ? -1 : 1;
}

int
ggufpieces_merges(const struct ggufpieces *v, struct ggufmerge **merges,
    size_t *count)
{
	struct list l = { 0 };
	size_t i;

	for (i = 0; i < v->n; i++)
		if (joins(&v->p[i]) && add_cuts(&l, v, (uint32_t)i) != 0) {
			free(l.m);
			return -1;
		}
	if (l.n > 0)
		qsort_r(l.m, l.n, sizeof *l.m, by_score, v->p);
	*merges = l.m;
	*count = l.n;
	return 0;
}
