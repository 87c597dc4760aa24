/* SPDX-License-Identifier: MIT */
#include "tensor/quant.h"

#include <math.h>
#include <string.h>

#include "tensor/tile.h"
#include "tensor/vector.h"

_Static_assert((int64_t)QUANT_MOST *INT8_MAX *INT16_MAX < INT32_MAX,
    "the sum of a block fits 32 bits");
_Static_assert((int)TILE_DEPTH <= (int)QUANT_MOST, "and that of a tile");

enum { LANES = 32 };

/* If no number is larger, all become zero; 1 / scale of others is finite. */
static const float small = 1e-30f;

/* Round |x| < 2^22 to the nearest integer, ties to even. */
static inline int32_t
nearest(float x)
{
	const float magic = 12582912.0f; /* 1.5 2^23: its lowest bit is 1 */
	int32_t bits, one;

	x += magic;
	memcpy(&bits, &x, sizeof(bits));
	memcpy(&one, &magic, sizeof(one));
	return bits - one;
}

VECTOR_CLONES void
quant_panel(int8_t *to, float *scale, const float *y, size_t K)
{
	float most[TILE_COLS] = { 0 }, by[TILE_COLS];
	size_t k, j;

	for (k = 0; k < K; k++)
		for (j = 0; j < TILE_COLS; j++) {
			float a = fabsf(y[k * TILE_COLS + j]);

			most[j] = a > most[j] ? a : most[j];
		}
	for (j = 0; j < TILE_COLS; j++) {
		scale[j] = most[j] / INT8_MAX;
		by[j] = most[j] > small ? INT8_MAX / most[j] : 0.0f;
	}
	for (k = 0; k < K; k++)
		for (j = 0; j < TILE_COLS; j++)
			to[(k / 2 * TILE_COLS + j) * 2 + k % 2] =
			    (int8_t)nearest(y[k * TILE_COLS + j] * by[j]);
	for (j = 0; K % 2 > 0 && j < TILE_COLS; j++)
		to[(K / 2 * TILE_COLS + j) * 2 + 1] = 0;
}

/* The bits of the largest magnitude; floats >= 0 are ordered as their bits. */
static inline uint32_t
largest(const float *x, size_t n)
{
	const uint32_t magnitude = 0x7fffffffu;
	uint32_t bits[LANES] = { 0 }, most = 0, one;
	size_t i, j;

	for (i = 0; i + LANES <= n; i += LANES)
		for (j = 0; j < LANES; j++) {
			memcpy(&one, &x[i + j], sizeof(one));
			one &= magnitude;
			bits[j] = one > bits[j] ? one : bits[j];
		}
	for (j = 0; j < LANES; j++)
		most = bits[j] > most ? bits[j] : most;
	for (; i < n; i++) {
		memcpy(&one, &x[i], sizeof(one));
		most = (one & magnitude) > most ? one & magnitude : most;
	}
	return most;
}

VECTOR_CLONES float
quant_row(uint32_t *to, const float *x, size_t n)
{
	const uint32_t bits = largest(x, n);
	int16_t part[LANES];
	float most, by;
	size_t i, j, m;

	memcpy(&most, &bits, sizeof(most));
	by = isfinite(most) && most > small ? INT16_MAX / most : 0.0f;
	for (i = 0; i + LANES <= n; i += LANES) {
		for (j = 0; j < LANES; j++)
			part[j] = (int16_t)nearest(x[i + j] * by);
		memcpy(to + i / 2, part, sizeof(part));
	}
	for (m = n - i, j = 0; j < m; j++)
		part[j] = (int16_t)nearest(x[i + j] * by);
	part[m] = 0;
	memcpy(to + i / 2, part, (m + 1) / 2 * sizeof(*to));
	return isfinite(most) ? most / INT16_MAX : NAN;
}
