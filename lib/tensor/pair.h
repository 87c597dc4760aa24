/* SPDX-License-Identifier: MIT */
/*
 * pair: floats to pairs of BF16, of which words are where tile_pairs() says so
 * (tile.h): the earlier in the lower half, each the nearest there is, and of
 * two the even one.
 */
#ifndef TENSOR_PAIR_H
#define TENSOR_PAIR_H

#include <stddef.h>
#include <stdint.h>

/* Neighbours: (n + 1) / 2 words of x[n], the last filled up with zero. */
void pair_row(uint32_t *to, const float *x, size_t n);
/* Those beneath each other: n words of x[n] and next[n]. */
void pair_rows(uint32_t *to, const float *x, const float *next, size_t n);

#endif
