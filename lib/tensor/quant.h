/* SPDX-License-Identifier: MIT */
/*
 * quant: floats to the integers of INT8 products (tile.h).
 *
 * Weights become 8-bit and x 16-bit multiples of a scale.  The scale of a
 * column of weights is its largest magnitude over 127; that of a block of a row
 * of x its largest magnitude over 32767.  So nearly all of the error comes from
 * the weights, and the sum of a block of QUANT_MOST products fits 32 bits and
 * does not depend on the order of additions.
 */
#ifndef TENSOR_QUANT_H
#define TENSOR_QUANT_H

#include <stddef.h>
#include <stdint.h>

enum { QUANT_MOST = 512 };

/*
 * to[(K + 1) / 2, 16, 2] = y[K, 16] / scale[16]: two rows of y are interleaved;
 * an odd last row is followed by zeros.
 */
void quant_panel(int8_t *to, float *scale, const float *y, size_t K);
/*
 * to[(n + 1) / 2] = x[n] / scale, two in a word, the first in the lower half.
 * Returns the scale, which is NaN if x is not finite.
 */
float quant_row(uint32_t *to, const float *x, size_t n);

#endif
