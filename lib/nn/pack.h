/* SPDX-License-Identifier: MIT */
/*
 * pack: several sequences laid end to end, without padding.
 *
 * Sequence b is the tokens start[b] .. start[b+1] - 1.  Attention is causal
 * within each sequence; positions count from each start.  A sequence may
 * continue an earlier one of the pack, its parent, so that the samples of one
 * prompt share it: it attends to the parent as well, and its positions count
 * on from the parent's end.
 *
 * `row` lists the positions whose hidden states are used: for a language
 * model those before each action, for a scalar head the actions themselves.
 *
 * `noise` is for passes with dropout, whose sequences have no parents: what a
 * token's masks are made of is a function of its sequence's generator and of
 * its position in the sequence.
 */
#ifndef NN_PACK_H
#define NN_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

struct pack {
	const uint32_t *tokens; /* [T] */
	size_t T, B, R;
	const size_t *start;     /* [B+1] */
	const size_t *row;       /* [R], ascending */
	const size_t *parent;    /* [B], b itself: none; NULL: none at all */
	const struct rng *noise; /* [B]; NULL: no dropout */
};

#endif
