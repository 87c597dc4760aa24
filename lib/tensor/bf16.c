/* SPDX-License-Identifier: MIT */
/*
 * One instruction rounds two vectors and puts them one behind the other; in
 * general vector code it takes eight, and converting what a layer is given was
 * a fifth of a gradient by AMX.
 */
#include "tensor/bf16.h"

#ifdef __x86_64__
#include <immintrin.h>

#define PAIRS __attribute__((target("avx512f,avx512bw,avx512bf16")))

enum { WIDE = 16 };

/* The first n, and zeros. */
PAIRS static inline __m512
some(const float *x, size_t n)
{
	return _mm512_maskz_loadu_ps(n < WIDE ? (__mmask16)((1u << n) - 1) :
						(__mmask16)-1,
	    x);
}

PAIRS void
bf16_pairs(uint32_t *to, const float *x, size_t n)
{
	size_t i;
	__m512i y;

	for (i = 0; i + 2 * WIDE <= n; i += 2 * WIDE) {
		y = (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + i + WIDE),
		    _mm512_loadu_ps(x + i));
		_mm512_storeu_si512(to + i / 2, y);
	}
	if (i == n)
		return;
	y = (__m512i)_mm512_cvtne2ps_pbh(n - i > WIDE ?
		some(x + i + WIDE, n - i - WIDE) :
		_mm512_setzero_ps(),
	    some(x + i, n - i));
	_mm512_mask_storeu_epi32(to + i / 2,
	    (__mmask16)((1u << ((n - i + 1) / 2)) - 1), y);
}

PAIRS void
bf16_pair_rows(uint32_t *to, const float *x, const float *next, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += WIDE) {
		const size_t left = n - i;
		const __m512i low = _mm512_cvtepu16_epi32(
		    (__m256i)_mm512_cvtneps_pbh(some(x + i, left)));
		const __m512i high = _mm512_cvtepu16_epi32(
		    (__m256i)_mm512_cvtneps_pbh(some(next + i, left)));

		_mm512_mask_storeu_epi32(to + i,
		    left < WIDE ? (__mmask16)((1u << left) - 1) : (__mmask16)-1,
		    _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
	}
}
#else
/* No words are pairs elsewhere. */
void
bf16_pairs(uint32_t *to, const float *x, size_t n)
{
	(void)to, (void)x, (void)n;
}

void
bf16_pair_rows(uint32_t *to, const float *x, const float *next, size_t n)
{
	(void)to, (void)x, (void)next, (void)n;
}
#endif
