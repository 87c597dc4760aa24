/* SPDX-License-Identifier: MIT */
/*
 * quant: floats to the whole numbers of which words are in INT8 (tile.h).
 *
 * A weight becomes a byte and a number of x 16 bits, each a multiple of its
 * scale, which is what the largest of those beside it is divided by: 127 for
 * the weights of a column, 32767 for a block of a row of x.  So what is lost
 * is the weights' rounding alone, and a sum of a block of QUANT_MOST products
 * is a whole number of 32 bits, whatever is summed first.
 */
#ifndef TENSOR_QUANT_H
#define TENSOR_QUANT_H

#include <stddef.h>
#include <stdint.h>

enum { QUANT_MOST = 512 };

/*
 * Pairs of rows of y[K, 16], column after column, the last one filled up with
 * zeros: to[(K + 1) / 2, 16, 2] = y / scale[16].
 */
void quant_panel(int8_t *to, float *scale, const float *y, size_t K);
/*
 * Neighbours, the earlier in the lower half: (n + 1) / 2 words of x[n] over
 * the scale that is returned, NaN where x is not finite.
 */
float quant_row(uint32_t *to, const float *x, size_t n);

#endif
