/* SPDX-License-Identifier: MIT */
#include "nn/kvpool.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
kvpool_init(struct kvpool *k, const struct config *c, enum tile_type weights,
    size_t rooms, size_t memory)
{
	size_t i;

	*k = (struct kvpool){ c, weights, (double)memory, .rooms = rooms };
	k->prompt = mem_alloc(rooms, sizeof(*k->prompt));
	k->room = mem_alloc(rooms, sizeof(*k->room));
	k->idle = mem_alloc(rooms, sizeof(struct kvroom *));
	for (i = 0; i < rooms; i++)
		k->idle[k->idles++] = &k->room[i];
}

static double
bytes_of(const struct kvpool *k, size_t positions)
{
	return (double)kvcache_bytes(k->c, k->type, positions);
}

static void
release_room(struct kvpool *k, struct kvroom *r)
{
	k->held -= r->bytes;
	r->bytes = 0;
	kvcache_release(&r->kv);
}

static void
drop_prompt(struct kvpool *k, struct kvprompt *p)
{
	k->held -= bytes_of(k, p->n);
	k->last = k->last == p ? NULL : k->last;
	kvcache_release(&p->kv);
	free(p->tokens);
	free(p->hidden);
	*p = (struct kvprompt){ 0 };
}

void
kvpool_release(struct kvpool *k)
{
	size_t i;

	for (i = 0; i < k->rooms; i++) {
		release_room(k, &k->room[i]);
		if (k->prompt[i].n > 0)
			drop_prompt(k, &k->prompt[i]);
	}
	free(k->prompt);
	free(k->room);
	free(k->idle);
	*k = (struct kvpool){ 0 };
}

static struct kvprompt *
find_prompt(const struct kvpool *k, const uint32_t *tokens, size_t n)
{
	struct kvprompt *p;

	for (p = k->prompt; p < k->prompt + k->rooms; p++)
		if (p->n == n &&
		    memcmp(p->tokens, tokens, n * sizeof(*tokens)) == 0)
			return p;
	return NULL;
}

/* There is a free place, because each prompt has a user in another room. */
static struct kvprompt *
new_prompt(struct kvpool *k, const uint32_t *tokens, size_t n)
{
	struct kvprompt *p = k->prompt;

	while (p->n > 0)
		p++;
	p->n = n;
	p->tokens = mem_alloc(n, sizeof(*tokens));
	memcpy(p->tokens, tokens, n * sizeof(*tokens));
	p->hidden = mem_floats(k->c->D);
	kvcache_init(&p->kv, k->c, k->type, n);
	k->held += bytes_of(k, n);
	return p;
}

/* Hold p for the next samples; the one that was held goes, if none reads it. */
static void
hold(struct kvpool *k, struct kvprompt *p)
{
	if (k->last != NULL && k->last != p && k->last->users == 0)
		drop_prompt(k, k->last);
	k->last = p;
}

/* Whether a free room is large enough, and not much too large. */
static bool
suits(const struct kvroom *r, double bytes)
{
	return r->kv.p != NULL && r->bytes >= bytes && r->bytes <= 2 * bytes;
}

/* The free room that suits, or else the last one. */
static size_t
find_room(const struct kvpool *k, double bytes)
{
	size_t i;

	for (i = k->idles; i-- > 0;)
		if (suits(k->idle[i], bytes))
			return i;
	return k->idles - 1;
}

static bool
fits(const struct kvpool *k, double more)
{
	return k->held + more <= k->bound;
}

/* Release what no sample uses, but for the prompt p. */
static void
release_unused(struct kvpool *k, const struct kvprompt *p)
{
	size_t i;

	for (i = 0; i < k->idles; i++)
		release_room(k, k->idle[i]);
	if (k->last != p)
		hold(k, NULL);
}

struct kvroom *
kvpool_take(struct kvpool *k, const uint32_t *prompt, size_t n,
    size_t positions)
{
	const double own = bytes_of(k, positions);
	struct kvprompt *p = find_prompt(k, prompt, n);
	const double shared = p != NULL ? 0 : bytes_of(k, n);
	struct kvroom *r;
	size_t i;

	if (k->idles == 0)
		return NULL;
	i = find_room(k, own);
	r = k->idle[i];
	if (!fits(k, shared + (suits(r, own) ? 0 : own)))
		release_unused(k, p);
	if (!fits(k, shared + (suits(r, own) ? 0 : own)))
		return NULL;
	hold(k, p);
	if (p == NULL)
		hold(k, p = new_prompt(k, prompt, n));
	p->users++;
	r->prompt = p;
	if (!suits(r, own)) {
		release_room(k, r);
		kvcache_init(&r->kv, k->c, k->type, positions);
		k->held += r->bytes = own;
	}
	k->idle[i] = k->idle[--k->idles];
	return r;
}

void
kvpool_give(struct kvpool *k, struct kvroom *r)
{
	struct kvprompt *p = r->prompt;

	if (--p->users == 0 && (p != k->last || !p->ready))
		drop_prompt(k, p);
	k->idle[k->idles++] = r;
}
