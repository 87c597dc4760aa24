/* SPDX-License-Identifier: MIT */
/*
 * One function a type widens one block.  Products and sums are in the order of
 * GGML's own functions, so the results are theirs to the bit.
 */
#include "tensor/blocks.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/half.h"
#include "tensor/stored.h"

static float
f16_at(const unsigned char *p)
{
	return half_from_f16((uint16_t)(p[0] | p[1] << 8));
}

/* The low and high halves of 16 bytes are numbers 0 .. 15 and 16 .. 31. */
static int
nibble(const unsigned char *q, size_t i)
{
	return i < 16 ? q[i] & 15 : q[i - 16] >> 4;
}

/* Bit i of 4 bytes, as the fifth bit of a number. */
static int
fifth(const unsigned char *bits, size_t i)
{
	return (bits[i / 8] >> i % 8 & 1) << 4;
}

static void
widen_q4_0(float *x, const unsigned char *p)
{
	const float d = f16_at(p);
	size_t i;

	for (i = 0; i < 32; i++)
		x[i] = (float)(nibble(p + 2, i) - 8) * d;
}

static void
widen_q4_1(float *x, const unsigned char *p)
{
	const float d = f16_at(p), m = f16_at(p + 2);
	size_t i;

	for (i = 0; i < 32; i++)
		x[i] = (float)nibble(p + 4, i) * d + m;
}

static void
widen_q5_0(float *x, const unsigned char *p)
{
	const float d = f16_at(p);
	size_t i;

	for (i = 0; i < 32; i++)
		x[i] = (float)((nibble(p + 6, i) | fifth(p + 2, i)) - 16) * d;
}

static void
widen_q5_1(float *x, const unsigned char *p)
{
	const float d = f16_at(p), m = f16_at(p + 2);
	size_t i;

	for (i = 0; i < 32; i++)
		x[i] = (float)(nibble(p + 8, i) | fifth(p + 4, i)) * d + m;
}

static void
widen_q8_0(float *x, const unsigned char *p)
{
	const float d = f16_at(p);
	size_t i;

	for (i = 0; i < 32; i++)
		x[i] = (float)(int8_t)p[2 + i] * d;
}

/*
 * The scale and the minimum of part j, of 6 bits each, packed into 12 bytes:
 * the first four parts have the low bits of bytes 0 .. 7, whose two high bits
 * go above the nibbles of bytes 8 .. 11 for the other four.
 */
static void
part_scale(const unsigned char *s, size_t j, float *scale, float *least)
{
	if (j < 4) {
		*scale = (float)(s[j] & 63);
		*least = (float)(s[j + 4] & 63);
	} else {
		*scale = (float)((s[j + 4] & 15) | s[j - 4] >> 6 << 4);
		*least = (float)(s[j + 4] >> 4 | s[j] >> 6 << 4);
	}
}

/* 8 parts of 32; two parts share 32 bytes of nibbles. */
static void
widen_parts(float *x, const unsigned char *p, const unsigned char *q,
    const unsigned char *high)
{
	const float d = f16_at(p), m = f16_at(p + 2);
	float scale, least;
	size_t i, j;
	int n;

	for (j = 0; j < 8; j++, x += 32) {
		part_scale(p + 4, j, &scale, &least);
		scale *= d;
		least *= m;
		for (i = 0; i < 32; i++) {
			n = q[j / 2 * 32 + i] >> j % 2 * 4 & 15;
			if (high != NULL)
				n |= (high[i] >> j & 1) << 4;
			x[i] = scale * (float)n - least;
		}
	}
}

static void
widen_q4_k(float *x, const unsigned char *p)
{
	widen_parts(x, p, p + 16, NULL);
}

static void
widen_q5_k(float *x, const unsigned char *p)
{
	widen_parts(x, p, p + 48, p + 16);
}

