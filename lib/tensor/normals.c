/* SPDX-License-Identifier: MIT */
#include "tensor/normals.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "tensor/vector.h"

enum { BLOCK = 64 };

static inline double
double_of(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

static inline uint64_t
bits_of(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits;
}

/* rng_unit: k 2^-53, where k are the upper 53 bits of the draw. */
static inline double
unit_of(uint64_t draw)
{
	const uint64_t one = 0x3ff0000000000000u, low = 0x3ca0000000000000u;
	const uint64_t odd = -(draw >> 11 & 1);

	return double_of(one | draw >> 12) - 1 + double_of(low & odd);
}

/*
 * log u, 2^-53 <= u <= 1.  u = 2^k m, m within a root of 2 of 1, and log m =
 * 2 atanh(s), s = (m - 1) / (m + 1), by its series to s^17.
 */
static inline double
log_of(double u)
{
	const uint64_t root = 0x3fe6a09e667f3bcdu; /* of 1/2 */
	const uint64_t at = bits_of(u) - root + ((uint64_t)64 << 52);
	const uint64_t whole = 0x4330000000000000u; /* 2^52 */
	const double k = double_of(whole | at >> 52) - (0x1p52 + 64);
	const double m = double_of((at & 0xfffffffffffffu) + root);
	const double s = (m - 1) / (m + 1), z = s * s;
	double y = 1.0 / 17;

	y = y * z + 1.0 / 15;
	y = y * z + 1.0 / 13;
	y = y * z + 1.0 / 11;
	y = y * z + 1.0 / 9;
	y = y * z + 1.0 / 7;
	y = y * z + 1.0 / 5;
	y = y * z + 1.0 / 3;
	return k * 0.69314718055994530942 + (2 * s + 2 * s * (y * z));
}

/* cos 2 pi v = sin(2 pi (|v - 1/2| - 1/4)), by its series to the 19th power. */
static inline double
cos_of(double v)
{
	const double a = 6.28318530717958647693 * (fabs(v - 0.5) - 0.25);
	const double z = a * a;
	double y = -1.0 / 121645100408832000;

	y = y * z + 1.0 / 355687428096000;
	y = y * z - 1.0 / 1307674368000;
	y = y * z + 1.0 / 6227020800;
	y = y * z - 1.0 / 39916800;
	y = y * z + 1.0 / 362880;
	y = y * z - 1.0 / 5040;
	y = y * z + 1.0 / 120;
	y = y * z - 1.0 / 6;
	return a + a * (y * z);
}

/* Numbers 0 .. n-1 from the state on; which are not certain. */
VECTOR_CLONES_64 static bool
fill(float *out, bool *uncertain, size_t n, double scale, uint64_t state)
{
	const double bound = fabs(scale) * 0x1p-44;
	unsigned any = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		const uint64_t at = state + 2 * i * RNG_STRIDE;
		const double u = 1 - unit_of(rng_mix(at + RNG_STRIDE));
		const double v = unit_of(rng_mix(at + 2 * RNG_STRIDE));
		const double r = sqrt(-2 * log_of(u));
		const double x = scale * (r * cos_of(v)), e = bound * r;
		const float low = (float)(x - e), high = (float)(x + e);

		out[i] = low;
		uncertain[i] = !(low >= high) | !(r > 0);
		any |= uncertain[i];
	}
	return any != 0;
}

void
normals_fill(float *out, size_t n, double scale, const struct rng *rng)
{
	bool uncertain[BLOCK];
	struct rng at = *rng;
	size_t i, j, k;

	for (i = 0; i < n; i += k, rng_skip(&at, 2 * k)) {
		k = n - i < BLOCK ? n - i : BLOCK;
		if (!fill(out + i, uncertain, k, scale, at.state))
			continue;
		for (j = 0; j < k; j++)
			if (uncertain[j]) {
				struct rng one = at;

				rng_skip(&one, 2 * j);
				out[i + j] = (float)(scale * rng_normal(&one));
			}
	}
}
