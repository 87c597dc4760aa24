/* SPDX-License-Identifier: MIT */
/*
 * transformer: forward and backward over packed sequences.
 *
 * A pack is several sequences laid end to end, without padding: T tokens in
 * all, sequence b at start[b] .. start[b+1].  Attention is causal within
 * each sequence, positions count from each start.  `row` lists the R
 * positions whose hidden state is wanted: for a language model the
 * positions before each action, for a scalar head the actions themselves.
 * Layers run over all T tokens; the last norm and the head only at rows.
 *
 * Use: acts_new once (arenas grow to the largest pack); transformer_forward;
 * then head_rows, which walks the logits in blocks of rows that are never
 * materialised as a whole, and calls back for each block; with gradients
 * asked for, it collects d hidden, and transformer_backward ends the work.
 * Backward adds into `d`; the caller zeroes it once per segment.
 */
#ifndef NN_TRANSFORMER_H
#define NN_TRANSFORMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/config.h"
#include "nn/params.h"

struct pack {
	const uint32_t *tokens; /* [T] */
	size_t T, B, R;
	const size_t *start; /* [B+1] */
	const size_t *row;   /* [R], ascending positions in the pack */
	/*
	 * [B]: which sequence b continues, as in tensor/attention.h: positions
	 * then count on from its end.  NULL: none.
	 */
	const size_t *parent;
};

struct acts; /* activations of one pack */

struct acts *acts_new(const struct config *);
void acts_free(struct acts *);

/* keep: store what backward needs; without it memory is one layer's. */
void transformer_forward(struct acts *, const struct params *,
    const struct pack *, bool keep);
/* The packed of the weights that forward was given. */
const struct packed *acts_packed(const struct acts *);
/* After forward: the hidden states at the rows, after the last norm, [R, D]. */
const float *acts_hidden(const struct acts *);
/* d hidden of the rows, [R, D], zeroed by forward(keep); scalar heads add. */
float *acts_dhidden(struct acts *);
/* Scratch for linear_weight at the rows. */
float *acts_scratch(struct acts *);

/*
 * For each block of n rows from `first`: logits[n, V] = hidden @ head^T,
 * then fn(ctx, first, n, logits).  When d is not NULL, fn leaves d loss / d
 * logits in place of them, and d hidden and d head are added from it.
 */
typedef void head_fn(void *ctx, size_t first, size_t n, float *logits);
void head_rows(struct acts *, const struct pack *, head_fn *fn, void *ctx,
    struct params *d);
/* logits[n, V] of n rows, for a fn that compares with another model. */
void head_block(const struct acts *, size_t first, size_t n, float *logits);
/* Through the last norm and all layers into d, from acts_dhidden. */
void transformer_backward(struct acts *, const struct params *,
    const struct pack *, struct params *d);

#endif
