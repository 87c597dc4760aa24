/* SPDX-License-Identifier: MIT */
#include "traj/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

/*
 * Ids are remembered by 64 bits of hash, 0 being a free place.  Two that
 * share one end a segment early, which is no harm.
 */
struct ids {
	uint64_t *slot;
	size_t n, places; /* a power of two */
};

struct batch {
	struct stream_out *out;
	uint64_t size, n, index, pass;
	bool open, promised; /* promised: the last end said that more follow */
	bool whole;          /* no group is unfinished */
	struct msg header;
	struct traj_segment like; /* what it is of; no trajectories */
	struct ids ids;
};

/* ---- ids */

static size_t
place_of(const struct ids *ids, uint64_t hash)
{
	size_t i = hash & (ids->places - 1);

	while (ids->slot[i] != 0 && ids->slot[i] != hash)
		i = (i + 1) & (ids->places - 1);
	return i;
}

static void
enlarge(struct ids *ids)
{
	enum { FIRST = 64 };
	struct ids more = { NULL, ids->n,
		ids->places > 0 ? 2 * ids->places : FIRST };
	size_t i;

	more.slot = mem_alloc(more.places, sizeof *more.slot);
	for (i = 0; i < ids->places; i++)
		if (ids->slot[i] != 0)
			more.slot[place_of(&more, ids->slot[i])] = ids->slot[i];
	free(ids->slot);
	*ids = more;
}

/* Is it new?  Then it is there from now on. */
static bool
add_id(struct ids *ids, uint64_t hash)
{
	size_t i;

	if (2 * (ids->n + 1) > ids->places)
		enlarge(ids);
	i = place_of(ids, hash);
	if (ids->slot[i] == hash)
		return false;
	ids->slot[i] = hash;
	ids->n++;
	return true;
}

static void
forget_ids(struct ids *ids)
{
	if (ids->n > 0)
		memset(ids->slot, 0, ids->places * sizeof *ids->slot);
	ids->n = 0;
}

static uint64_t
hash_id(const char *id)
{
	struct rng r = rng_at(0, 0, 0, id, 0);
	uint64_t hash = rng_u64(&r);

	return hash != 0 ? hash : 1;
}

/* ---- segments */

struct batch *
batch_new(struct stream_out *out, uint64_t size)
{
	struct batch *b = mem_alloc(1, sizeof *b);

	b->out = out;
	b->size = size;
	return b;
}

void
batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	msg_release(&b->header);
	free(b->ids.slot);
	free(b);
}

bool
batch_full(const struct batch *b)
{
	return b->open && b->size > 0 && b->n >= b->size && b->whole;
}

static bool
belongs(const struct batch *b, const struct selected *x)
{
	const struct traj_segment *like = &b->like, *from = x->from;

	return b->pass == x->pass && like->ratio == from->ratio &&
	    like->vocab == from->vocab &&
	    like->policy_step == from->policy_step &&
	    strcmp(like->tokenizer, from->tokenizer) == 0 &&
	    strcmp(like->policy, from->policy) == 0;
}

static int
begin(struct batch *b, const struct selected *x)
{
	msg_copy(&b->header, &x->from->header);
	msg_del(&b->header, "batch_size"); /* of the segment that was cut */
	msg_set_uint(&b->header, "batch", b->index++);
	b->like = (struct traj_segment){ .ratio = x->from->ratio,
		.vocab = x->from->vocab,
		.policy_step = x->from->policy_step };
	memcpy(b->like.tokenizer, x->from->tokenizer, sizeof b->like.tokenizer);
	memcpy(b->like.policy, x->from->policy, sizeof b->like.policy);
	b->pass = x->pass;
	forget_ids(&b->ids);
	b->open = true;
	return stream_begin(b->out, STREAM_TRAJ, &b->header);
}

int
batch_add(struct batch *b, const struct selected *x)
{
	uint64_t hash = hash_id(x->t->id);
	bool fits =
	    b->open && !batch_full(b) && belongs(b, x) && add_id(&b->ids, hash);

	if (!fits) {
		if (b->open && batch_end(b, true) != 0)
			return -1;
		if (begin(b, x) != 0)
			return -1;
		(void)add_id(&b->ids, hash);
		b->n = 1;
	} else {
		b->n += x->begins;
	}
	b->whole = x->ends;
	if (stream_put(b->out, &x->t->rec) != 0)
		return fail_in("\"%.60s\"", x->t->id);
	return 0;
}

int
batch_end(struct batch *b, bool more)
{
	b->open = false;
	b->promised = more;
	return stream_end(b->out, more);
}

int
batch_finish(struct batch *b, bool more)
{
	if (b->open)
		return batch_end(b, more);
	if (!b->promised || more)
		return 0;
	msg_set_uint(&b->header, "batch", b->index++);
	if (stream_begin(b->out, STREAM_TRAJ, &b->header) != 0)
		return -1;
	return batch_end(b, false);
}
