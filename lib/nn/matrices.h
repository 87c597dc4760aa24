/* SPDX-License-Identifier: MIT */
/*
 * matrices: memory for a policy's matrices in the layout of the kernels
 * (tensor/linear.h).
 *
 * struct params owns one of these; packed.h fills it from the weights and
 * hands it to the passes.  A matrix that the policy lacks is all zero.
 */
#ifndef NN_MATRICES_H
#define NN_MATRICES_H

#include <stdbool.h>
#include <stddef.h>

#include "tensor/linear.h"

struct layer_matrices {
	struct linear qkv, q, k, v, o, gate_up, gate, up, down;
};

struct matrices {
	enum tile_type type;
	bool fresh;                   /* packed from the weights as they are */
	bool fresh_low;               /* so are the adapters */
	bool release_pages;           /* packed_release_pages */
	struct layer_matrices *layer; /* [L]; NULL before the first packing */
	size_t L;
	struct linear head, score;
	size_t widest;    /* longest side of a matrix, but V */
	size_t rank;      /* highest of an adapter; 0: none */
	size_t bytes;     /* of all matrices, packed */
	size_t keep;      /* most bytes that packed_for_rows packs */
	float *block;     /* owned: packed matrices; NULL: they are views */
	float *low_block; /* owned: packed adapters */
};

/* Empty, of type F32. */
struct matrices *matrices_new(void);
void matrices_free(struct matrices *);
/* Free what is packed; the type and release_pages stay. */
void matrices_clear(struct matrices *);

#endif
