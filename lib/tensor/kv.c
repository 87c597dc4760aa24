/* SPDX-License-Identifier: MIT */
#include "tensor/kv.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/half.h"
#include "tensor/transpose.h"
#include "tensor/vector.h"

enum { BLOCK = KV_BLOCK };

enum tile_type
kv_type(enum tile_type weights)
{
	return weights == TILE_F32 ? TILE_F32 : TILE_HALF;
}

size_t
kv_fork(size_t n)
{
	return n / BLOCK * BLOCK;
}

size_t
kv_blocks(size_t n)
{
	return (n + BLOCK - 1) / BLOCK;
}

size_t
kv_bytes(enum tile_type type, size_t E)
{
	return BLOCK * (E + kv_wide(E)) * tile_bytes(type);
}

size_t
kv_wide(size_t E)
{
	return (E + TILE_COLS - 1) / TILE_COLS * TILE_COLS;
}

VECTOR_CLONES void
kv_round(float *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = half_from_f16(half_to_f16(x[i]));
}

/* Where the keys and the values of a position are. */
struct place {
	char *k, *v;
};

static struct place
place_of(const struct kv *kv, size_t at)
{
	const size_t size = tile_bytes(kv->type), i = at % BLOCK;
	char *block = (char *)kv->p + at / BLOCK * kv->stride;

	return (struct place){ block +
		    (i / TILE_COLS * TILE_COLS * kv->E + i % TILE_COLS) * size,
		block + (BLOCK * kv->E + i * TILE_COLS) * size };
}

static inline __attribute__((always_inline)) void
put_floats(void *to, const float *x, size_t n, bool half)
{
	uint16_t *rounded = to;
	size_t i;

	if (half)
		for (i = 0; i < n; i++)
			rounded[i] = half_to_f16(x[i]);
	else
		memcpy(to, x, n * sizeof(*x));
}

static inline __attribute__((always_inline)) void
put_one(const struct place *to, size_t E, const float *k, const float *v,
    bool half)
{
	const size_t size = half ? sizeof(uint16_t) : sizeof(float);
	size_t e;

	for (e = 0; e < E; e++)
		put_floats(to->k + e * TILE_COLS * size, k + e, 1, half);
	for (e = 0; e + TILE_COLS <= E; e += TILE_COLS)
		put_floats(to->v + e * BLOCK * size, v + e, TILE_COLS, half);
	if (e < E)
		put_floats(to->v + e * BLOCK * size, v + e, E - e, half);
}

/* TRANSPOSE positions of whole panels. */
static inline __attribute__((always_inline)) void
put_square(const struct place *to, size_t E, const float *k, size_t k_stride,
    const float *v, size_t v_stride, bool half)
{
	const size_t size = half ? sizeof(uint16_t) : sizeof(float);
	uint32_t square[TRANSPOSE * TRANSPOSE];
	float row[TRANSPOSE];
	size_t e, i;

	for (e = 0; e < E; e += TRANSPOSE) {
		transpose8(square, TRANSPOSE,
		    (const uint32_t *)(const void *)(k + e), k_stride);
		for (i = 0; i < TRANSPOSE; i++) {
			memcpy(row, square + i * TRANSPOSE, sizeof row);
			put_floats(to->k + (e + i) * TILE_COLS * size, row,
			    TRANSPOSE, half);
		}
	}
	for (e = 0; e < E; e += TILE_COLS)
		for (i = 0; i < TRANSPOSE; i++)
			put_floats(to->v + (e * BLOCK + i * TILE_COLS) * size,
			    v + i * v_stride + e, TILE_COLS, half);
}

VECTOR_CLONES static void
put(const struct kv *kv, const struct place *to, bool square, const float *k,
    size_t k_stride, const float *v, size_t v_stride)
{
	if (square && kv->type == TILE_HALF)
		put_square(to, kv->E, k, k_stride, v, v_stride, true);
	else if (square)
		put_square(to, kv->E, k, k_stride, v, v_stride, false);
	else if (kv->type == TILE_HALF)
		put_one(to, kv->E, k, v, true);
	else
		put_one(to, kv->E, k, v, false);
}

void
kv_put(const struct kv *kv, size_t at, size_t n, const float *k,
    size_t k_stride, const float *v, size_t v_stride)
{
	const size_t end = at + n;
	size_t some;

	for (; at < end;
	     at += some, k += some * k_stride, v += some * v_stride) {
		const struct place to = place_of(kv, at);
		const bool square = at % TRANSPOSE == 0 &&
		    end - at >= TRANSPOSE && kv->E % TILE_COLS == 0;

		put(kv, &to, square, k, k_stride, v, v_stride);
		some = square ? TRANSPOSE : 1;
	}
}
