/* SPDX-License-Identifier: MIT */
/*
 * Each number of a block by its own formula, from the place of its bits, in
 * double; tests/pipe/gguf.t compares with what the Python package gguf reads.
 */
#include "tensor/blocks.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "base/rng.h"
#include "tests/tap.h"

enum { BLOCKS = 7 };

static double
half_at(const uint8_t *p)
{
	return (double)half_from_f16((uint16_t)(p[0] + 256 * p[1]));
}

/* Bits first .. first+n-1 of a row of bytes, the lowest first. */
static unsigned
bits(const uint8_t *p, size_t first, size_t n)
{
	unsigned x = 0;
	size_t i;

	for (i = 0; i < n; i++)
		x |= (unsigned)(p[(first + i) / 8] >> (first + i) % 8 & 1) << i;
	return x;
}

/* Number i of a block of 32 with nibbles from `q` on. */
static unsigned
nibble(const uint8_t *p, size_t q, size_t i)
{
	return bits(p + q + i % 16, i < 16 ? 0 : 4, 4);
}

/* The 6-bit scale or, with least, minimum of part j of a K block. */
static unsigned
six(const uint8_t *s, size_t j, bool least)
{
	const size_t more = least ? 4 : 0;

	if (j < 4)
		return bits(s + j + more, 0, 6);
	return bits(s + 8 + j - 4, more, 4) + 16 * bits(s + j - 4 + more, 6, 2);
}

static double
k_number(const uint8_t *p, size_t i, bool five)
{
	const uint8_t *q = p + (five ? 48 : 16);
	const size_t part = i / 32;
	unsigned x = bits(q + i / 64 * 32 + i % 32, part % 2 * 4, 4);

	if (five)
		x += 16 * bits(p + 16 + i % 32, part, 1);
	return half_at(p) * six(p + 4, part, false) * x -
	    half_at(p + 2) * six(p + 4, part, true);
}

static double
q6_number(const uint8_t *p, size_t i)
{
	const size_t half = i / 128, row = i % 128 / 32, k = i % 32;
	unsigned x = bits(p + half * 64 + row % 2 * 32 + k, row / 2 * 4, 4) +
	    16 * bits(p + 128 + half * 32 + k, row * 2, 2);

	return half_at(p + 208) * (int8_t)p[192 + i / 16] * ((int)x - 32);
}

static double
number(const uint8_t *p, enum block_type type, size_t i)
{
	const int fifth = (type == BLOCK_Q5_0) ? 2 : 4;

	switch (type) {
	case BLOCK_Q4_0:
		return half_at(p) * ((int)nibble(p, 2, i) - 8);
	case BLOCK_Q4_1:
		return half_at(p) * nibble(p, 4, i) + half_at(p + 2);
	case BLOCK_Q5_0:
		return half_at(p) *
		    ((int)(nibble(p, 6, i) + 16 * bits(p + fifth, i, 1)) - 16);
	case BLOCK_Q5_1:
		return half_at(p) *
		    (nibble(p, 8, i) + 16 * bits(p + fifth, i, 1)) +
		    half_at(p + 2);
	case BLOCK_Q8_0:
		return half_at(p) * (int8_t)p[2 + i];
	case BLOCK_Q4_K:
		return k_number(p, i, false);
	case BLOCK_Q5_K:
		return k_number(p, i, true);
	case BLOCK_Q6_K:
		return q6_number(p, i);
	case BLOCK_F16:
		return half_at(p);
	case BLOCK_BF16:
		return (double)half_from_bf16((uint16_t)(p[0] + 256 * p[1]));
	default:
		return NAN;
	}
}

/* Random bytes, but scales below 1 in F16. */
static void
fill(uint8_t *p, enum block_type type, struct rng *r)
{
	const struct block_layout *b = block_layout(type);
	const size_t d = type == BLOCK_Q6_K ? 208 : 0;
	size_t i, k;

	for (i = 0; i < b->bytes; i++)
		p[i] = (uint8_t)rng_u64(r);
	for (k = d; k < d + 4 && k + 1 < b->bytes; k += 2)
		p[k + 1] = (uint8_t)(p[k + 1] % 0x3c);
}

