/* SPDX-License-Identifier: MIT */
#include "traj/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "traj/members.h"

/* The demonstrations of one prompt: a range of order. */
struct group {
	const char *name;
	size_t begin, n, dealt;
};

struct pool {
	char *file;              /* where they were read, for messages */
	struct traj_segment all; /* of every segment, one after the other */
	size_t *order;           /* by group, then as they came */
	size_t *deck;            /* the same, each group dealt from its front */
	bool *used;
	struct group *group; /* sorted by name */
	size_t groups;
};

static void
index_groups(struct pool *p)
{
	size_t n = p->all.n, i, k, end;
	struct member *m = members_of(p->all.t, n);

	p->order = mem_alloc(n, sizeof *p->order);
	p->deck = mem_alloc(n, sizeof *p->deck);
	p->used = mem_alloc(n, sizeof *p->used);
	p->group = mem_alloc(n, sizeof *p->group);
	for (i = 0; i < n; i++)
		p->order[i] = m[i].i;
	for (k = 0; k < n; k = end) {
		end = members_end(m, n, k);
		p->group[p->groups++] = (struct group){ .name = m[k].group,
			.begin = k,
			.n = end - k };
	}
	free(m);
}

/* What the headers say of the tokenizer, and that they say the same. */
static int
join_header(struct pool *p, const struct traj_segment *s)
{
	struct traj_segment *all = &p->all;

	if ((s->tokenizer[0] != '\0' && all->tokenizer[0] != '\0' &&
		strcmp(s->tokenizer, all->tokenizer) != 0) ||
	    (s->vocab != 0 && all->vocab != 0 && s->vocab != all->vocab)) {
		(void)fail("made with another tokenizer than the segments "
			   "before");
		return fail_where(&s->at, NULL, 0);
	}
	all->at.file = p->file;
	if (all->vocab == 0)
		all->vocab = s->vocab;
	if (all->tokenizer[0] == '\0') {
		memcpy(all->tokenizer, s->tokenizer, sizeof all->tokenizer);
		msg_copy(&all->header, &s->header);
	}
	return 0;
}

static int
read_all(struct pool *p, struct stream_in *in)
{
	struct traj_segment s = { 0 };
	struct traj *t;
	size_t i;
	int r;

	while ((r = traj_read(in, &s)) > 0) {
		r = join_header(p, &s);
		if (r < 0)
			break;
		for (i = 0; i < s.n; i++) {
			t = traj_add(&p->all);
			traj_copy(t, &s.t[i]);
			t->at.file = p->file;
			if (t->role != ROLE_EXPERT)
				msg_set_str(&t->rec, "role", "expert");
			t->role = ROLE_EXPERT;
		}
	}
	traj_segment_release(&s);
	if (r == 0 && p->all.n == 0)
		return fail("%s: no demonstrations", stream_where(in).file);
	return r;
}

struct pool *
pool_open(const char *file)
{
	char *name = mem_dup(file, strlen(file));
	struct stream_in *in = stream_open(&name, 1, STREAM_TRAJ, false);
	struct pool *p = mem_alloc(1, sizeof *p);

	p->file = name;
	if (in == NULL || read_all(p, in) != 0) {
		pool_close(p);
		p = NULL;
	} else {
		index_groups(p);
	}
	if (in != NULL)
		stream_close(in);
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
	free(p->group);
	free(p->file);
	free(p);
}

size_t
pool_size(const struct pool *p)
{
	return p->all.n;
}

size_t
pool_bytes(const struct pool *p)
{
	size_t i, bytes = p->all.cap * sizeof *p->all.t;

	for (i = 0; i < p->all.n; i++)
		bytes += traj_bytes(&p->all.t[i]);
	return bytes;
}

const char *
pool_tokenizer(const struct pool *p)
{
	return p->all.tokenizer;
}

int
pool_share_tokenizer(const struct pool *p, const struct traj_segment *s)
{
	return traj_share_tokenizer(s, &p->all);
}

int
pool_check(const struct pool *p, const char *tokenizer, size_t vocab,
    size_t context)
{
	if (traj_same_tokenizer(&p->all, tokenizer, vocab) != 0)
		return -1;
	return traj_check(&p->all, vocab, context);
}

static int
by_name(const void *name, const void *group)
{
	return strcmp(name, ((const struct group *)group)->name);
}

/* The group of a name, or NULL. */
static struct group *
find_group(const struct pool *p, const char *name)
{
	return bsearch(name, p->group, p->groups, sizeof *p->group, by_name);
}

/* Move a random one of n cards to the front, and return it. */
static size_t
deal(size_t *deck, size_t n, struct rng *rng)
{
	size_t j = rng_below(rng, n), card = deck[j];

	deck[j] = deck[0];
	return deck[0] = card;
}

size_t
pool_draw(struct pool *p, const struct traj_segment *s, uint64_t seed,
    uint64_t step, const struct traj **picks)
{
	size_t want = s->n < p->all.n ? s->n : p->all.n, n = 0, i, card;
	struct rng rng = rng_at(seed, step, 0, "pool", 0);
	struct group *g;

	memcpy(p->deck, p->order, p->all.n * sizeof *p->deck);
	memset(p->used, 0, p->all.n * sizeof *p->used);
	for (i = 0; i < p->groups; i++)
		p->group[i].dealt = 0;
	for (i = 0; i < s->n && n < want; i++) {
		g = find_group(p, s->t[i].group);
		if (g == NULL || g->dealt == g->n)
			continue;
		card =
		    deal(p->deck + g->begin + g->dealt, g->n - g->dealt, &rng);
		g->dealt++;
		p->used[card] = true;
		picks[n++] = &p->all.t[card];
	}
	for (i = 0; i < p->all.n && n < want; i++) {
		card = deal(p->deck + i, p->all.n - i, &rng);
		if (!p->used[card])
			picks[n++] = &p->all.t[card];
	}
	return n;
}

const struct traj *
pool_of_group(const struct pool *p, const char *group, size_t k)
{
	const struct group *g = find_group(p, group);

	return g != NULL && k < g->n ? &p->all.t[p->order[g->begin + k]] : NULL;
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
	const struct traj *x;
	size_t k;

	if (t->spans == 0)
		return false;
	for (k = 0; (x = pool_of_group(p, t->group, k)) != NULL; k++)
		if (x->spans > 0 && same_response(x, t))
			return true;
	return false;
}
