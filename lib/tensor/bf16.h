/* SPDX-License-Identifier: MIT */
/*
 * bf16: round floats to BF16 (to nearest, ties to even), and pack two to a word
 * as tile.h reads them, the first in the lower half.  Packing needs AVX-512
 * BF16: call it only if tile_packs_two(TILE_BF16).
 */
#ifndef TENSOR_BF16_H
#define TENSOR_BF16_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The upper half is *x in BF16.  The NaN that arithmetic makes stays NaN. */
static inline uint32_t
round_bf16(const float *x)
{
	uint32_t bits;

	memcpy(&bits, x, sizeof(bits));
	return bits + 0x7fffu + (bits >> 16 & 1);
}

/* to[(n + 1) / 2]: x[2 i] and x[2 i + 1], or 0 after the last. */
void bf16_pack(uint32_t *to, const float *x, size_t n);
/* to[n]: x[i] and next[i]. */
void bf16_pack_rows(uint32_t *to, const float *x, const float *next, size_t n);

#endif
