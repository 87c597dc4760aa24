/* SPDX-License-Identifier: MIT */
/*
 * A register of AMX is a tile of 16 rows of 64 bytes.  An instruction
 * multiplies 16 rows of 16 pairs with 16 pairs of 16 columns and adds the
 * 16 x 16 sums to a third: 16384 operations in 16 cycles, 32 times what a
 * vector of 16 floats does.  Four tiles are sums, so that each of x and of w
 * that is loaded serves twice: 2 of rows by 2 of panels, or, for 16 rows at
 * most, 1 by 4.
 *
 * By tests/bench/kernels on two cores of a Xeon (Emerald Rapids), products with
 * 576 rows go at 2.5 to 4.9 times the rate of OpenBLAS in F32 by AVX-512, with
 * 16 at 2.0 to 2.7 times; by pairs of AVX-512 BF16, which that processor
 * multiplies no faster than floats, at .7.
 */
#include "tensor/amx.h"

#include <stdint.h>
#include <string.h>

#include "tensor/tile.h"

enum { SIDE = 16, LINE = 64, MANY_LOW = 4, MANY_HIGH = 2 };

size_t
amx_panels(size_t R)
{
	return R <= SIDE ? MANY_LOW : MANY_HIGH;
}

#ifdef __x86_64__
#include <immintrin.h>

#define AMX __attribute__((target("amx-tile,amx-bf16")))
/* GCC's intrinsics do not tell it what memory they read. */
#define SETTLED(p) __asm__ volatile("" : : "r"(p) : "memory")

/* Numbers of tiles; 0 to 3 are sums.  Instructions are spelt from them. */
#define X 4
#define X_HIGH 5
#define W 6
#define W_NEXT 7

struct shape {
	uint8_t palette, start_row, reserved[14];
	uint16_t bytes[16];
	uint8_t rows[16];
};

/* Rows of sums and of x as R wants them; a thread's tiles stay as they are. */
AMX static void
shape_tiles(size_t R)
{
	static _Thread_local size_t now;
	struct shape s = { .palette = 1 };
	const size_t low = R < SIDE ? R : SIDE;
	const size_t high = R > SIDE ? R - SIDE : low;
	int i;

	if (now == R)
		return;
	for (i = 0; i < 8; i++)
		s.bytes[i] = LINE;
	/* Sums of low rows and of high ones, in turns. */
	s.rows[0] = s.rows[1] = s.rows[X] = (uint8_t)low;
	s.rows[2] = s.rows[3] = (uint8_t)high;
	s.rows[X_HIGH] = (uint8_t)(R > SIDE ? high : SIDE);
	s.rows[W] = s.rows[W_NEXT] = SIDE;
	SETTLED(&s);
	_tile_loadconfig(&s);
	now = R;
}

/* Words on which x and w move: a step of the sum. */
#define STEPS(k, x, w) \
	for (; (k) > 0; (k) -= SIDE, (x) += SIDE, (w) += SIDE * TILE_COLS)
#define X_BYTES (TILE_STRIDE * sizeof(uint32_t))

AMX static void
low_one(float *out, size_t stride, const uint32_t *x, const uint32_t *w,
    size_t k)
{
	_tile_zero(0);
	STEPS(k, x, w)
	{
		_tile_loadd(X, x, X_BYTES);
		_tile_loadd(W, w, LINE);
		_tile_dpbf16ps(0, X, W);
	}
	_tile_stored(0, out, stride * sizeof(*out));
}

AMX static void
low_many(float *out, size_t stride, const uint32_t *x, const uint32_t *w,
    size_t apart, size_t k)
{
	const size_t bytes = stride * sizeof(*out);

	_tile_zero(0);
	_tile_zero(1);
	_tile_zero(2);
	_tile_zero(3);
	STEPS(k, x, w)
	{
		_tile_loadd(X, x, X_BYTES);
		_tile_loadd(W, w, LINE);
		_tile_dpbf16ps(0, X, W);
		_tile_loadd(W_NEXT, w + apart, LINE);
		_tile_dpbf16ps(1, X, W_NEXT);
		_tile_loadd(X_HIGH, w + 2 * apart, LINE);
		_tile_dpbf16ps(2, X, X_HIGH);
		_tile_loadd(W, w + 3 * apart, LINE);
		_tile_dpbf16ps(3, X, W);
	}
	_tile_stored(0, out, bytes);
	_tile_stored(1, out + TILE_COLS, bytes);
	_tile_stored(2, out + 2 * TILE_COLS, bytes);
	_tile_stored(3, out + 3 * TILE_COLS, bytes);
}

AMX static void
high_one(float *out, size_t stride, const uint32_t *x, const uint32_t *w,
    size_t k)
{
	_tile_zero(0);
	_tile_zero(2);
	STEPS(k, x, w)
	{
		_tile_loadd(W, w, LINE);
		_tile_loadd(X, x, X_BYTES);
		_tile_dpbf16ps(0, X, W);
		_tile_loadd(X_HIGH, x + SIDE * TILE_STRIDE, X_BYTES);
		_tile_dpbf16ps(2, X_HIGH, W);
	}
	_tile_stored(0, out, stride * sizeof(*out));
	_tile_stored(2, out + SIDE * stride, stride * sizeof(*out));
}

AMX static void
high_many(float *out, size_t stride, const uint32_t *x, const uint32_t *w,
    size_t apart, size_t k)
{
	const size_t bytes = stride * sizeof(*out);

	_tile_zero(0);
	_tile_zero(1);
	_tile_zero(2);
	_tile_zero(3);
	STEPS(k, x, w)
	{
		_tile_loadd(W, w, LINE);
		_tile_loadd(X, x, X_BYTES);
		_tile_dpbf16ps(0, X, W);
		_tile_loadd(W_NEXT, w + apart, LINE);
		_tile_dpbf16ps(1, X, W_NEXT);
		_tile_loadd(X_HIGH, x + SIDE * TILE_STRIDE, X_BYTES);
		_tile_dpbf16ps(2, X_HIGH, W);
		_tile_dpbf16ps(3, X_HIGH, W_NEXT);
	}
	_tile_stored(0, out, bytes);
	_tile_stored(1, out + TILE_COLS, bytes);
	_tile_stored(2, out + SIDE * stride, bytes);
	_tile_stored(3, out + SIDE * stride + TILE_COLS, bytes);
}

void
amx_walk(float *out, size_t stride, const void *x, const void *w, size_t apart,
    size_t k, size_t R, size_t panels)
{
	const size_t many = amx_panels(R);
	const uint32_t *at = w;

	shape_tiles(R);
	SETTLED(x);
	for (; panels >= many; panels -= many) {
		(R <= SIDE ? low_many : high_many)(out, stride, x, at, apart,
		    k);
		out += many * TILE_COLS;
		at += many * apart;
	}
	for (; panels > 0; panels--) {
		(R <= SIDE ? low_one : high_one)(out, stride, x, at, k);
		out += TILE_COLS;
		at += apart;
	}
}
#else
void
amx_walk(float *out, size_t stride, const void *x, const void *w, size_t apart,
    size_t k, size_t R, size_t panels)
{
	(void)out, (void)stride, (void)x, (void)w;
	(void)apart, (void)k, (void)R, (void)panels;
}
#endif
