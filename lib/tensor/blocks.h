/* SPDX-License-Identifier: MIT */
/*
 * blocks: numbers as GGUF files have them, in blocks of a type of GGML
 * (base/blocktype.h), to float32 and back.
 *
 * A block of the types Q has a scale d in F16, and one small integer q for
 * each number x:
 *
 *	Q4_0, Q5_0   x = d (q - 8), d (q - 16)
 *	Q8_0         x = d q, q signed
 *	Q4_1, Q5_1   x = d q + m
 *	Q4_K, Q5_K   x = (d s) q - (m t), s and t of 6 bits for 32 numbers
 *	Q6_K         x = (d s) (q - 32), s of 8 bits for 16 numbers
 */
#ifndef TENSOR_BLOCKS_H
#define TENSOR_BLOCKS_H

#include <stddef.h>

#include "base/blocktype.h"

/* out[n] = the n numbers from `at` on, which need not begin a block. */
void blocks_widen(float *out, const void *blocks, enum block_type, size_t at,
    size_t n);
/*
 * Round x[n], whole blocks, to F32, F16, BF16 or Q8_0.  Returns the first
 * number that is not finite in that type; n: there is none.
 */
size_t blocks_narrow(void *blocks, const float *x, enum block_type, size_t n);

#endif
