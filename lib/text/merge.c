/* SPDX-License-Identifier: MIT */
#include "text/merge.h"

#include <stdlib.h>

#include "base/mem.h"

enum { FEW = 32 }; /* up to so many symbols are searched linearly */

struct candidate {
	uint32_t rank;
	uint32_t at; /* index of the left symbol */
	uint32_t left, right, id;
};

struct heap {
	struct candidate *c;
	size_t n, cap;
};

static int
before(const struct candidate *a, const struct candidate *b)
{
	return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void
push(struct heap *h, struct candidate c)
{
	size_t i = h->n++, up;

	h->c = mem_grow(h->c, &h->cap, h->n, sizeof *h->c);
	for (; i > 0; i = up) {
		up = (i - 1) / 2;
		if (!before(&c, &h->c[up]))
			break;
		h->c[i] = h->c[up];
	}
	h->c[i] = c;
}

static struct candidate
pop(struct heap *h)
{
	struct candidate top = h->c[0], last = h->c[--h->n];
	size_t i = 0, k;

	while ((k = 2 * i + 1) < h->n) {
		if (k + 1 < h->n && before(&h->c[k + 1], &h->c[k]))
			k++;
		if (!before(&h->c[k], &last))
			break;
		h->c[i] = h->c[k];
		i = k;
	}
	h->c[i] = last;
	return top;
}

static void
consider(struct heap *h, const struct vocab *v, const uint32_t *id, uint32_t at,
    uint32_t next)
{
	struct candidate c = { .at = at, .left = id[at], .right = id[next] };

	c.rank = vocab_merge(v, c.left, c.right, &c.id);
	if (c.rank != VOCAB_NONE)
		push(h, c);
}

static size_t
merge_few(const struct vocab *v, uint32_t *id, size_t n)
{
	/* rank[i] and made[i]: of the merge of id[i] and id[i + 1] */
	uint32_t rank[FEW], made[FEW] = { 0 };
	size_t i, best;

	for (i = 0; i + 1 < n; i++)
		rank[i] = vocab_merge(v, id[i], id[i + 1], &made[i]);
	while (n > 1) {
		for (best = 0, i = 1; i + 1 < n; i++)
			best = rank[i] < rank[best] ? i : best;
		if (rank[best] == VOCAB_NONE)
			break;
		id[best] = made[best];
		n--;
		for (i = best + 1; i < n; i++)
			id[i] = id[i + 1];
		for (i = best + 1; i + 1 < n; i++) {
			rank[i] = rank[i + 1];
			made[i] = made[i + 1];
		}
		if (best > 0)
			rank[best - 1] = vocab_merge(v, id[best - 1], id[best],
			    &made[best - 1]);
		if (best + 1 < n)
			rank[best] =
			    vocab_merge(v, id[best], id[best + 1], &made[best]);
	}
	return n;
}

static size_t
merge_many(const struct vocab *v, uint32_t *id, size_t n)
{
	/* a linked list of symbols; a merged one has id VOCAB_NONE */
	uint32_t *next, *prev, end = (uint32_t)n, i, right;
	struct heap h = { 0 };
	struct candidate c;
	size_t left = 0;

	next = mem_alloc(n + 1, sizeof *next);
	prev = mem_alloc(n + 1, sizeof *prev);
	for (i = 0; i < end; i++) {
		next[i] = i + 1;
		prev[i] = i > 0 ? i - 1 : end;
		if (i + 1 < end)
			consider(&h, v, id, i, i + 1);
	}
	while (h.n > 0) {
		c = pop(&h);
		right = id[c.at] == c.left ? next[c.at] : end;
		if (right == end || id[right] != c.right)
			continue; /* one of the two was merged since */
		id[c.at] = c.id;
		id[right] = VOCAB_NONE;
		next[c.at] = next[right];
		if (next[right] != end)
			prev[next[right]] = c.at;
		if (prev[c.at] != end)
			consider(&h, v, id, prev[c.at], c.at);
		if (next[c.at] != end)
			consider(&h, v, id, c.at, next[c.at]);
	}
	for (i = 0; i < end; i++)
		if (id[i] != VOCAB_NONE)
			id[left++] = id[i];
	free(h.c);
	free(next);
	free(prev);
	return left;
}

size_t
bpe_merge(const struct vocab *v, uint32_t *id, size_t n)
{
	return n <= FEW ? merge_few(v, id, n) : merge_many(v, id, n);
}
