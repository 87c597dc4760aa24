/* SPDX-License-Identifier: MIT */
/*
 * vector: exp and log for loops that are compiled to vector code (clones.h).
 *
 * vector_exp is expf without branches or calls: relative error below 2e-7
 * where e^x is a normal number, 0 below that, e^88 above, NaN for NaN.
 * x = n ln 2 + r, |r| <= ln 2 / 2; e^r by a polynomial of degree 7 (Cephes,
 * Moshier 1992), 2^n by its bits.
 *
 * vector_expd, vector_expm1d and, for 0 <= x <= 1, vector_log1pd are the same
 * in double: relative error below 1e-15.  e^r - 1 by its series to r^13;
 * log(1 + x) = 2 atanh(x / (2 + x)), of half of 1 + x above the root of 2, by
 * its series to the 21st power.
 */
#ifndef TENSOR_VECTOR_H
#define TENSOR_VECTOR_H

#include <math.h>
#include <stdint.h>

#include "tensor/clones.h"

static inline float
vector_exp(float x)
{
	const float lo = -87.3f, hi = 88.3f, magic = 12582912.0f; /* 1.5 2^23 */
	union {
		float f;
		uint32_t u;
	} t, scale;
	float n, r, y;

	r = x < lo ? lo : x;
	r = r > hi ? hi : r;
	/* Adding 1.5 2^23 leaves the nearest integer in the low bits. */
	t.f = r * 1.44269504f + magic;
	n = t.f - magic;
	scale.u = (t.u + 127u) << 23;
	r -= n * 0.693359375f;
	r += n * 2.12194440e-4f;
	y = 1.9875691500e-4f;
	y = y * r + 1.3981999507e-3f;
	y = y * r + 8.3334519073e-3f;
	y = y * r + 4.1665795894e-2f;
	y = y * r + 1.6666665459e-1f;
	y = y * r + 5.0000001201e-1f;
	y = y * r * r + r + 1.0f;
	return x < lo ? 0.0f : y * scale.f;
}

/* 1 / (1 + e^-x) */
static inline float
vector_sigmoid(float x)
{
	return 1.0f / (1.0f + vector_exp(-x));
}

/* e^x = 2^n (1 + m), |m| < 1/2, with x limited to -708 .. 709. */
struct vector_power {
	double scale, m;
};

static inline struct vector_power
vector_powerd(double x)
{
	const double lo = -708, hi = 709,
		     magic = 6755399441055744.0; /* 1.5 2^52 */
	union {
		double d;
		uint64_t u;
	} t, scale;
	double n, r, y;

	r = x < lo ? lo : x;
	r = r > hi ? hi : r;
	t.d = r * 1.44269504088896340736 + magic;
	n = t.d - magic;
	scale.u = (t.u + 1023u) << 52;
	r -= n * 6.93145751953125e-1;
	r -= n * 1.42860682030941723212e-6;
	y = 1.0 / 6227020800;
	y = y * r + 1.0 / 479001600;
	y = y * r + 1.0 / 39916800;
	y = y * r + 1.0 / 3628800;
	y = y * r + 1.0 / 362880;
	y = y * r + 1.0 / 40320;
	y = y * r + 1.0 / 5040;
	y = y * r + 1.0 / 720;
	y = y * r + 1.0 / 120;
	y = y * r + 1.0 / 24;
	y = y * r + 1.0 / 6;
	y = y * r + 0.5;
	return (struct vector_power){ scale.d, y * r * r + r };
}

/* 0 below e^-708, infinity above e^709. */
static inline double
vector_expd(double x)
{
	struct vector_power p = vector_powerd(x);
	double y = p.scale * p.m + p.scale;

	y = x < -708 ? 0 : y;
	return x > 709 ? (double)INFINITY : y;
}

static inline double
vector_expm1d(double x)
{
	struct vector_power p = vector_powerd(x);
	double y = p.scale * p.m + (p.scale - 1);

	return x > 709 ? (double)INFINITY : y;
}

/* 0 <= x <= 1 */
static inline double
vector_log1pd(double x)
{
	const double half = x > 0.41421356237309505 ? 1 : 0;
	double s = (x - half) / (x + 2 + half), z = s * s, y;

	y = 1.0 / 21;
	y = y * z + 1.0 / 19;
	y = y * z + 1.0 / 17;
	y = y * z + 1.0 / 15;
	y = y * z + 1.0 / 13;
	y = y * z + 1.0 / 11;
	y = y * z + 1.0 / 9;
	y = y * z + 1.0 / 7;
	y = y * z + 1.0 / 5;
	y = y * z + 1.0 / 3;
	return half * 0.69314718055994530942 + (2 * s + 2 * s * (y * z));
}

/* log(e^x + e^y) */
static inline double
logaddexp(double x, double y)
{
	return (x > y ? x : y) + vector_log1pd(vector_expd(-fabs(x - y)));
}

#endif
