/* SPDX-License-Identifier: MIT */
/*
 * rotary: the table of rotations of a policy (tensor/rope.h).
 *
 * It grows to the longest sequence so far.  All zero is an empty table; a
 * policy with learned positions keeps it empty.
 */
#ifndef NN_ROTARY_H
#define NN_ROTARY_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/config.h"

struct rotary {
	double *freq; /* [R/2], radians from one position to the next; with
			 long factors twice as many */
	float *table; /* [n, R] */
	size_t n, cap;
};

/*
 * The row of the table for a position, in a text that is long or not
 * (config_is_long).  Rows of long texts follow those of all positions that
 * others can have.
 */
size_t rotary_row(const struct config *, size_t pos, bool is_long);
/* Extend the table to rows 0 .. n-1. */
void rotary_grow(struct rotary *, const struct config *, size_t n);
/* The table for a layer; NULL: its heads are not rotated. */
const float *rotary_table(const struct rotary *, const struct config *,
    size_t layer);
void rotary_release(struct rotary *);

#endif
