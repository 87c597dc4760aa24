/* SPDX-License-Identifier: MIT */
/*
 * rotary: the tables of rotations of a policy (tensor/rope.h).
 *
 * They grow to the longest sequence so far.  All zero is empty; a policy with
 * learned positions keeps them empty.
 */
#ifndef NN_ROTARY_H
#define NN_ROTARY_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/config.h"

struct rotary {
	struct rotations {
		double *freq; /* [R/2], radians from one position to the next;
				 with long factors twice as many */
		float *table; /* [n, R] */
		size_t n, cap;
	} all, local; /* local: of layers that config.local rotates */
};

/*
 * The row of the table for a position, in a text that is long or not
 * (config_is_long).  Rows of long texts follow those of all positions that
 * others can have.
 */
size_t rotary_row(const struct config *, size_t pos, bool is_long);
/* Extend the tables to rows 0 .. n-1. */
void rotary_grow(struct rotary *, const struct config *, size_t n);
/* The table for a layer; NULL: its heads are not rotated. */
const float *rotary_table(const struct rotary *, const struct config *,
    size_t layer);
void rotary_release(struct rotary *);

#endif
