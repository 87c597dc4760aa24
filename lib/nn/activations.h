/* SPDX-License-Identifier: MIT */
/*
 * activations: memory for the passes of a transformer over one pack.
 *
 * All values lie in one arena, which grows to the largest pack.  For a
 * backward pass each layer keeps its own values, but for those that are cheap
 * to recompute (norms, activation functions), which all layers share.
 * Without one all layers share one layer's memory.
 *
 * With `recompute` a backward pass keeps only each layer's input, and computes
 * the layer again from it: L inputs and one layer's values, [T, D] each and
 * about [T, 3D + 2F], in place of L layers' values, for a quarter more time.
 * Gradients have the same bits.
 *
 * With `dropout` passes drop numbers of the embedding and of what the branches
 * of a layer add (tensor/dropout.h), if the pack has noise.  Masks are drawn
 * again whenever they are used.
 */
#ifndef NN_ACTIVATIONS_H
#define NN_ACTIVATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/config.h"
#include "nn/layer.h"
#include "nn/matrices.h"
#include "nn/pack.h"
#include "nn/rotary.h"
#include "tensor/dropout.h"

struct activations {
	struct config config;
	const struct matrices *matrices; /* borrowed: of the current weights */
	size_t T, R;                     /* of the current pack */
	bool recompute;                  /* set before the first pass */
	double dropout;                  /* rate; set before any pass */
	float *arena;
	size_t arena_cap;
	struct layer_values *layer; /* [L] */
	struct layer_gradients gradients;
	float *kv;               /* attention_floats: keys and values */
	float *last;             /* [T, D] after the layers */
	float *at_rows;          /* [R, D] the rows of last */
	float *stat;             /* [R, 2] of the last norm */
	float *hidden, *dhidden; /* [R, D] after the last norm */
	size_t *pos;             /* [T] */
	struct rng *noise;       /* [T] for dropout */
	size_t pos_cap, noise_cap;
	struct rotary rotary;
	float *logits; /* a block of rows, for head_rows */
	size_t logits_cap;
};

struct activations *activations_new(const struct config *);
void activations_free(struct activations *);
/* Be of another policy from now on; memory and settings stay. */
void activations_of(struct activations *, const struct config *);
/*
 * The size of the arena for a pack; keep: for a backward pass.  It allocates
 * nothing, and leaves the pointers of an earlier pack invalid.
 */
size_t activations_floats(struct activations *, const struct matrices *,
    const struct pack *, bool keep);
/* Memory, positions, rotations and noise for a pack. */
void activations_fit(struct activations *, const struct matrices *,
    const struct pack *, bool keep);
/*
 * Dropout of the pack that memory was made for.  Place 0 is the embedding, 2i+1
 * and 2i+2 are the branches of layer i, attention and MLP.
 */
struct dropout activations_dropout(const struct activations *,
    const struct pack *, size_t place);

#endif
