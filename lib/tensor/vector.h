/* SPDX-License-Identifier: MIT */
/*
 * vector: what plain loops need to become vector code.
 *
 * VECTOR_CLONES in front of a function compiles it for AVX-512, AVX2 and
 * the baseline, and the loader picks what the processor has, so a binary
 * built on one machine runs on an older one.  C11 mode does not contract to
 * fused multiply-adds: all clones give the same bits.  (Measured by
 * tests/bench/kernels with AVX-512 against the baseline: softmax 8 times,
 * GELU and SwiGLU 7 times, attention twice as fast; norms gain nothing and
 * have none.)
 * Sanitizers instrument the loader's choice too early to work with it.
 *
 * vector_exp is expf without branches or calls, for such loops: relative
 * error below 2e-7 where e^x is a normal number, 0 below that, e^88 above,
 * NaN for NaN.  x = n ln 2 + r, |r| <= ln 2 / 2, e^r by a polynomial of
 * degree 7 (Cephes, Moshier 1992), 2^n by its bits.
 */
#ifndef TENSOR_VECTOR_H
#define TENSOR_VECTOR_H

#include <stdint.h>

#if defined(__x86_64__) && defined(__GLIBC__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define VECTOR_CLONES \
	__attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define VECTOR_CLONES
#endif

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

#endif
