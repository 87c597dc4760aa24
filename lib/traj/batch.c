/* SPDX-License-Identifier: MIT */
#include "traj/batch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

/*
 * The ids of the open segment, as 64 bits of hash each, 0 being a free place.
 * Two ids of one hash end a segment early, which does no harm.
 */
struct ids {
	uint64_t *slot;
	size_t n, places; /* a power of two */
};

/* Why a segment ended before it was full, if not at the end of a pass. */
enum early { TOKENIZER, POLICY, RATIO, ID, EARLY };

static const char *const reasons[EARLY] = {
	[TOKENIZER] = "the tokenizer changes",
	[POLICY] = "the policy changes",
	[RATIO] = "the kind of scores changes",
	[ID] = "an id comes twice",
};

struct batch {
	struct stream_out *out;
	uint64_t size, skip, n, index, pass;
	bool open, promised; /* promised: the last end said that more follow */
	bool whole;          /* the last group is complete */
	struct msg header;
	struct traj_segment like; /* its header, decoded; no trajectories */
	struct ids ids;
	uint64_t early[EARLY];
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

/* Add a hash; false if it is there already. */
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
batch_new(struct stream_out *out, uint64_t size, uint64_t skip)
{
	struct batch *b = mem_alloc(1, sizeof *b);

	b->out = out;
	b->size = size;
	b->skip = skip;
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

bool
batch_skips(const struct batch *b)
{
	return b->index <= b->skip; /* index is already that of the next */
}

/* What of the open segment's header does not fit a trajectory; or ID. */
static enum early
misfit(const struct batch *b, const struct selected *x)
{
	const struct traj_segment *like = &b->like, *from = x->from;

	if (like->vocab != from->vocab ||
	    strcmp(like->tokenizer, from->tokenizer) != 0)
		return TOKENIZER;
	if (like->policy_step != from->policy_step ||
	    strcmp(like->policy, from->policy) != 0)
		return POLICY;
	return like->ratio != from->ratio ? RATIO : ID;
}

/* Whether a trajectory goes into the open segment; counts why not. */
static bool
fits(struct batch *b, const struct selected *x, uint64_t hash)
{
	enum early why;

	if (!b->open || batch_full(b) || b->pass != x->pass)
		return false;
	why = misfit(b, x);
	if (why == ID && add_id(&b->ids, hash))
		return true;
	b->early[why]++;
	return false;
}

/*
 * Passes over the data at the end of a segment that begins with x, if it gets
 * full or ends with the pass.
 */
static double
epoch_after(const struct batch *b, const struct selected *x)
{
	const uint64_t left = x->units - x->unit;
	const uint64_t taken = b->size > 0 && b->size < left ? b->size : left;

	return (double)x->pass + (double)(x->unit + taken) / (double)x->units;
}

static int
begin(struct batch *b, const struct selected *x)
{
	msg_copy(&b->header, &x->from->header);
	msg_del(&b->header, "batch_size"); /* of the segment that was cut */
	msg_set_uint(&b->header, "batch", b->index++);
	if (x->units > 0)
		traj_stat(&b->header, "trajcat.epoch", epoch_after(b, x));
	b->like = (struct traj_segment){ .ratio = x->from->ratio,
		.vocab = x->from->vocab,
		.policy_step = x->from->policy_step };
	memcpy(b->like.tokenizer, x->from->tokenizer, sizeof b->like.tokenizer);
	memcpy(b->like.policy, x->from->policy, sizeof b->like.policy);
	b->pass = x->pass;
	forget_ids(&b->ids);
	b->open = true;
	return batch_skips(b) ? 0 :
				stream_begin(b->out, STREAM_TRAJ, &b->header);
}

int
batch_add(struct batch *b, const struct selected *x)
{
	uint64_t hash = hash_id(x->t->id);

	if (!fits(b, x, hash)) {
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
	if (!batch_skips(b) && stream_put(b->out, &x->t->rec) != 0)
		return traj_fail_in(x->t);
	return 0;
}

uint64_t
batch_early(const struct batch *b, struct buf *why)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < EARLY; i++) {
		if (b->early[i] > 0)
			buf_addf(why, "%s%s (%" PRIu64 ")", n > 0 ? ", " : "",
			    reasons[i], b->early[i]);
		n += b->early[i];
	}
	return n;
}

int
batch_end(struct batch *b, bool more)
{
	b->open = false;
	if (batch_skips(b))
		return 0;
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