static void
test_type(enum block_type type)
{
	const struct block_layout *b = block_layout(type);
	const size_t n = BLOCKS * b->numbers;
	struct rng r = rng_at(1, 2, 3, "blocks", type);
	uint8_t *p = malloc(BLOCKS * b->bytes);
	float *x = calloc(n, sizeof *x), *y = calloc(n, sizeof *y);
	double most = 0, apart = 0, want;
	bool parts = true;
	size_t i;

	for (i = 0; i < BLOCKS; i++)
		fill(p + i * b->bytes, type, &r);
	blocks_widen(x, p, type, 0, n);
	for (i = 0; i < n; i++) {
		want =
		    number(p + i / b->numbers * b->bytes, type, i % b->numbers);
		most = fmax(most, fabs(want));
		apart = fmax(apart, fabs(want - (double)x[i]));
	}
	ok(apart <= 1e-6 * most, "%s: every number within 1e-6 of its formula",
	    b->name);
	for (i = 0; i < n; i += 1 + i / 3) {
		blocks_widen(y, p, type, i, n - i);
		parts = parts && memcmp(x + i, y, (n - i) * sizeof *x) == 0;
		blocks_widen(y, p, type, 0, i);
		parts = parts && memcmp(x, y, i * sizeof *x) == 0;
		blocks_widen(y, p, type, i, 1);
		parts = parts && memcmp(x + i, y, sizeof *x) == 0;
	}
	ok(parts, "%s: any part is that of the whole", b->name);
	free(p);
	free(x);
	free(y);
}

static void
test_narrow(void)
{
	float x[64], y[64], most;
	uint8_t p[64 * 4];
	bool near = true;
	size_t i;

	for (i = 0; i < 64; i++)
		x[i] = sinf((float)i * 1.7f) * (i < 32 ? 3 : 1e-3f);
	ok(blocks_narrow(p, x, BLOCK_Q8_0, 64) == 64, "Q8_0 is rounded");
	blocks_widen(y, p, BLOCK_Q8_0, 0, 64);
	for (i = 0; i < 64; i++) {
		most = i < 32 ? 3 : 1e-3f;
		near = near && fabsf(x[i] - y[i]) <= most / 127;
	}
	ok(near, "Q8_0: within a step of the largest of the block");
	memset(x, 0, sizeof x);
	ok(blocks_narrow(p, x, BLOCK_Q8_0, 64) == 64 && p[0] == 0 &&
		p[1] == 0 && p[2] == 0,
	    "Q8_0: zeros");
	for (i = 0; i < 64; i++)
		x[i] = 1e-41f;
	ok(blocks_narrow(p, x, BLOCK_Q8_0, 64) == 64, "Q8_0: subnormals");
	x[40] = 1e8f;
	ok(blocks_narrow(p, x, BLOCK_Q8_0, 64) == 32,
	    "Q8_0: a scale beyond F16 is the block's first number");
	x[40] = NAN;
	ok(blocks_narrow(p, x, BLOCK_Q8_0, 64) == 40, "Q8_0: not a number");
	ok(blocks_narrow(p, x, BLOCK_F32, 64) == 40, "F32: not a number");
	x[40] = 65519.0f;
	ok(blocks_narrow(p, x, BLOCK_F16, 64) == 64, "F16: the largest");
	x[41] = -65520.0f;
	ok(blocks_narrow(p, x, BLOCK_F16, 64) == 41, "F16: too large");
	ok(blocks_narrow(p, x, BLOCK_BF16, 64) == 64, "BF16 takes it");
	x[5] = 3.4e38f;
	ok(blocks_narrow(p, x, BLOCK_BF16, 64) == 5, "BF16: too large");
}

int
main(void)
{
	static const enum block_type types[] = { BLOCK_F16, BLOCK_BF16,
		BLOCK_Q4_0, BLOCK_Q4_1, BLOCK_Q5_0, BLOCK_Q5_1, BLOCK_Q8_0,
		BLOCK_Q4_K, BLOCK_Q5_K, BLOCK_Q6_K };
	size_t i;

	for (i = 0; i < sizeof types / sizeof types[0]; i++)
		test_type(types[i]);
	ok(block_layout(10) == NULL && block_layout(1000) == NULL,
	    "other types are not known");
	ok(strcmp(block_type_name(23), "IQ4_XS") == 0 &&
		strcmp(block_type_name(12), "Q4_K") == 0 &&
		strcmp(block_type_name(1000), "?") == 0,
	    "but have names");
	test_narrow();
	return tap_done();
}
