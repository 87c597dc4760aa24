/* SPDX-License-Identifier: MIT */
#include "text/neighbors.h"

#include <stdlib.h>

#include "base/mem.h"

struct neighbor {
	uint32_t left, right;
	int64_t count;
	uint32_t *word; /* words that have or had them; owned */
	size_t words, word_cap;
	bool grown; /* since neighbors_settle */
};

struct entry {         /* of the heap */
	int64_t count; /* when the entry was made */
	uint32_t index;
};

struct neighbors {
	struct neighbor *neighbor;
	size_t n, cap;
	uint32_t *table; /* index + 1 by hash of left and right */
	size_t slots;    /* a power of two */
	uint32_t *grown; /* indices */
	size_t grown_n, grown_cap;
	struct entry *heap;
	size_t heap_n, heap_cap;
};

struct neighbors *
neighbors_new(void)
{
	struct neighbors *t = mem_alloc(1, sizeof *t);

	t->slots = 1024;
	t->table = mem_alloc(t->slots, sizeof *t->table);
	return t;
}

void
neighbors_free(struct neighbors *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n; i++)
		free(t->neighbor[i].word);
	free(t->neighbor);
	free(t->table);
	free(t->grown);
	free(t->heap);
	free(t);
}

static uint32_t *
slot_of(const struct neighbors *t, uint32_t left, uint32_t right)
{
	uint64_t h = ((uint64_t)left << 32 | right) * 0x9e3779b97f4a7c15u;
	size_t i = (h >> 20) & (t->slots - 1);
	const struct neighbor *p;

	for (; t->table[i] != 0; i = (i + 1) & (t->slots - 1)) {
		p = &t->neighbor[t->table[i] - 1];
		if (p->left == left && p->right == right)
			break;
	}
	return &t->table[i];
}

static void
grow_table(struct neighbors *t)
{
	size_t i;

	free(t->table);
	t->slots *= 2;
	t->table = mem_alloc(t->slots, sizeof *t->table);
	for (i = 0; i < t->n; i++)
		*slot_of(t, t->neighbor[i].left, t->neighbor[i].right) =
		    (uint32_t)i + 1;
}

static uint32_t
index_of(struct neighbors *t, uint32_t left, uint32_t right)
{
	uint32_t *slot;

	if (t->n * 2 >= t->slots)
		grow_table(t);
	slot = slot_of(t, left, right);
	if (*slot == 0) {
		t->neighbor = mem_grow(t->neighbor, &t->cap, t->n + 1,
		    sizeof *t->neighbor);
		t->neighbor[t->n++] =
		    (struct neighbor){ .left = left, .right = right };
		*slot = (uint32_t)t->n;
	}
	return *slot - 1;
}

void
neighbors_count(struct neighbors *t, uint32_t left, uint32_t right, int64_t by,
    uint32_t word)
{
	uint32_t i = index_of(t, left, right);
	struct neighbor *p = &t->neighbor[i];

	p->count += by;
	if (by <= 0)
		return;
	if (p->words == 0 || p->word[p->words - 1] != word) {
		p->word = mem_grow(p->word, &p->word_cap, p->words + 1,
		    sizeof *p->word);
		p->word[p->words++] = word;
	}
	if (p->grown)
		return;
	p->grown = true;
	t->grown =
	    mem_grow(t->grown, &t->grown_cap, t->grown_n + 1, sizeof *t->grown);
	t->grown[t->grown_n++] = i;
}

void
neighbors_drop(struct neighbors *t, uint32_t left, uint32_t right)
{
	t->neighbor[index_of(t, left, right)].count = 0;
}

/* Whether a is to come before b. */
static bool
before(const struct neighbors *t, struct entry a, struct entry b)
{
	const struct neighbor *p = &t->neighbor[a.index],
			      *q = &t->neighbor[b.index];

	if (a.count != b.count)
		return a.count > b.count;
	return p->left != q->left ? p->left < q->left : p->right < q->right;
}

static void
push(struct neighbors *t, uint32_t index)
{
	struct entry e = { t->neighbor[index].count, index };
	size_t i = t->heap_n++, up;

	t->heap = mem_grow(t->heap, &t->heap_cap, t->heap_n, sizeof *t->heap);
	for (; i > 0; i = up) {
		up = (i - 1) / 2;
		if (!before(t, e, t->heap[up]))
			break;
		t->heap[i] = t->heap[up];
	}
	t->heap[i] = e;
}

static struct entry
pop(struct neighbors *t)
{
	struct entry top = t->heap[0], last = t->heap[--t->heap_n];
	size_t i = 0, k;

	while ((k = 2 * i + 1) < t->heap_n) {
		if (k + 1 < t->heap_n && before(t, t->heap[k + 1], t->heap[k]))
			k++;
		if (!before(t, t->heap[k], last))
			break;
		t->heap[i] = t->heap[k];
		i = k;
	}
	t->heap[i] = last;
	return top;
}

void
neighbors_settle(struct neighbors *t)
{
	size_t i;

	for (i = 0; i < t->grown_n; i++) {
		t->neighbor[t->grown[i]].grown = false;
		if (t->neighbor[t->grown[i]].count > 0)
			push(t, t->grown[i]);
	}
	t->grown_n = 0;
}

bool
neighbors_take(struct neighbors *t, uint32_t *left, uint32_t *right,
    uint32_t **word, size_t *words)
{
	struct entry e;
	struct neighbor *p;

	while (t->heap_n > 0) {
		e = pop(t);
		p = &t->neighbor[e.index];
		if (e.count != p->count) {
			/* if it has grown, it has another entry */
			if (e.count > p->count && p->count > 0)
				push(t, e.index);
			continue;
		}
		*left = p->left;
		*right = p->right;
		*word = p->word;
		*words = p->words;
		p->word = NULL;
		p->words = p->word_cap = 0;
		p->count = 0;
		return true;
	}
	return false;
}
