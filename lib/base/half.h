/* SPDX-License-Identifier: MIT */
/*
 * half: floats of two bytes, to float32 and back, by bits.
 *
 * BF16 is the upper half of a float32.  F16 has 5 bits of exponent and 10 of
 * fraction; its subnormals are normal as float32.  Rounding is to nearest,
 * ties to even; a NaN stays one.
 */
#ifndef BASE_HALF_H
#define BASE_HALF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t
half_bits(float x)
{
	uint32_t b;

	memcpy(&b, &x, sizeof b);
	return b;
}

static inline float
half_float(uint32_t b)
{
	float x;

	memcpy(&x, &b, sizeof x);
	return x;
}

static inline float
half_from_bf16(uint16_t h)
{
	return half_float((uint32_t)h << 16);
}

static inline float
half_from_f16(uint16_t h)
{
	const uint32_t sign = (uint32_t)(h & 0x8000) << 16;
	const uint32_t e = h >> 10 & 31, fraction = h & 1023;

	if (e == 31)
		return half_float(sign | 0x7f800000 | fraction << 13);
	if (e == 0) /* fraction * 2^-24, exactly */
		return half_float(sign | half_bits((float)fraction * 0x1p-24f));
	return half_float(sign | (e + 112) << 23 | fraction << 13);
}

static inline uint16_t
half_to_f16(float x)
{
	const uint32_t b = half_bits(x), a = b & 0x7fffffff;
	/* below 2^-14: the sum is rounded as we want */
	const uint32_t small =
	    half_bits(half_float(a) + 0.5f) - half_bits(0.5f);
	uint32_t h = ((a + 0xfff + (a >> 13 & 1)) >> 13) - (112u << 10);

	h = a < 0x38800000 ? small : h;
	h = a >= 0x477ff000 ? 0x7c00 : h; /* from 65520 on: infinity */
	h = a > 0x7f800000 ? 0x7e00 : h;
	return (uint16_t)(h | (b >> 16 & 0x8000));
}

static inline uint16_t
half_to_bf16(float x)
{
	const uint32_t b = half_bits(x);

	if ((b & 0x7fffffff) > 0x7f800000)
		return (uint16_t)(b >> 16 | 64);
	return (uint16_t)((b + 0x7fff + (b >> 16 & 1)) >> 16);
}

#endif
