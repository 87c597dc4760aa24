/* SPDX-License-Identifier: MIT */
/*
 * transformer: forward and backward over packed sequences.
 *
 * Layers run over all T tokens of a pack; the last norm and the head run only
 * at its R rows.  Use:
 *
 *	a = activations_new(&config);          // its arena grows as needed
 *	transformer_forward(a, &p, &pack, keep);
 *	head_rows(a, &pack, fn, ctx, d);       // or read a->hidden, [R, D]
 *	transformer_backward(a, &p, &pack, d); // after keep
 *
 * A scalar head reads a->hidden and adds to a->dhidden itself.  Backward adds
 * into d, which the caller zeroes.  Nothing here can fail.
 */
#ifndef NN_TRANSFORMER_H
#define NN_TRANSFORMER_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/activations.h"
#include "nn/pack.h"
#include "nn/params.h"

/* keep: store what backward needs; otherwise memory is one layer's. */
void transformer_forward(struct activations *, const struct params *,
    const struct pack *, bool keep);

/*
 * states[R, n, D]: what is at the pack's rows after the first depth[k] layers,
 * before any norm, for each of n depths, ascending, from 1 to the layers of the
 * activations' config.  Layers above the last depth are not computed; with a
 * config of so many layers they are not packed either.
 */
void transformer_states(struct activations *, const struct params *,
    const struct pack *, const size_t *depth, size_t n, float *states);

/*
 * For each block of n rows from `first`: logits[n, V] = hidden @ head^T,
 * then fn(ctx, first, n, logits).  If d is not NULL, fn replaces logits by
 * d loss / d logits, and d hidden and d head are added from it.
 */
typedef void head_fn(void *ctx, size_t first, size_t n, float *logits);
void head_rows(struct activations *, const struct pack *, head_fn *fn,
    void *ctx, struct params *d);
/* Floats of logits that head_rows has for a pack of R rows: those of a block.
 */
size_t head_floats(const struct config *, size_t R);
/* logits[n, V] of n rows, for a fn that compares with another model. */
void head_block(const struct activations *, size_t first, size_t n,
    float *logits);

/* From a->dhidden through the last norm and all layers into d. */
void transformer_backward(struct activations *, const struct params *,
    const struct pack *, struct params *d);

#endif
