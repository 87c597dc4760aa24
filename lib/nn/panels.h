/* SPDX-License-Identifier: MIT */
/*
 * panels: the matrices of a policy as its passes read them (tensor/linear.h),
 * packed when first needed after the weights have changed.
 *
 * They belong to the weights: struct params holds them, params_changed says
 * that they are stale, panels_of packs them again where they are, in the type
 * that panels_compute has set, F32 at first.  In BF16 the way back has panels
 * of its own, packed when it is first gone.
 */
#ifndef NN_PANELS_H
#define NN_PANELS_H

#include "nn/config.h"
#include "nn/params.h"
#include "tensor/linear.h"

struct layer_panels {
	struct linear qkv, q, k, v, o, gate, up, down;
};

struct panels {
	enum tile_type type;
	bool fresh, back; /* back: the panels of the way back are too */
	bool forget;
	struct layer_panels *layer; /* L */
	size_t L;
	struct linear head, score; /* of those, what the policy has */
	size_t widest; /* side of a matrix, but V */
	size_t bytes;  /* of the panels of the way there */
	float *block, *back_block; /* of all */
};

struct panels *panels_new(enum tile_type);
void panels_free(struct panels *);
/* Of all passes over these weights from now on; INT8 has no way back. */
void panels_compute(const struct params *, enum tile_type);
/*
 * Little memory is wanted from now on: weights in a file's map go from it when
 * they are packed, and again when a backward pass has gone through them; what
 * else is read of them is read again.
 */
void panels_forget(const struct params *);
/* It has gone through layer l; l the number of layers: the head. */
void panels_passed(const struct params *, size_t l);
/* Of these weights as they are now; borrowed until they change. */
const struct panels *panels_of(const struct params *, const struct config *);
/* The same, with what backward passes need. */
const struct panels *panels_back(const struct params *,
    const struct config *);

#endif
