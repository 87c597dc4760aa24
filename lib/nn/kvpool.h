/* SPDX-License-Identifier: MIT */
/*
 * kvpool: the keys and values of a batch of samples, in a bound of memory.
 *
 * A sample has a room for the positions of its own, and reads those of its
 * prompt (kvcache.h), which samples with the same prompt share.  A prompt is
 * held while a sample reads it, and the prompt of the last sample for the next
 * ones too.  That one, and the rooms that are free, which the next samples use
 * again, are released when a sample needs the memory.  So once all rooms are
 * free, all memory is there for the next sample.
 */
#ifndef NN_KVPOOL_H
#define NN_KVPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/config.h"
#include "nn/kvcache.h"
#include "tensor/tile.h"

struct kvprompt {
	uint32_t *tokens; /* [n] a copy */
	size_t n, users;  /* n: 0 nothing is here; users: rooms */
	struct kvcache kv;
	float *hidden; /* [D] for the caller, who sets `ready` with it */
	bool ready;
};

struct kvroom {
	struct kvprompt *prompt;
	struct kvcache kv;
	double bytes; /* of kv */
};

struct kvpool {
	const struct config *c; /* borrowed */
	enum tile_type type;
	double bound, held;             /* bytes */
	struct kvprompt *prompt, *last; /* [rooms]; of the last sample */
	struct kvroom *room, **idle;    /* [rooms] */
	size_t rooms, idles;
};

void kvpool_init(struct kvpool *, const struct config *, enum tile_type weights,
    size_t rooms, size_t memory);
void kvpool_release(struct kvpool *);
/*
 * A room for the positions of a sample's own, after a prompt of n > 0 tokens;
 * NULL: none, or not enough memory, is free now.
 */
struct kvroom *kvpool_take(struct kvpool *, const uint32_t *prompt, size_t n,
    size_t positions);
void kvpool_give(struct kvpool *, struct kvroom *);

#endif
