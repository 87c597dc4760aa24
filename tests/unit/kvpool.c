/* SPDX-License-Identifier: MIT */
/* kvpool: rooms, the prompts that they share, and the bound of both. */
#include "nn/kvpool.h"

#include "tests/models.h"
#include "tests/tap.h"

enum { ROOMS = 3, BLOCK = 64 };

static const uint32_t first[BLOCK] = { 1 }, second[BLOCK] = { 2 };

/* A pool for so many blocks of positions. */
static void
pool_init(struct kvpool *k, const struct config *c, size_t blocks)
{
	kvpool_init(k, c, TILE_F32, ROOMS,
	    blocks * kvcache_bytes(c, TILE_F32, BLOCK));
}

static void
sharing(const struct config *c)
{
	struct kvpool k;
	struct kvroom *r[ROOMS];
	const struct kvprompt *p;
	size_t i;

	pool_init(&k, c, 1 + ROOMS);
	for (i = 0; i < ROOMS; i++)
		r[i] = kvpool_take(&k, first, BLOCK, BLOCK);
	ok(r[2] != NULL && r[0]->prompt == r[1]->prompt &&
		r[0]->prompt == r[2]->prompt && r[0]->kv.p != r[1]->kv.p,
	    "samples share their prompt, and nothing else");
	ok(kvpool_take(&k, first, BLOCK, BLOCK) == NULL, "no room is left");
	p = r[0]->prompt;
	r[0]->prompt->ready = true;
	for (i = 0; i < ROOMS; i++)
		kvpool_give(&k, r[i]);
	r[0] = kvpool_take(&k, first, BLOCK, BLOCK);
	ok(r[0]->prompt == p && p->ready && p->users == 1,
	    "the last prompt is held for the next sample");
	r[1] = kvpool_take(&k, second, BLOCK, 2 * BLOCK);
	ok(r[1] == NULL, "another one waits for memory");
	kvpool_give(&k, r[0]);
	r[1] = kvpool_take(&k, second, BLOCK, 2 * BLOCK);
	ok(r[1] != NULL && !r[1]->prompt->ready,
	    "and takes that of the free rooms");
	kvpool_give(&k, r[1]);
	kvpool_release(&k);
}

static void
bounds(const struct config *c)
{
	struct kvpool k;
	struct kvroom *r, *s;

	pool_init(&k, c, 5);
	ok(kvpool_take(&k, first, BLOCK, 5 * BLOCK) == NULL && k.held == 0,
	    "what exceeds the bound is not taken");
	r = kvpool_take(&k, first, BLOCK, 4 * BLOCK);
	ok(r != NULL && k.held == k.bound, "all of it can be taken");
	ok(kvpool_take(&k, first, 1, 1) == NULL, "and then nothing more");
	kvpool_give(&k, r);
	r = kvpool_take(&k, second, BLOCK, BLOCK);
	s = kvpool_take(&k, first, BLOCK, 2 * BLOCK);
	ok(r != NULL && s != NULL && k.held == k.bound,
	    "a short sample does not keep a long one's room");
	kvpool_give(&k, s);
	s = kvpool_take(&k, first, BLOCK, BLOCK);
	ok(s != NULL && k.held == k.bound,
	    "but one of twice the size is used again");
	kvpool_give(&k, s);
	kvpool_give(&k, r);
	r = kvpool_take(&k, first, BLOCK, 4 * BLOCK);
	ok(r != NULL, "with all rooms free, all memory is there");
	kvpool_give(&k, r);
	kvpool_release(&k);
}

int
main(void)
{
	struct config c;

	model_config(&c, &models[0]);
	sharing(&c);
	bounds(&c);
	return tap_done();
}
