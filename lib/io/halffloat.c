/* SPDX-License-Identifier: MIT */
/*
 * Half precision to float32 and back by bits.  BF16 is the upper half of a
 * float32.  F16 has 5 bits of exponent and 10 of fraction; its subnormals
 * are normal as float32.  Rounding is to nearest, ties to even; NaN stays NaN.
 */
#include <stdbool.h>
#include <string.h>

#include "io/safetensors.h"

static uint32_t
bits_of(float x)
{
	uint32_t b;

	memcpy(&b, &x, sizeof b);
	return b;
}

static float
float_of(uint32_t b)
{
	float x;

	memcpy(&x, &b, sizeof x);
	return x;
}

static float
from_f16(uint16_t h)
{
	uint32_t sign = (uint32_t)(h & 0x8000) << 16, e = h >> 10 & 31;
	uint32_t fraction = h & 1023;

	if (e == 31)
		return float_of(sign | 0x7f800000 | fraction << 13);
	if (e == 0) /* fraction * 2^-24, exactly */
		return float_of(sign | bits_of((float)fraction * 0x1p-24f));
	return float_of(sign | (e + 112) << 23 | fraction << 13);
}

static uint16_t
to_f16(float x)
{
	uint32_t b = bits_of(x), sign = b >> 16 & 0x8000, a = b & 0x7fffffff;

	if (a > 0x7f800000)
		return (uint16_t)(sign | 0x7e00);
	if (a >= 0x477ff000) /* from 65520 on: infinity */
		return (uint16_t)(sign | 0x7c00);
	if (a < 0x38800000) /* below 2^-14: the sum rounds as F16 does */
		return (uint16_t)(sign |
		    (bits_of(float_of(a) + 0.5f) - bits_of(0.5f)));
	a += 0xfff + (a >> 13 & 1);
	return (uint16_t)(sign | ((a >> 13) - (112u << 10)));
}

static uint16_t
to_bf16(float x)
{
	uint32_t b = bits_of(x);

	if ((b & 0x7fffffff) > 0x7f800000)
		return (uint16_t)(b >> 16 | 64);
	return (uint16_t)((b + 0x7fff + (b >> 16 & 1)) >> 16);
}

void
st_to_f32(float *out, const void *in, enum st_dtype dtype, size_t n)
{
	const char *from = in;
	uint16_t h;
	size_t i;

	if (dtype == ST_F32)
		memcpy(out, in, n * sizeof *out);
	for (i = 0; i < n && dtype == ST_BF16; i++) {
		memcpy(&h, from + i * sizeof h, sizeof h);
		out[i] = float_of((uint32_t)h << 16);
	}
	for (i = 0; i < n && dtype == ST_F16; i++) {
		memcpy(&h, from + i * sizeof h, sizeof h);
		out[i] = from_f16(h);
	}
}

void
st_from_f32(void *out, const float *in, enum st_dtype dtype, size_t n)
{
	char *to = out;
	uint16_t h;
	size_t i;

	if (dtype == ST_F32)
		memcpy(out, in, n * sizeof *in);
	for (i = 0; i < n && dtype == ST_BF16; i++) {
		h = to_bf16(in[i]);
		memcpy(to + i * sizeof h, &h, sizeof h);
	}
	for (i = 0; i < n && dtype == ST_F16; i++) {
		h = to_f16(in[i]);
		memcpy(to + i * sizeof h, &h, sizeof h);
	}
}

/* The bits of NaN and infinity: the exponent is all ones. */
static bool
all_finite(const char *p, enum st_dtype dtype, size_t n)
{
	const uint32_t ones = 0x7f800000;
	const uint16_t half = dtype == ST_F16 ? 0x7c00 : 0x7f80;
	uint32_t x, bad = 0;
	uint16_t h;
	size_t i;

	for (i = 0; i < n && dtype == ST_F32; i++) {
		memcpy(&x, p + i * sizeof x, sizeof x);
		bad |= (x & ones) == ones;
	}
	for (i = 0; i < n && dtype != ST_F32; i++) {
		memcpy(&h, p + i * sizeof h, sizeof h);
		bad |= (h & half) == half;
	}
	return bad == 0;
}

size_t
st_not_finite(const void *p, enum st_dtype dtype, size_t n)
{
	enum { BLOCK = 4096 };
	const size_t size = st_dtype_size(dtype);
	const char *at = p;
	size_t i = 0, k;

	for (; i < n; i += k) {
		k = n - i < BLOCK ? n - i : BLOCK;
		if (!all_finite(at + i * size, dtype, k))
			break;
	}
	while (i < n && all_finite(at + i * size, dtype, 1))
		i++;
	return i < n ? i : n;
}
