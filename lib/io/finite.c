/* SPDX-License-Identifier: MIT */
/* Numbers of a file that are NaN or infinite. */
#include <stdbool.h>
#include <string.h>

#include "io/safetensors.h"

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
