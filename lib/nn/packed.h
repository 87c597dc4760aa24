/* SPDX-License-Identifier: MIT */
/*
 * packed: the matrices of a policy as its passes read them (tensor/linear.h),
 * packed when first needed after the weights have changed.
 *
 * They belong to the weights: struct params holds them, params_changed says
 * that they are stale, packed_of packs them again where they are, in the type
 * that packed_set_type has set, F32 at first.  In BF16 the way back has packed
 * of its own, packed when it is first gone.
 */
#ifndef NN_PACKED_H
#define NN_PACKED_H

#include "nn/config.h"
#include "nn/params.h"
#include "tensor/linear.h"

struct packed_layer {
	struct linear qkv, q, k, v, o, gate, up, down;
};

struct packed {
	enum tile_type type;
	bool fresh, back; /* back: the packed of the way back are too */
	bool forget;
	struct packed_layer *layer; /* L */
	size_t L;
	struct linear head, score; /* of those, what the policy has */
	size_t widest;             /* side of a matrix, but V */
	size_t bytes;              /* of the packed of the way there */
	float *block, *back_block; /* of all */
};

struct packed *packed_new(enum tile_type);
void packed_free(struct packed *);
/* Of all passes over these weights from now on; INT8 has no way back. */
void packed_set_type(const struct params *, enum tile_type);
/*
 * Little memory is wanted from now on: weights in a file's map go from it when
 * they are packed, and again when a backward pass has gone through them; what
 * else is read of them is read again.
 */
void packed_release_pages(const struct params *);
/* It has gone through layer l; l the number of layers: the head. */
void packed_passed(const struct params *, size_t l);
/* Of these weights as they are now; borrowed until they change. */
const struct packed *packed_of(const struct params *, const struct config *);
/* The same, with what backward passes need. */
const struct packed *packed_backward(const struct params *,
    const struct config *);

#endif
