/* SPDX-License-Identifier: MIT */
/*
 * normals: many normal numbers at once, the same to the bit as rng_normal's.
 *
 *	normals_fill(out, n, scale, &rng);
 *
 * sets out[i] to (float)(scale * rng_normal(&rng)) for i = 0 .. n-1.  To begin
 * at number k, advance the generator by 2 k draws (rng_skip).
 *
 * sqrt(-2 log u) cos(2 pi v) is computed by polynomials, in vectors, with an
 * error of at most e, a bound far above that of the polynomials and of libm.
 * Where x - e and x + e round to the same float, that is the number; elsewhere,
 * once in some 10^5 numbers, rng_normal decides.
 */
#ifndef TENSOR_NORMALS_H
#define TENSOR_NORMALS_H

#include <stddef.h>

#include "base/rng.h"

void normals_fill(float *out, size_t n, double scale, const struct rng *);

#endif
