/* SPDX-License-Identifier: MIT */
/*
 * rotary: the table of rotations of a policy (tensor/rope.h).
 *
 * It grows to the longest sequence so far.  All zero is an empty table; a
 * policy with learned positions keeps it empty.
 */
#ifndef NN_ROTARY_H
#define NN_ROTARY_H

#include <stddef.h>

#include "nn/config.h"

struct rotary {
	double *freq; /* [R/2], radians from one position to the next */
	float *table; /* [n, R] */
	size_t n, cap;
};

/* Extend the table to positions 0 .. n-1. */
void rotary_grow(struct rotary *, const struct config *, size_t n);
/* The table for a layer; NULL: its heads are not rotated. */
const float *rotary_table(const struct rotary *, const struct config *,
    size_t layer);
void rotary_release(struct rotary *);

#endif
