/* SPDX-License-Identifier: MIT */
/*
 * panels: the matrices of a policy as its forward passes read them
 * (tensor/panel.h), packed when first needed after the weights have changed.
 *
 * They belong to the weights: struct params holds them, params_changed says
 * that they are stale, panels_of packs them again where they are.
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
	bool fresh;
	struct layer_panels *layer; /* L */
	size_t L;
	struct panel head, score; /* of those, what the policy has */
	float *block; /* of all */
};

struct panels *panels_new(void);
void panels_free(struct panels *);
/* Of these weights as they are now; borrowed until they change. */
const struct panels *panels_of(const struct params *, const struct config *);

#endif