/* Two halves of 128; each has 4 rows of 32, two bits in a byte of `high`. */
static void
widen_q6_k(float *x, const unsigned char *p)
{
	const float d = f16_at(p + 208);
	size_t half, row, i;
	int n;

	for (half = 0; half < 2; half++)
		for (row = 0; row < 4; row++)
			for (i = 0; i < 32; i++, x++) {
				n = p[half * 64 + row % 2 * 32 + i] >>
					row / 2 * 4 &
				    15;
				n |= (p[128 + half * 32 + i] >> row * 2 & 3)
				    << 4;
				*x = d *
				    (float)(int8_t)
					p[192 + half * 8 + row * 2 + i / 16] *
				    (float)(n - 32);
			}
}

static void (*const wideners[BLOCK_TYPES])(float *, const unsigned char *) = {
	[BLOCK_Q4_0] = widen_q4_0,
	[BLOCK_Q4_1] = widen_q4_1,
	[BLOCK_Q5_0] = widen_q5_0,
	[BLOCK_Q5_1] = widen_q5_1,
	[BLOCK_Q8_0] = widen_q8_0,
	[BLOCK_Q4_K] = widen_q4_k,
	[BLOCK_Q5_K] = widen_q5_k,
	[BLOCK_Q6_K] = widen_q6_k,
};

/* The type of stored.h, for types without blocks. */
static enum stored_type
plain(enum block_type type)
{
	return type == BLOCK_F32 ? STORED_F32 :
	    type == BLOCK_F16    ? STORED_F16 :
				   STORED_BF16;
}

void
blocks_widen(float *out, const void *blocks, enum block_type type, size_t at,
    size_t n)
{
	const struct block_layout *b = block_layout(type);
	const unsigned char *p = blocks;
	float part[BLOCK_NUMBERS_MAX];
	size_t skip, take;

	if (wideners[type] == NULL) {
		stored_widen(out, &(struct stored){ blocks, plain(type) }, at,
		    n);
		return;
	}
	p += at / b->numbers * b->bytes;
	skip = at % b->numbers;
	for (; n > 0; n -= take, out += take, p += b->bytes, skip = 0) {
		take = n < b->numbers - skip ? n : b->numbers - skip;
		if (take == b->numbers) {
			wideners[type](out, p);
			continue;
		}
		wideners[type](part, p);
		memcpy(out, part + skip, take * sizeof *out);
	}
}

/* The scale of smaller numbers is 0 in F16; 1 / small is finite. */
static const float small = 1e-30f;

/* A block of 32; the largest magnitude becomes 127. */
static size_t
narrow_q8_0(unsigned char *p, const float *x)
{
	float most = 0, by;
	uint16_t d;
	size_t i;

	for (i = 0; i < 32; i++) {
		if (!isfinite(x[i]))
			return i;
		most = fmaxf(most, fabsf(x[i]));
	}
	most /= 127;
	by = most > small ? 1 / most : 0;
	d = half_to_f16(most);
	p[0] = (unsigned char)(d & 255);
	p[1] = (unsigned char)(d >> 8);
	if (!isfinite(half_from_f16(d)))
		return 0;
	for (i = 0; i < 32; i++)
		p[2 + i] = (unsigned char)(int8_t)roundf(x[i] * by);
	return 32;
}

/* What this magnitude and more are rounded to is infinite. */
static float
limit(enum block_type type)
{
	return type == BLOCK_F32 ? INFINITY :
	    type == BLOCK_F16    ? 65520.0f :
				   0x1.ffp127f;
}

size_t
blocks_narrow(void *blocks, const float *x, enum block_type type, size_t n)
{
	const float most = limit(type);
	unsigned char *p = blocks;
	size_t i, bad;

	if (type == BLOCK_Q8_0) {
		for (i = 0; i < n; i += 32, p += 34)
			if ((bad = narrow_q8_0(p, x + i)) < 32)
				return i + bad;
		return n;
	}
	stored_narrow(blocks, x, plain(type), n);
	for (i = 0; i < n && fabsf(x[i]) < most;)
		i++;
	return i;
}
