/* SPDX-License-Identifier: MIT */
/*
 * rope: rotary positions (Su et al. 2021), in the half-split order of
 * Hugging Face files: at position p, (x_i, x_{i + R/2}) of a head is rotated by
 * the angle p freq_i.  R is the width of a head, E, or less: its first floats.
 *
 * The table has a row of R floats for each position: R/2 cosines, then R/2
 * sines.  Rows of x may have any positions, in any order.  Backward rotates by
 * the negative angle, since that is the transpose of a rotation, also of one
 * that is scaled.
 */
#ifndef TENSOR_ROPE_H
#define TENSOR_ROPE_H

#include <stddef.h>

/*
 * table[n, R] of positions first .. first+n-1; freq[R/2] in radians.  Cosines
 * and sines are multiplied by scale.
 */
void rope_table(float *table, const double *freq, size_t R, size_t first,
    size_t n, double scale);
/*
 * x[rows, heads, E], in place, `stride` floats from row to row; pos[rows]
 * gives the row of the table.
 */
void rope_forward(float *x, const size_t *pos, const float *table, size_t rows,
    size_t heads, size_t E, size_t R, size_t stride);
/* dx in place: the gradient before the rotation from the one after it. */
void rope_backward(float *dx, const size_t *pos, const float *table,
    size_t rows, size_t heads, size_t E, size_t R, size_t stride);

#endif
