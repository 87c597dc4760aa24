/* SPDX-License-Identifier: MIT */
/*
 * transpose: transpose an 8 x 8 square of words of 4 bytes.
 *
 *   to[8, 8] = from[8, 8]^T
 *
 * Strides are in words; to and from do not overlap.  Eight vectors are loaded,
 * exchange parts in three rounds of 8 shuffles, and are stored, in place of 64
 * loads and stores of single words.
 */
#ifndef TENSOR_TRANSPOSE_H
#define TENSOR_TRANSPOSE_H

#include <stddef.h>
#include <stdint.h>

enum { TRANSPOSE = 8 };

typedef uint32_t transpose_vec __attribute__((vector_size(32), aligned(4)));

/* Elements 0 to 7 are those of a, 8 to 15 those of b. */
#define TRANSPOSE_LOW(a, b) \
	__builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define TRANSPOSE_HIGH(a, b) \
	__builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define TRANSPOSE_LOW2(a, b) \
	__builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define TRANSPOSE_HIGH2(a, b) \
	__builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define TRANSPOSE_LOW4(a, b) \
	__builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define TRANSPOSE_HIGH4(a, b) \
	__builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

static inline __attribute__((always_inline)) void
transpose8(uint32_t *to, size_t to_stride, const uint32_t *from,
    size_t from_stride)
{
	transpose_vec a[TRANSPOSE], b[TRANSPOSE];
	int i;

	for (i = 0; i < TRANSPOSE; i++)
		a[i] = *(const transpose_vec *)(from + (size_t)i * from_stride);
	for (i = 0; i < TRANSPOSE; i += 2) {
		b[i] = TRANSPOSE_LOW(a[i], a[i + 1]);
		b[i + 1] = TRANSPOSE_HIGH(a[i], a[i + 1]);
	}
	for (i = 0; i < TRANSPOSE; i += 4) {
		a[i] = TRANSPOSE_LOW2(b[i], b[i + 2]);
		a[i + 1] = TRANSPOSE_HIGH2(b[i], b[i + 2]);
		a[i + 2] = TRANSPOSE_LOW2(b[i + 1], b[i + 3]);
		a[i + 3] = TRANSPOSE_HIGH2(b[i + 1], b[i + 3]);
	}
	for (i = 0; i < TRANSPOSE / 2; i++) {
		*(transpose_vec *)(to + (size_t)i * to_stride) =
		    TRANSPOSE_LOW4(a[i], a[i + 4]);
		*(transpose_vec *)(to + (size_t)(i + 4) * to_stride) =
		    TRANSPOSE_HIGH4(a[i], a[i + 4]);
	}
}

#endif
