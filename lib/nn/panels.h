/* SPDX-License-Identifier: MIT */
/*
 * panels: the matrices of a policy as its forward passes read them
 * (tensor/panel.h), packed when first needed after the weights have changed.
 *
 * They belong to the weights: struct params holds them, params_changed says
 * that they are stale, panels_of packs them again where they are.  Those of
 * another type than F32 are the caller's: panels_make.
 */
#ifndef NN_PANELS_H
#define NN_PANELS_H

#include "nn/config.h"
#include "nn/params.h"
#include "tensor/panel.h"

struct layer_panels {
	struct panel qkv, q, k, v, o, gate, up, down;
};

struct panels {
	enum tile_type type;
	bool fresh;
	struct layer_panels *layer; /* L */
	size_t L;
	struct panel head, score; /* of those, what the policy has */
	float *block; /* of all */
};

struct panels *panels_new(enum tile_type);
void panels_free(struct panels *);
/* Of these weights, in a type of the caller's choice. */
struct panels *panels_make(const struct params *, const struct config *,
    enum tile_type);
/* Of these weights as they are now; borrowed until they change. */
const struct panels *panels_of(const struct params *, const struct config *);

#endif
