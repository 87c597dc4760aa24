/* SPDX-License-Identifier: MIT */
#include "traj/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

struct pool {
	struct traj_segment all; /* of every segment, one after the other */
	size_t *order;		 /* by group, then as they came */
	size_t *deck;		 /* a permutation, dealt from its front */
	bool *used;
};

struct keyed {
	const char *group;
	size_t i;
};

static int
by_group(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	return order != 0 ? order : (x->i > y->i) - (x->i < y->i);
}

static void
index_groups(struct pool *p)
{
	struct keyed *k = mem_alloc(p->all.n, sizeof *k);
	size_t i;

	for (i = 0; i < p->all.n; i++)
		k[i] = (struct keyed){ p->all.t[i].group, i };
	qsort(k, p->all.n, sizeof *k, by_group);
	p->order = mem_alloc(p->all.n, sizeof *p->order);
	p->deck = mem_alloc(p->all.n, sizeof *p->deck);
	p->used = mem_alloc(p->all.n, sizeof *p->used);
	for (i = 0; i < p->all.n; i++)
		p->order[i] = k[i].i;
	free(k);
}

static int
read_all(struct pool *p, struct stream_in *in)
{
	struct traj_segment s = { 0 };
	struct traj *t;
	size_t i;
	int r;

	while ((r = traj_read(in, &s)) > 0) {
		if (p->all.n == 0) {
			memcpy(p->all.tokenizer, s.tokenizer,
			    sizeof s.tokenizer);
			p->all.vocab = s.vocab;
		}
		for (i = 0; i < s.n; i++) {
			t = traj_add(&p->all);
			traj_copy(t, &s.t[i]);
			if (t->role != ROLE_EXPERT)
				msg_set_str(&t->rec, "role", "expert");
			t->role = ROLE_EXPERT;
		}
	}
	traj_segment_release(&s);
	if (r == 0 && p->all.n == 0)
		return fail("%s: no demonstrations", stream_name(in));
	return r;
}

struct pool *
pool_open(const char *file)
{
	char *name = mem_dup(file, strlen(file));
	struct stream_in *in = stream_open(&name, 1, STREAM_TRAJ, false);
	struct pool *p = mem_alloc(1, sizeof *p);

	if (in == NULL || read_all(p, in) != 0) {
		pool_close(p);
		p = NULL;
	} else {
		index_groups(p);
	}
	if (in != NULL)
		stream_close(in);
	free(name);
	return p;
}

void
pool_close(struct pool *p)
{
	if (p == NULL)
		return;
	traj_segment_release(&p->all);
	free(p->order);
	free(p->deck);
	free(p->used);
	free(p);
}

size_t
pool_size(const struct pool *p)
{
	return p->all.n;
}

const char *
pool_tokenizer(const struct pool *p)
{
	return p->all.tokenizer;
}

int
pool_check(const struct pool *p, const char *tokenizer, size_t vocab,
    size_t context)
{
	if (traj_same_tokenizer(&p->all, tokenizer, vocab) != 0)
		return -1;
	return traj_check(&p->all, vocab, context);
}

/* Where a group begins in the order, or would. */
static size_t
find_group(const struct pool *p, const char *group)
{
	size_t lo = 0, hi = p->all.n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(p->all.t[p->order[mid]].group, group) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
in_group(const struct pool *p, size_t k, const char *group)
{
	return k < p->all.n &&
	    strcmp(p->all.t[p->order[k]].group, group) == 0;
}

/* The next unused demonstration of a group, or the size of the pool. */
static size_t
next_of_group(const struct pool *p, const char *group)
{
	size_t k;

	for (k = find_group(p, group); in_group(p, k, group); k++)
		if (!p->used[p->order[k]])
			return p->order[k];
	return p->all.n;
}

size_t
pool_draw(struct pool *p, const struct traj_segment *s, uint64_t seed,
    uint64_t step, const struct traj **picks)
{
	size_t want = s->n < p->all.n ? s->n : p->all.n, n = 0, i, j, swap;
	struct rng rng = rng_at(seed, step, 0, "pool", 0);

	memset(p->used, 0, p->all.n * sizeof *p->used);
	for (i = 0; i < s->n && n < want; i++) {
		j = next_of_group(p, s->t[i].group);
		if (j == p->all.n)
			continue;
		p->used[j] = true;
		picks[n++] = &p->all.t[j];
	}
	for (i = 0; i < p->all.n; i++)
		p->deck[i] = i;
	for (i = 0; i < p->all.n && n < want; i++) {
		j = i + rng_below(&rng, p->all.n - i);
		swap = p->deck[j];
		p->deck[j] = p->deck[i];
		p->deck[i] = swap;
		if (!p->used[swap])
			picks[n++] = &p->all.t[swap];
	}
	return n;
}

static bool
same_response(const struct traj *x, const struct traj *y)
{
	const struct span *s = &x->span[x->spans - 1];
	const struct span *r = &y->span[y->spans - 1];

	return s->end - s->start == r->end - r->start &&
	    memcmp(x->tokens + s->start, y->tokens + r->start,
		(s->end - s->start) * sizeof *x->tokens) == 0;
}

bool
pool_has_response(const struct pool *p, const struct traj *t)
{
	size_t k;

	if (t->spans == 0)
		return false;
	for (k = find_group(p, t->group); in_group(p, k, t->group); k++)
		if (p->all.t[p->order[k]].spans > 0 &&
		    same_response(&p->all.t[p->order[k]], t))
			return true;
	return false;
}
