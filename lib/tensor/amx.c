/* SPDX-License-Identifier: MIT */
/*
 * An AMX register is a tile of 16 rows of 64 bytes.  One instruction multiplies
 * 16 rows of 32 BF16 numbers by 16 columns of 32 and adds the 16 x 16 sums to a
 * third register: 16384 operations in 16 cycles, 32 times the rate of a vector
 * of 16 floats.  Four registers hold sums, so that each register of x and of w
 * is used twice per load: 2 of rows by 2 of panels, or 1 by 4 for up to 16
 * rows.
 *
 * Measured by tests/bench/kernels on two cores of a Xeon (Emerald Rapids):
 * products with 576 rows have 2.5 to 4.9 times the rate of OpenBLAS in F32 with
 * AVX-512, those with 16 rows 2.0 to 2.7 times.  The AVX-512 BF16 instructions
 * of that processor reach .7.
 */
#include "tensor/amx.h"

#include <stdint.h>
#include <string.h>

#include "tensor/tilesize.h"

enum { SIDE = 16, LINE = 64, MANY_LOW = 4, MANY_HIGH = 2 };

size_t
amx_panels(size_t R)
{
	return R <= SIDE ? MANY_LOW : MANY_HIGH;
}

#ifdef __x86_64__
#include <immintrin.h>

#define AMX __attribute__((target("amx-tile,amx-bf16")))
/* GCC does not know what memory the intrinsics read: store it before. */
#define STORED(p) __asm__ volatile("" : : "r"(p) : "memory")

/* Register numbers, which are part of an instruction; 0 to 3 hold sums. */
#define X 4
#define X_HIGH 5
#define W 6
#define W_NEXT 7

struct tile_config {
	uint8_t palette, start_row, reserved[14];
	uint16_t bytes[16];
	uint8_t rows[16];
};

/* Set the rows of the registers for R rows, unless this thread has done so. */
AMX static void
configure_tiles(size_t R)
{
	static _Thread_local size_t configured;
	struct tile_config s = { .palette = 1 };
	const size_t low = R < SIDE ? R : SIDE;
	const size_t high = R > SIDE ? R - SIDE : low;
	int i;

	if (configured == R)
		return;
	for (i = 0; i < 8; i++)
		s.bytes[i] = LINE;
	/* 0 and 1 are sums of rows 0 .. 15, 2 and 3 of those from 16 on */
	s.rows[0] = s.rows[1] = s.rows[X] = (uint8_t)low;
	s.rows[2] = s.rows[3] = (uint8_t)high;
	s.rows[X_HIGH] = (uint8_t)(R > SIDE ? high : SIDE);
	s.rows[W] = s.rows[W_NEXT] = SIDE;
	STORED(&s);
	_tile_loadconfig(&s);
	configured = R;
}

/* Loop over k in steps of 16 words. */
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
    size_t panel_stride, size_t k)
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
		_tile_loadd(W_NEXT, w + panel_stride, LINE);
		_tile_dpbf16ps(1, X, W_NEXT);
		_tile_loadd(X_HIGH, w + 2 * panel_stride, LINE);
		_tile_dpbf16ps(2, X, X_HIGH);
		_tile_loadd(W, w + 3 * panel_stride, LINE);
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
    size_t panel_stride, size_t k)
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
		_tile_loadd(W_NEXT, w + panel_stride, LINE);
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
amx_walk(float *out, size_t stride, const void *x, const void *w,
    size_t panel_stride, size_t k, size_t R, size_t panels)
{
	const size_t many = amx_panels(R);
	const uint32_t *at = w;

	configure_tiles(R);
	STORED(x);
	for (; panels >= many; panels -= many) {
		(R <= SIDE ? low_many : high_many)(out, stride, x, at,
		    panel_stride, k);
		out += many * TILE_COLS;
		at += many * panel_stride;
	}
	for (; panels > 0; panels--) {
		(R <= SIDE ? low_one : high_one)(out, stride, x, at, k);
		out += TILE_COLS;
		at += panel_stride;
	}
}
#else
void
amx_walk(float *out, size_t stride, const void *x, const void *w,
    size_t panel_stride, size_t k, size_t R, size_t panels)
{
	(void)out, (void)stride, (void)x, (void)w;
	(void)panel_stride, (void)k, (void)R, (void)panels;
}
#endif
