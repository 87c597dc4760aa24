/* SPDX-License-Identifier: MIT */
/*
 * pair: floats to BF16, each the nearest there is, and of two the even one; and
 * to pairs of them, of which words are where tile_takes_pairs() says so
 * (tile.h): the earlier in the lower half.
 */
#ifndef TENSOR_BF16_H
#define TENSOR_BF16_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The upper half is x in BF16.  The NaN that arithmetic makes stays one. */
static inline uint32_t
round_bf16(const float *x)
{
	uint32_t bits;

	memcpy(&bits, x, sizeof(bits));
	return bits + 0x7fffu + (bits >> 16 & 1);
}

/* Neighbours: (n + 1) / 2 words of x[n], the last filled up with zero. */
void bf16_pairs(uint32_t *to, const float *x, size_t n);
/* Those beneath each other: n words of x[n] and next[n]. */
void bf16_pair_rows(uint32_t *to, const float *x, const float *next, size_t n);

#endif
